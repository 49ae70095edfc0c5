/**
 * Builds the JavaScript of dist. The core is CommonJS, once: the doors of packaging/doors.mjs, with what they share in one file, since
 * loading seventy small modules costs tens of milliseconds. Over each door stands a thin face for `import`. The declarations, a file for
 * each module, are tsc's.
 *
 * esbuild splits ES modules only, so that is what it makes; `commonJsOf` then rewrites the imports and exports. No source maps: what is
 * built reads like the sources, and maps would be a fifth of the package.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { builtName, CORE, DOORS, manifestWith, SIDE_EFFECTS } from './packaging/doors.mjs';
import { buildWeb } from './packaging/web.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const REFERENCES = '/// <reference types="node" />\n/// <reference lib="esnext.disposable" />\n';
const doors = Object.values(DOORS).map((source) => ({ source, name: builtName(source) }));

/** Takes from src/place.ts what CommonJS has of its own. */
const place = {
  name: 'place',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]place\.ts$/ }, ({ path }) => {
      const contents = replaced(readFileSync(path, 'utf8'), [
        ['dirname(fileURLToPath(import.meta.url))', "typeof __dirname === 'string' ? __dirname : ''"],
        ['createRequire(import.meta.url)', '() => undefined'],
      ]);
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * What few programs call, a third of the core: each of these modules exports functions only, and is required at the first call of one. An
 * import is 3 ms shorter for it.
 */
const LATE = [
  'src/explain/explain.ts',
  'src/format/c/cdef.ts',
  'src/format/c/c-struct.ts',
  'src/bulk/async-copy.ts',
  'src/bulk/file-transfer.ts',
  'src/bulk/inspect.ts',
  'src/memory/snapshot-picture.ts',
];

/**
 * Lets every entry reach the whole core. esbuild makes a file for each set of entries that share modules, and so there is one set, and one
 * file to load.
 */
const whole = {
  name: 'whole',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const source = relative(root, path).replaceAll('\\', '/');
      if (source === DOORS['.'] || ![...Object.values(DOORS), ...LATE].includes(source)) return undefined;
      const core = JSON.stringify(join(root, DOORS['.']));
      return { contents: `${readFileSync(path, 'utf8')}\nimport ${core};\n`, loader: 'ts' };
    });
  },
};

/** Puts functions that require a module in the place of an import of it. */
const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.js$/ }, ({ path, kind, resolveDir }) => {
      const source = relative(root, join(resolveDir, path)).replace(/\.js$/, '.ts').replaceAll('\\', '/');
      return kind === 'import-statement' && LATE.includes(source)
        ? { path: source, namespace: 'late' }
        : undefined;
    });
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const text = readFileSync(join(root, path), 'utf8');
      if (/^export (?:const|let|class|(?:async )?function\*)/m.test(text)) {
        throw new Error(`build: ${path} exports more than functions, which a late module must not`);
      }
      const names = new Set(
        [...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name),
      );
      const lines = [...names].map(
        (name) => `export function ${name}(...given) { return late().${name}(...given); }`,
      );
      const late = `let loaded; const late = () => (loaded ??= requireHere("./${builtName(path)}.js"));`;
      return { contents: [late, ...lines].join('\n') };
    });
  },
};

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: [...doors.map(({ source }) => source), ...LATE],
  outbase: 'src',
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  plugins: [place, late, whole],
  legalComments: 'none',
  logLevel: 'warning',
});

rmSync(dist, { recursive: true, force: true });
await buildWeb(root, dist);
for (const { path, text } of outputFiles) write(path, commonJsOf(path, text));
// dist is CommonJS for every tool, whatever the sources are. Bundlers read the side effects from the nearest package.json.
write(
  join(dist, 'package.json'),
  `${JSON.stringify({ type: 'commonjs', sideEffects: SIDE_EFFECTS }, null, 2)}\n`,
);
for (const { name } of doors) {
  const file = join(dist, name);
  const names = exportsOf(readFileSync(`${file}.js`, 'utf8'));
  // Node reads all of a CommonJS file that is imported for its exports, 0.1 ms a kilobyte, but not what that file requires.
  write(
    `${file}.cjs`,
    `'use strict';\nconst core = require('./${basename(name)}.js');\nmodule.exports = core;\n`,
  );
  write(
    `${file}.mjs`,
    `import core from './${basename(name)}.cjs';\nexport const {\n  ${names.join(',\n  ')},\n} = core;\n`,
  );
}
declare();
const manifest = join(root, 'package.json');
const before = readFileSync(manifest, 'utf8');
if (manifestWith(before) !== before) writeFileSync(manifest, manifestWith(before));

/** Rewrites a module that esbuild made. */
function commonJsOf(path, text) {
  let code = text.replace(
    /^import \* as (\w+) from (".+");$/gm,
    (_, name, from) => `const ${name} = ${loading(from)};`,
  );
  code = code.replace(/^import (\{[^}]*\}) from (".+");$/gm, (_, names, from) => {
    return `const ${names.replaceAll(' as ', ': ')} = ${loading(from)};`;
  });
  code = code.replace(/^import (".+");$/gm, 'require($1);');
  code = code.replace(/^export \{([^}]*)\};$/gm, (_, names) =>
    names.replace(/(\S+?)(?: as (\S+?))?(,?)$/gm, (_, local, name = local) => `exports.${name} = ${local};`),
  );
  code = ownNames(code.replaceAll('requireHere("', 'require("'));
  if (code.includes('require("./') && /requireHere/.test(text) && dirname(path) !== dist) {
    throw new Error(`build: ${path} requires a late module, which lies beside dist only`);
  }
  const rest = /^(?:import|export)\b.*|\bimport\.meta\b.*|__require\b.*/m.exec(code);
  if (rest !== null) throw new Error(`build: ${path} has "${rest[0]}", which is not rewritten`);
  return `"use strict"; ${code}`;
}

/**
 * Bundling renames classes that name themselves, `var Range = class _Range`; within a class expression its own name is free for it. Not by
 * esbuild's keepNames, which defines the names of 800 functions at import, and those of closures at each call.
 */
function ownNames(code) {
  for (const [, name] of code.matchAll(/^(?:var|let|const) (\w+) = class _\1\b/gm)) {
    code = code.replaceAll(new RegExp(`(?<![\\w$.#])_${name}(?![\\w$])`, 'g'), name);
  }
  return code;
}

/** Declarations of all modules, and of the faces. Node's types and those of `using` come along with each door that TypeScript enters. */
function declare() {
  const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
  for (const extension of ['ts', 'mts']) {
    write(join(dist, `${CORE.name}.d.${extension}`), `${REFERENCES}export * from './index.js';\n`);
  }
  for (const { name } of doors) {
    const file = join(dist, name);
    const text = readFileSync(`${file}.d.ts`, 'utf8').replace(/^\/\/\/ <reference .*\n/gm, '');
    write(`${file}.d.ts`, `${REFERENCES}${text}`);
    write(`${file}.d.mts`, `export * from './${basename(name)}.js';\n`);
  }
}

/** Not by `require` for what Node has built in: a bundler that makes ES modules of CommonJS leaves a `require` that throws. */
function loading(from) {
  return from.startsWith('"node:') ? `process.getBuiltinModule(${from})` : `require(${from})`;
}

function exportsOf(code) {
  return [...code.matchAll(/^ *exports\.(\w+) = /gm)].map(([, name]) => name).sort();
}

function replaced(text, pairs) {
  for (const [from, to] of pairs) {
    if (!text.includes(from)) throw new Error(`build: src/place.ts has no "${from}"`);
    text = text.replace(from, to);
  }
  return text;
}

function write(path, text) {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
