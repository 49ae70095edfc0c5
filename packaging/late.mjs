/**
 * The modules that load at their first use, two fifths of the library. V8 parses a whole file before it runs the first line, 1 ms for 60
 * kB, so the core contains only what an import needs. Each group of modules becomes one file, `dist/late-<group>.js`. These modules export
 * only functions and plain constants. The core has a variable for each function: at first it contains a function that loads the file, then
 * the loaded function, which V8 inlines as any other.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';

const GROUPS = {
  views: [
    ...['codec', 'flat-reader', 'half', 'info', 'names', 'own-bytes', 'parse', 'partial-record'].map(
      (name) => `src/format/${name}.ts`,
    ),
    ...['scalar-codec', 'struct', 'swap', 'text-codec', 'typed-array', 'value-bytes'].map(
      (name) => `src/format/${name}.ts`,
    ),
    ...['layout', 'order', 'read-parts', 'slice'].map((name) => `src/layout/${name}.ts`),
    ...['offer', 'pin', 'span'].map((name) => `src/span/${name}.ts`),
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
    ...['overlap', 'packing', 'search', 'sequence', 'strided', 'text', 'to-array'].map(
      (name) => `src/bulk/${name}.ts`,
    ),
    'src/layout/index-text.ts',
    'src/layout/transform.ts',
    'src/span/indirect.ts',
    'src/span/reader.ts',
    'src/memory/adopted.ts',
    'src/memory/foreign.ts',
    'src/memory/pointer.ts',
    'src/view/attach.ts',
    'src/view/buffer.ts',
    'src/view/engine-arrays.ts',
    'src/view/from-records.ts',
    'src/view/share.ts',
  ],
  files: [
    ...['file-mapping', 'file-range', 'file-reference', 'map-file', 'shared-mapping'].map(
      (name) => `src/memory/${name}.ts`,
    ),
  ],
  explain: ['src/explain/explain.ts', 'src/memory/snapshot.ts'],
  declarations: ['src/format/c/c-struct.ts', 'src/format/c/cdef.ts'],
  engine: ['src/engine/javascript.ts'],
  failure: ['src/load-failure.ts'],
};

const groupOf = new Map(
  Object.entries(GROUPS).flatMap(([group, files]) => files.map((file) => [file, group])),
);

/** Groups that are built alone, without sharing modules with the core, because they load while the core still runs. */
const ALONE = ['engine', 'failure'];

/** The entries for esbuild, one list per build. */
export const lateEntries = Object.keys(GROUPS)
  .filter((group) => !ALONE.includes(group))
  .map(entryOf);
export const loneEntries = ALONE.map(entryOf);

function entryOf(group) {
  return { in: `late:${group}`, out: `late-${group}` };
}

/** Imports that make the core contain the replacement of each group. */
export const lateImports = Object.keys(GROUPS)
  .map((group) => `import "calls:${group}";\n`)
  .join('');

/** esbuild's plugin. `whole` is a module that each group imports, so that all entries share one file. */
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
        // Functions of the same group are called directly.
        return groupOf.get(sourceOf(root, importer)) === group
          ? undefined
          : { path: group, namespace: 'late' };
      });
      onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({ contents: callsOf(root, path) }));
    },
  };
}

const sourceOf = (root, path) => relative(root, path).replaceAll('\\', '/');

/** The module that replaces a group in the core. */
function callsOf(root, group) {
  const wanted = wantedOf(root);
  const names = GROUPS[group].flatMap((file) => {
    const all = functionsOf(readFileSync(join(root, file), 'utf8'), file);
    return all.filter((name) => wanted.get(file)?.has(name));
  });
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`build: two modules of the group ${group} export ${twice}`);
  const file = JSON.stringify(`./late-${group}.js`);
  const shown = PUBLIC.map((path) => readFileSync(join(root, path), 'utf8')).join('');
  return [
    ...GROUPS[group].flatMap((file) => constantsOf(readFileSync(join(root, file), 'utf8'))),
    'let loaded;',
    `const load = () => { if (loaded === undefined) ({ ${names.join(', ')} } = loaded = requireLate(${file})); return loaded; };`,
    'const later = (name) => (...given) => load()[name](...given);',
    ...names.map((name) => {
      // The package exports this function permanently, so users' calls go through it and see its name.
      if (new RegExp(`\\b${name}\\b`).test(shown))
        return `export let ${name} = (...given) => (load(), ${name}(...given));`;
      // V8 parses a call faster than a function expression.
      return `export let ${name} = later('${name}');`;
    }),
  ].join('\n');
}

/** The sources that export functions of late modules to users. */
const PUBLIC = ['src/index.ts', 'src/view/struct-module.ts'];

/** The names that other groups import from each late module. The core needs functions only for these. */
function wantedOf(root) {
  const wanted = new Map([...groupOf.keys()].map((file) => [file, new Set()]));
  for (const importer of readdirSync(join(root, 'src'), { recursive: true })) {
    const path = `src/${importer.replaceAll('\\', '/')}`;
    if (!path.endsWith('.ts')) continue;
    const text = readFileSync(join(root, path), 'utf8');
    const imports = /^(?:import|export) (?:\{([^}]*)\}|\* as (\w+)) from '(\.[^']+)';$/gm;
    for (const [, names, all, from] of text.matchAll(imports)) {
      const source = posix.join(posix.dirname(path), from).replace(/\.js$/, '.ts');
      const group = groupOf.get(source);
      if (group === undefined || group === groupOf.get(path)) continue;
      if (all !== undefined) {
        for (const [, name] of text.matchAll(new RegExp(`\\b${all}\\.(\\w+)`, 'g')))
          wanted.get(source).add(name);
        continue;
      }
      for (const [, name] of names.matchAll(/(?:^|,)\s*(\w+)(?: as \w+)?\s*(?=,|$)/g))
        wanted.get(source).add(name);
    }
  }
  return wanted;
}

/** A constant whose value is written in its line; the core repeats it. */
const CONSTANT =
  /^export const \w+(?:: [\w [\]]+)? = (?:\d+|(?:Symbol\.for\()?'[^']*'\)?|\[['\w, +-]*\])(?: as const)?;$/gm;

function constantsOf(text) {
  return (text.match(CONSTANT) ?? []).map((line) =>
    line.replace(/(\w): [\w [\]]+ =/, '$1 =').replace(' as const', ''),
  );
}

function functionsOf(text, path) {
  if (/^export (?:const|let|class|\{)/m.test(text.replace(CONSTANT, ''))) {
    throw new Error(`build: ${path} exports more than functions and constants, which a late module must not`);
  }
  return [...new Set([...text.matchAll(/^export (?:async )?function\*? (\w+)/gm)].map(([, name]) => name))];
}

for (const file of groupOf.keys()) {
  if (!existsSync(new URL(`../${file}`, import.meta.url)))
    throw new Error(`build: no ${file}, which packaging/late.mjs lists`);
}
