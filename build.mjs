/**
 * Builds the JavaScript of dist. The core is one CommonJS bundle with the subpaths of packaging/doors.mjs, because loading seventy small
 * modules takes tens of milliseconds. Each subpath also has a small ES module for `import`. tsc makes the declarations, a file for each
 * module.
 *
 * esbuild splits only ES modules, so `commonJsOf` rewrites the imports and exports afterwards. There are no source maps: the built code
 * reads like the sources, and maps would be a fifth of the package. White space stays for the same reason. Without it the package would be
 * 0.13 MB smaller, with short names for locals 0.25 MB, and an import no faster.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transformSync } from 'esbuild';
import { builtName, CORE, DOORS, manifestWith, SIDE_EFFECTS } from './packaging/doors.mjs';
import { late, lateEntries, lateImports, loneEntries } from './packaging/late.mjs';
import { buildWeb } from './packaging/web.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const REFERENCES = '/// <reference types="node" />\n/// <reference lib="esnext.disposable" />\n';
const doors = Object.values(DOORS).map((source) => ({ source, name: builtName(source) }));

/** Replaces what src/code-folder.ts reads of ES modules by CommonJS's own. */
const place = {
  name: 'place',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]code-folder\.ts$/ }, ({ path }) => {
      const contents = replaced(readFileSync(path, 'utf8'), [
        ['dirname(fileURLToPath(import.meta.url))', "typeof __dirname === 'string' ? __dirname : ''"],
        ['createRequire(import.meta.url)', '() => undefined'],
        ['createRequire(file)', "process.getBuiltinModule('node:module').createRequire(file)"],
        ["import { createRequire } from 'node:module';", ''],
      ]);
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Makes every entry import the whole core. esbuild makes a file for each set of entries that share modules; with one set, there is one file
 * to load.
 */
const whole = {
  name: 'whole',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const source = relative(root, path).replaceAll('\\', '/');
      if (!Object.values(DOORS).includes(source)) return undefined;
      const more = source === DOORS['.'] ? lateImports : `import ${JSON.stringify(join(root, DOORS['.']))};`;
      return { contents: `${readFileSync(path, 'utf8')}\n${more}\n`, loader: 'ts' };
    });
  },
};

const options = {
  absWorkingDir: root,
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  plugins: [place, late(root, join(root, DOORS['.'])), whole],
  legalComments: 'none',
  logLevel: 'warning',
  logOverride: { 'import-is-undefined': 'error' },
};
const built = await Promise.all([
  build({
    ...options,
    entryPoints: [...doors.map(({ source, name }) => ({ in: source, out: name })), ...lateEntries],
  }),
  build({ ...options, entryPoints: loneEntries }),
]);
const outputFiles = named(built.flatMap((result) => result.outputFiles));

rmSync(dist, { recursive: true, force: true });
await buildWeb(root, dist);
const core = outputFiles.find(({ text }) => text.includes('requireLate("./late-views.js")'));
const texts = outputFiles.map(({ path, text }) => {
  return { path, text: /[\\/]late-(?!views)[^\\/]+$/.test(path) ? directly(text) : text };
});
for (const { path, text } of texts) write(path, commonJsOf(path, path === core.path ? onlyUsed(text) : text));
// Every tool must read dist as CommonJS. Bundlers read the side effects from the nearest package.json.
write(
  join(dist, 'package.json'),
  `${JSON.stringify({ type: 'commonjs', sideEffects: SIDE_EFFECTS }, null, 2)}\n`,
);
for (const { name } of doors) {
  const file = join(dist, name);
  const names = exportsOf(readFileSync(`${file}.js`, 'utf8'));
  // Node scans a CommonJS file that is imported for its exports, 0.1 ms a kilobyte, but not the files that it requires.
  const large = readFileSync(`${file}.js`).length > 4096;
  const core = `./${basename(name)}.${large ? 'cjs' : 'js'}`;
  if (large) write(`${file}.cjs`, `'use strict';\nmodule.exports = require('./${basename(name)}.js');\n`);
  const face = `export const {\n  ${names.join(',\n  ')},\n} = core;\n`;
  write(`${file}.mjs`, `import core from '${core}';\n${face}`);
  // Node 20 takes 1.5 ms to load its scanner of CommonJS exports; `require` does not need it.
  const required = `const require = createRequire(import.meta.url);\nconst core = require('./${basename(name)}.js');`;
  const nodes = `${basename(name)}.node.mjs`;
  write(join(dirname(file), nodes), `import { createRequire } from 'node:module';\n${required}\n${face}`);
  // A tracer that does not know the condition `module-sync` follows only the other ES module, and finds this file here.
  write(
    `${file}.js`,
    `${readFileSync(`${file}.js`, 'utf8')}if (typeof __dirname === 'string') __dirname + '/${nodes}';\n`,
  );
}
declare();
const manifest = join(root, 'package.json');
const before = readFileSync(manifest, 'utf8');
if (manifestWith(before) !== before) writeFileSync(manifest, manifestWith(before));

/**
 * Names each shared file after its first module instead of a hash, so that the name stays the same from one version to the next. Deno 2.9
 * caches compiled CommonJS files by path and length. After an update in place, its cached entry files would ask for the shared files of the
 * version before.
 */
function named(files) {
  const names = new Map();
  for (const { path, text } of files) {
    const [hashed] = /shared-[A-Z0-9]{8}(?=\.js$)/.exec(path) ?? [];
    if (hashed === undefined) continue;
    const lateViews = text.includes('requireLate("./late-views.js")');
    const module = /^\/\/ src\/(?:.*\/)?(.+)\.ts$/m.exec(text)?.[1] ?? 'imports';
    names.set(hashed, `shared-${lateViews ? 'core' : module}`);
  }
  if (new Set(names.values()).size < names.size) {
    throw new Error(`build: shared files have the same name: ${[...names.values()].join(', ')}`);
  }
  const renamed = (text) => text.replace(/shared-[A-Z0-9]{8}(?=\.js\b)/g, (hashed) => names.get(hashed));
  return files.map(({ path, text }) => ({ path: renamed(path), text: renamed(text) }));
}

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
  code = code.replace(/^export \{([^}]*)\};$/gm, (_, names) => {
    return `module.exports = {${names.replaceAll(/(\S+) as (\S+?)(,?)$/gm, '$2: $1$3')}};`;
  });
  code = ownNames(code.replace(/\brequire(?:Here|Late)\d*\("/g, 'require("'));
  // Removes the comments of class members, which esbuild keeps; the declarations have them.
  code = code.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '');
  if (/requireLate/.test(text) && dirname(path) !== dist) {
    throw new Error(`build: ${path} requires a late module, which lies beside dist only`);
  }
  const rest = /^(?:import|export)\b.*|\bimport\.meta\b.*|__require\b.*/m.exec(code);
  if (rest !== null) throw new Error(`build: ${path} has "${rest[0]}", which is not rewritten`);
  return flush(`"use strict"; ${code}`);
}

/** Removes the indentation, 50 kB of the package, except in texts that span lines. */
function flush(code) {
  const flat = code.replace(/^[ \t]+/gm, '');
  const meaning = (text) => transformSync(text, { minifyWhitespace: true, charset: 'utf8' }).code;
  return meaning(flat) === meaning(code) ? flat : code;
}

/**
 * Makes a late file import from late-views.js directly. From the core it would get the functions that load late-views.js, and keep calling
 * them.
 */
function directly(text) {
  const loaded = /\(\{ (.*) \} = \w+ = requireLate\d*\("\.\/late-views\.js"\)\)/
    .exec(core.text)[1]
    .split(', ');
  const nameOf = new Map(
    loaded.map((pair) => pair.split(': ').reverse()).map(([local, name = local]) => [local, name]),
  );
  const shown = new Map();
  for (const [, names] of core.text.matchAll(/^export \{([^}]*)\};$/gm)) {
    for (const pair of names.split(',')) {
      const [local, exported = local] = pair.trim().split(' as ');
      if (nameOf.has(local)) shown.set(exported, nameOf.get(local));
    }
  }
  const moved = [];
  const rest = text.replace(/^import \{([^}]*)\} from (".+");$/gm, (line, names, from) => {
    if (JSON.parse(from) !== `./${basename(core.path)}`) return line;
    const kept = names.split(',').filter((pair) => {
      const [name, local = name] = pair.trim().split(' as ');
      if (!shown.has(name)) return true;
      moved.push(`  ${shown.get(name)} as ${local}`);
      return false;
    });
    return `import {${kept.join(',').trimEnd()}\n} from ${from};`;
  });
  return moved.length === 0 ? text : `import {\n${moved.join(',\n')}\n} from "./late-views.js";\n${rest}`;
}

/** Removes the core's exports that no other file imports any more. */
function onlyUsed(text) {
  const used = new Set();
  for (const other of texts) {
    for (const [, names, from] of other.text.matchAll(/^import \{([^}]*)\} from "(.+)";$/gm)) {
      if (basename(from) !== basename(core.path)) continue;
      for (const pair of names.split(',')) used.add(pair.trim().split(' as ')[0]);
    }
  }
  return text.replace(/^export \{([^}]*)\};$/gm, (_, names) => {
    const kept = names.split(',').filter((pair) => used.has(pair.trim().split(' as ').at(-1)));
    return `export {${kept.join(',').trimEnd()}\n};`;
  });
}

/**
 * Restores the names of classes. Bundling writes a class that names itself as `var Range = class _Range`; within a class expression its own
 * name is free. esbuild's keepNames would define the names of 800 functions at import, and those of closures at each call.
 */
function ownNames(code) {
  for (const [, name] of code.matchAll(/^(?:var|let|const) (\w+) = class _\1\b/gm)) {
    code = code.replaceAll(new RegExp(`(?<![\\w$.#])_${name}(?![\\w$])`, 'g'), name);
  }
  return code;
}

/** Removes declarations that no subpath's declaration leads to: half of the files, 0.1 MB. */
function dropUnreached() {
  const declarations = readdirSync(dist, { recursive: true }).filter((file) => /\.d\.m?ts$/.test(file));
  const left = new Set(declarations.map((file) => join(dist, file)));
  const reach = (file) => {
    if (!left.delete(file)) return;
    for (const [, from] of readFileSync(file, 'utf8').matchAll(
      /(?:from |import |import\(|module )['"](\.[^'"]+)['"]/g,
    )) {
      reach(join(dirname(file), from.replace(/\.(m?)js$/, '.d.$1ts')));
    }
  };
  for (const { name } of [CORE, ...doors])
    for (const end of ['ts', 'mts']) reach(join(dist, `${name}.d.${end}`));
  for (const file of left) rmSync(file);
}

/** Makes the declarations of all modules and of the ES modules. Each subpath's declaration references Node's types and those of `using`. */
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
  // Only the names beside the addon's list are public.
  const list = join(dist, 'binding.d.ts');
  const cut = readFileSync(list, 'utf8').replace(/^\/\*\* The functions of the addon\.[\s\S]*?^\}\n/m, '');
  write(list, cut.replace(/^export declare const binding.*\n/m, ''));
  dropUnreached();
}

/** Loads Node's modules without `require`: if a bundler turns CommonJS into ES modules, it leaves a `require` that throws. */
function loading(from) {
  return from.startsWith('"node:') ? `process.getBuiltinModule(${from})` : `require(${from})`;
}

function exportsOf(code) {
  const [, names] = /^module\.exports = \{([^}]*)\};$/m.exec(code);
  return [...names.matchAll(/^\s*(\w+)/gm)].map(([, name]) => name).sort();
}

function replaced(text, pairs) {
  for (const [from, to] of pairs) {
    if (!text.includes(from)) throw new Error(`build: src/code-folder.ts has no "${from}"`);
    text = text.replace(from, to);
  }
  return text;
}

function write(path, text) {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
