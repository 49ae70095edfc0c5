/**
 * Builds `memoryview/core`: the library without the addon and without Node's modules, for browsers and other runtimes. `core.js` is one
 * CommonJS file. `core.mjs` re-exports from modules in `core/`, which have no side effects, so a bundler omits the modules that a program
 * does not use.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { CORE } from './doors.mjs';

/** The modules that need the system, and the replacement of each. */
const STAND_INS = {
  'src/load-addon.ts': 'src/engine/web/no-addon.ts',
  'src/code-folder.ts': 'src/engine/web/no-addon.ts',
  'src/memory/map-file.ts': 'src/web/no-system.ts',
  'src/engine/refused.ts': 'src/web/refused.ts',
  'src/memory/mapped-file.ts': 'src/web/no-system.ts',
  'src/memory/heap-full.ts': 'src/web/nothing.ts',
  'src/memory/secret.ts': 'src/web/no-system.ts',
  'src/memory/shared-memory.ts': 'src/web/no-system.ts',
  'src/memory/foreign.ts': 'src/web/no-system.ts',
  'src/memory/handle.ts': 'src/web/no-system.ts',
  'src/memory/slab.ts': 'src/web/no-slabs.ts',
  'src/bulk/file-transfer.ts': 'src/web/no-system.ts',
  'src/memory/adopted.ts': 'src/web/no-addons.ts',
  'src/memory/turn.ts': 'src/web/no-turns.ts',
  'src/memory/uncloneable.ts': 'src/web/no-marks.ts',
  'src/memory/watch.ts': 'src/web/no-listeners.ts',
  'src/bulk/heap-room.ts': 'src/web/heap-room.ts',
  'src/bulk/kernels.ts': 'src/web/no-kernels.ts',
  'src/view/native-exporter.ts': 'src/web/nothing.ts',
};

/** Replacements that `src/span` imports, so that it does not load native memory. */
const FOR_SPANS = {
  'src/memory/native-memory.ts': 'src/web/owners.ts',
  'src/binding.ts': 'src/web/owners.ts',
};

/** Replacements that codecs import; tests of long doubles use the real modules. */
const FOR_FORMATS = { 'src/format/long-double.ts': 'src/web/no-long-double.ts' };

/** Added to the modules that make memory: it registers native memory with `src/span`. */
const OWNERS = "import '../web/owners-here.js';\n";

/**
 * The modules of `core/`, each with the sources whose exports it has; the last has all others. A program that only packs structs loads no
 * views. C declarations, a fifth of the whole, load only in programs that read some.
 */
const PARTS = {
  format: ['src/errors.ts', 'src/format/info.ts', 'src/layout/index-parts.ts', 'src/view/struct-module.ts'],
  explain: ['src/explain/explain.ts'],
  'c-types': ['src/format/c/cdef.ts', 'src/format/c/c-struct.ts'],
  views: [],
};

/** Further subpaths for browsers, as modules of `core/`. */
const FURTHER = { adapters: 'src/interop/adapters.ts' };

/**
 * Classes whose objects users see. Minifiers would drop their names, so these are kept; keeping the names of functions too would cost 7 kB.
 */
const NAMED = new Set([
  ...['Arena', 'Buffer', 'BufferError', 'MappedFile', 'MemoryView', 'NativeMemory', 'PyBuffer', 'Range'],
  'SharedMemory',
]);

/** Turns constant objects of numbers into enums, whose numbers esbuild then inlines. */
function withEnums(text) {
  return text.replace(/^export const (STATUS|RESULT) = (\{[^}]*\}) as const;/gm, (_, name, body) => {
    return `export enum ${name} ${body.replace(/\/\*[\s\S]*?\*\//g, '').replace(/: /g, ' = ')}`;
  });
}

/** esbuild's plugin that substitutes the replacements, also those of Node's modules. */
export function webPlugin(root) {
  const at = (path) => ({ path: join(root, path) });
  return {
    name: 'web',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^node:/ }, ({ path }) => {
        const name = path === 'node:util' || path === 'node:buffer' ? path.slice('node:'.length) : 'system';
        return at(`src/engine/web/${name}.ts`);
      });
      onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, resolveDir, importer }) => {
        const source = relative(root, join(resolveDir, path)).replaceAll('\\', '/').replace(/\.js$/, '.ts');
        const from = relative(root, importer).replaceAll('\\', '/');
        if (from.startsWith('src/web/')) return undefined;
        const special = from.startsWith('src/span/')
          ? FOR_SPANS
          : from.startsWith('src/format/')
            ? FOR_FORMATS
            : {};
        const place = special[source] ?? STAND_INS[source];
        return place === undefined ? undefined : at(place);
      });
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
        contents: withEnums(
          `${path.endsWith('owner-methods.ts') ? OWNERS : ''}${readFileSync(path, 'utf8')}`,
        ).replace(/^export class (\w+)[^{]*\{$/gm, (head, name) =>
          NAMED.has(name)
            ? `${head} static { Object.defineProperty(this, 'name', { __proto__: null, value: '${name}' }); }`
            : head,
        ),
        loader: 'ts',
      }));
    },
  };
}

/** The values that src/index.ts exports, by the source of each. */
function exportsOf(root) {
  const text = readFileSync(join(root, CORE.source), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found = new Map();
  for (const [, names, from] of text.matchAll(/^export \{([^}]*)\} from '\.\/(.+?)\.js';/gm)) {
    const values = names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '));
    found.set(`src/${from}.ts`, values);
  }
  return found;
}

/** The names of each part, and the text of a module that exports them. */
function partsOf(root) {
  const open = exportsOf(root);
  return Object.entries(PARTS).map(([part, listed]) => {
    const sources = listed.length > 0 ? listed : [...open.keys()];
    const lines = sources.map((source) => {
      const names = open.get(source);
      if (names === undefined) throw new Error(`build: src/index.ts exports nothing of ${source}`);
      open.delete(source);
      return { names, line: `export { ${names.join(', ')} } from './${source.replace(/ts$/, 'js')}';` };
    });
    return {
      part,
      names: lines.flatMap(({ names }) => names).sort(),
      text: lines.map(({ line }) => line).join('\n'),
    };
  });
}

/** Serves the texts of parts as entries. */
function partsPlugin(root, parts) {
  return {
    name: 'parts',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^part:/ }, ({ path }) => ({
        path: path.slice('part:'.length),
        namespace: 'part',
      }));
      onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({
        contents: parts.find(({ part }) => part === path).text,
        loader: 'ts',
        resolveDir: root,
      }));
    },
  };
}

/** Writes `core.js`, `core.mjs` and `core/` into `dist`. */
export async function buildWeb(root, dist) {
  for (const file of Object.entries({ ...FOR_SPANS, ...FOR_FORMATS, ...STAND_INS }).flat()) {
    if (!existsSync(join(root, file)))
      throw new Error(`build: ${file} is missing, expected a module of the web build`);
  }
  const parts = partsOf(root);
  const settings = {
    absWorkingDir: root,
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    plugins: [partsPlugin(root, parts), webPlugin(root)],
    inject: ['src/engine/web/globals.ts'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  };
  await build({
    ...settings,
    stdin: {
      contents: parts.map(({ part }) => `export * from 'part:${part}';`).join('\n'),
      resolveDir: root,
    },
    outfile: join(dist, `${CORE.name}.js`),
    format: 'cjs',
  });
  await build({
    ...settings,
    entryPoints: { ...Object.fromEntries(parts.map(({ part }) => [part, `part:${part}`])), ...FURTHER },
    outdir: join(dist, CORE.name),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'shared-[hash]',
    splitting: true,
    format: 'esm',
  });
  // A bundle has the modules in this order. gzip looks back only 32 kB: with views first, the whole takes 0.5 kB less.
  const lines = [parts.at(-1), ...parts.slice(0, -1)].map(
    ({ part, names }) => `export { ${names.join(', ')} } from './${CORE.name}/${part}.mjs';\n`,
  );
  writeFileSync(join(dist, `${CORE.name}.mjs`), lines.join(''));
}
