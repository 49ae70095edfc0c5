/**
 * Asks every question of bench/questions and prints the ratios: `npm run bench`, `npm run bench -- --quick`,
 * `npm run bench -- --json results.json`, `npm run bench -- slice copy` for the questions of those names.
 */
import { fork } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    md: { type: 'boolean', default: false },
  },
});

const folder = new URL('questions/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.js'))
  .filter((name) => positionals.length === 0 || positionals.some((wanted) => name.includes(wanted)))
  .sort();

function asked(file) {
  return new Promise((resolve) => {
    let answer = null;
    const child = fork(
      new URL('one.js', import.meta.url),
      [new URL(file, folder).href, ...(values.quick ? ['--quick'] : [])],
      {
        execArgv: ['--expose-gc'],
      },
    );
    child.on('message', (message) => {
      answer = message;
    });
    child.on('exit', (code) => resolve({ answer, code }));
  });
}

function shownTime(value, unit) {
  if (value === null) return '-';
  if (unit !== 's') return `${value.toPrecision(3)} ${unit}`;
  const [scale, name] =
    value < 1e-6 ? [1e9, 'ns'] : value < 1e-3 ? [1e6, 'µs'] : value < 1 ? [1e3, 'ms'] : [1, 's'];
  return `${(value * scale).toPrecision(3)} ${name}`;
}

function lineOf({ row, work, unit, ours }, { name, bar, value, ratio, met }) {
  return [
    String(row),
    work,
    name,
    shownTime(ours, unit),
    shownTime(value, unit),
    ratio === null ? '-' : ratio.toPrecision(2),
    bar === null ? '' : `≤ ${bar}`,
    met === null ? '' : met ? 'yes' : 'NO',
  ];
}

const HEAD = ['row', 'work', 'against', 'ours', 'theirs', 'ratio', 'bar', 'met'];
const WIDTHS = [5, 44, 34, 9, 9, 7, 7, 3];

function printed(cells) {
  if (values.md) return `| ${cells.join(' | ')} |`;
  return cells
    .map((cell, i) => cell.padEnd(WIDTHS[i]))
    .join(' ')
    .trimEnd();
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model}`,
);
console.log(printed(HEAD));
if (values.md) console.log(printed(HEAD.map(() => '---')));
const all = [];
const failed = [];
for (const file of files) {
  const { answer, code } = await asked(file);
  if (answer === null) failed.push(`${file} (exit code ${code})`);
  for (const result of answer ?? []) {
    all.push(result);
    for (const against of result.against) console.log(printed(lineOf(result, against)));
  }
}
const judged = all.flatMap(({ against }) => against).filter(({ met }) => met !== null);
console.log(`\n${judged.filter(({ met }) => met).length} of ${judged.length} bars met`);
if (values.json !== undefined) {
  const machine = {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    cpus: cpus().length,
  };
  writeFileSync(
    values.json,
    `${JSON.stringify({ ...machine, quick: values.quick, results: all }, null, 2)}\n`,
  );
}
if (failed.length > 0) {
  console.error(`not answered: ${failed.join(', ')}`);
  process.exitCode = 1;
}
