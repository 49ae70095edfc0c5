/**
 * What the core loads when it is first called, two fifths of it: V8 reads a file's whole text before it runs the first line, 1 ms for
 * each 60 kB. Each group of modules becomes one file, `dist/late-<group>.js`. These modules export functions only, and the core has a
 * variable for each function: at first a function that loads the file, then the loaded function itself, which V8 inlines as any other.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const GROUPS = {
  formats: [
    ...['codec', 'flat-reader', 'half', 'info', 'names', 'own-bytes', 'parse'].map(
      (name) => `src/format/${name}.ts`,
    ),
    ...['partial-record', 'scalar-codec', 'swap', 'text-codec'].map((name) => `src/format/${name}.ts`),
    'src/view/retype.ts',
  ],
  methods: [
    ...[
      'address-copy',
      'async-copy',
      'columns',
      'compare',
      'copy',
      'file-transfer',
      'from-array',
      'inspect',
    ].map((name) => `src/bulk/${name}.ts`),
    ...['search', 'sequence', 'strided', 'text', 'to-array'].map((name) => `src/bulk/${name}.ts`),
    'src/layout/index-text.ts',
    'src/layout/transform.ts',
    'src/span/indirect.ts',
    'src/memory/foreign.ts',
    'src/memory/pointer.ts',
    'src/view/attach.ts',
    'src/view/buffer.ts',
    'src/view/share.ts',
  ],
  explain: ['src/explain/explain.ts', 'src/memory/snapshot.ts'],
  declarations: ['src/format/c/c-struct.ts', 'src/format/c/cdef.ts'],
  engine: ['src/engine/javascript.ts'],
  failure: ['src/load-failure.ts'],
};

const groupOf = new Map(
  Object.entries(GROUPS).flatMap(([group, files]) => files.map((file) => [file, group])),
);

/** Files that are built alone, without what they share with the core: these are loaded while the core still runs. */
const ALONE = ['engine', 'failure'];

/** The files, as entries of esbuild, a list for each build. */
export const lateEntries = Object.keys(GROUPS)
  .filter((group) => !ALONE.includes(group))
  .map(entryOf);
export const loneEntries = ALONE.map(entryOf);

function entryOf(group) {
  return { in: `late:${group}`, out: `late-${group}` };
}

/** Lines for the core's entry, which have it hold what stands in place of each late module. */
export const lateImports = [...groupOf.keys()].map((file) => `import "calls:${file}";\n`).join('');

/** The plugin of esbuild; `whole` is a module that each group imports, so that all entries share one file. */
export function late(root, whole) {
  return {
    name: 'late',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^late:/ }, ({ path }) => ({
        path: path.slice('late:'.length),
        namespace: 'group',
      }));
      onLoad({ filter: /.*/, namespace: 'group' }, ({ path }) => {
        const lines = GROUPS[path].map((file) => `export * from ${JSON.stringify(join(root, file))};`);
        if (!ALONE.includes(path)) lines.push(`import ${JSON.stringify(whole)};`);
        return { contents: lines.join('\n'), resolveDir: root };
      });
      onResolve({ filter: /^calls:/ }, ({ path }) => ({
        path: path.slice('calls:'.length),
        namespace: 'late',
      }));
      onResolve({ filter: /\.js$/ }, ({ path, kind, resolveDir, importer }) => {
        const source = sourceOf(root, join(resolveDir, path).replace(/\.js$/, '.ts'));
        const group = groupOf.get(source);
        if (kind !== 'import-statement' || group === undefined) return undefined;
        // Within a group a function is called directly.
        return groupOf.get(sourceOf(root, importer)) === group
          ? undefined
          : { path: source, namespace: 'late' };
      });
      onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({ contents: callsOf(root, path) }));
    },
  };
}

const sourceOf = (root, path) => relative(root, path).replaceAll('\\', '/');

/** The module that stands in the core in place of a late one. */
function callsOf(root, path) {
  const names = functionsOf(readFileSync(join(root, path), 'utf8'), path);
  const file = JSON.stringify(`./late-${groupOf.get(path)}.js`);
  return [
    'let loaded = false;',
    `const load = () => { ({ ${names.join(', ')} } = requireLate(${file})); loaded = true; };`,
    // The package exports the first function for good, so each call of a user's comes by it.
    ...names.map(
      (name) => `export let ${name} = (...given) => { if (!loaded) load(); return ${name}(...given); };`,
    ),
  ].join('\n');
}

function functionsOf(text, path) {
  if (/^export (?:const|let|class|\{)/m.test(text)) {
    throw new Error(`build: ${path} exports more than functions, which a late module must not`);
  }
  return [...new Set([...text.matchAll(/^export (?:async )?function\*? (\w+)/gm)].map(([, name]) => name))];
}

for (const file of groupOf.keys()) {
  if (!existsSync(new URL(`../${file}`, import.meta.url)))
    throw new Error(`build: no ${file}, which packaging/late.mjs lists`);
}
