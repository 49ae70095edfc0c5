// Makes the pictures of docs/guide.md: `explain` and `toSvg` draw the guide's own variables.
//
//     node docs/make-pictures.mjs            writes docs/pictures/*.svg and the text pictures in the guide
//     node docs/make-pictures.mjs --check    writes nothing, and fails where one of them is not what it would write
//
// A comment `<!-- picture: expression -->` precedes each picture, an image or a `text` block. The guide's code runs up to there, each
// program in its own process, and the value of the expression is drawn. Needs dist. The code must be JavaScript.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const docs = join(root, 'docs');
const guide = join(docs, 'guide.md');

/** The first lines of every program. Ages are fixed, because those of real memory differ each time. */
const HEAD = `
import { explain as $explain, MemoryView as $MemoryView } from 'memoryview';
const $drawn = {};
const $aged = (svg) => {
  const ages = ['2 h old', '1 min old', '12 s old'];
  return svg.replace(/(less than 1 s|\\d+ \\w+) old/g, () => ages.shift() ?? 'less than 1 s old');
};
const $draw = (place, value, format) => {
  $drawn[place] = value instanceof $MemoryView
    ? $explain(value, { format, color: format === 'svg', width: 80 })
    : $aged(value.toSvg());
};
const $print = console.log;
console.log = () => {};
`;

/** Reads the guide: its programs, with the drawing inserted, and the positions of its text pictures. */
function read(markdown) {
  const programs = [];
  const texts = new Map();
  const lines = markdown.split('\n');
  let expression = null;
  for (let i = 0; i < lines.length; i++) {
    const picture = /^<!-- picture: (.+) -->$/.exec(lines[i]);
    if (picture !== null) {
      if (expression !== null) throw new Error(`guide.md:${i + 1}: no picture follows the comment before`);
      expression = picture[1];
      continue;
    }
    const image = /^!\[[^\]]+\]\((pictures\/[\w-]+\.svg)\)$/.exec(lines[i]);
    if (image !== null) {
      if (expression === null) throw new Error(`guide.md:${i + 1}: no comment says what the picture shows`);
      programs.at(-1).push(`$draw(${JSON.stringify(image[1])}, ${expression}, 'svg');`);
      expression = null;
    } else if (lines[i] === '```ts' || (lines[i] === '```text' && expression !== null)) {
      const end = lines.indexOf('```', i + 1);
      const block = lines.slice(i + 1, end);
      if (lines[i] === '```text') {
        programs.at(-1).push(`$draw(${i}, ${expression}, 'text');`);
        texts.set(i, end);
        expression = null;
      } else if (block[0].startsWith('import ')) programs.push(block);
      // A statement that shows an error would end the program.
      else programs.at(-1).push(...block.filter((line) => !line.includes('// throws ')));
      i = end;
    }
  }
  return { lines, programs, texts };
}

function run(program) {
  const source = `${HEAD}${program.join('\n')}\n$print(JSON.stringify($drawn));\nprocess.exit();`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the guide's code does not run:\n${stderr}`);
  return JSON.parse(stdout);
}

/** The expected files: the guide, and its pictures. */
function made() {
  const { lines, programs, texts } = read(readFileSync(guide, 'utf8'));
  const drawn = Object.assign({}, ...programs.map(run));
  const files = new Map();
  for (const [place, content] of Object.entries(drawn)) {
    if (place.endsWith('.svg')) files.set(join(docs, place), content);
  }
  // From last to first, so that earlier positions stay valid.
  for (const [start, end] of [...texts].reverse()) {
    lines.splice(start + 1, end - start - 1, ...drawn[start].split('\n'));
  }
  return files.set(guide, lines.join('\n'));
}

const files = made();
const folder = join(docs, 'pictures');
mkdirSync(folder, { recursive: true });
const left = readdirSync(folder)
  .map((name) => join(folder, name))
  .filter((path) => !files.has(path));
const changed = [...files].filter(
  ([path, content]) => !existsSync(path) || readFileSync(path, 'utf8') !== content,
);

if (process.argv.includes('--check')) {
  for (const [path] of changed) console.error(`${path} is not current`);
  for (const path of left) console.error(`${path} is not in the guide`);
  if (changed.length + left.length > 0) {
    console.error('run `npm run pictures`, and look at what changed');
    process.exitCode = 1;
  }
} else {
  for (const [path, content] of changed) writeFileSync(path, content);
  for (const path of left) rmSync(path);
  console.log(`${files.size - 1} pictures, ${changed.length} files written, ${left.length} removed`);
}
