/**
 * The subpath exports of the package (doors), and the source of each. A new subpath is one line in `DOORS`; `npm run build` then makes its
 * files and writes it into package.json.
 */
export const DOORS = {
  '.': 'src/index.ts',
  './npy': 'src/interop/npy.ts',
  './dlpack': 'src/interop/dlpack.ts',
  './arrow': 'src/interop/arrow.ts',
  './pointer': 'src/interop/pointer.ts',
  './adapters': 'src/interop/adapters.ts',
  './testing': 'src/interop/testing.ts',
};

/** The same exports without the addon and without Node's modules. Browsers get it by a condition, other programs by its name. */
export const CORE = { subpath: './core', source: 'src/index.ts', name: 'core' };

/**
 * The files that have side effects, for bundlers: all except the modules of `memoryview/core`, of which a bundle contains only those that
 * it imports from. Adapters register themselves, and some sources add methods to classes.
 */
export const SIDE_EFFECTS = [
  '*.ts',
  '*.js',
  '*.cjs',
  'index.mjs',
  '**/interop/*.mjs',
  '**/core/adapters.mjs',
];

/** The path in dist of a built source, without its extension. */
export const builtName = (source) => source.replace(/^src\//, '').replace(/\.ts$/, '');

/**
 * The entries of package.json for the subpaths: `exports` for most tools, `main`, `types` and `typesVersions` for TypeScript's `node10`.
 * `require` reaches the CommonJS core, and `import` an ES module that lists the core's names. Node has an ES module of its own, which
 * requires the core. Bundlers can't follow that one; they match `module`, or do not know `module-sync`. The declarations are CommonJS's,
 * and those of the ES module re-export them, so that a class is one type.
 */
export function doorsOf() {
  const core = `./dist/${CORE.name}`;
  const coreEntry = {
    import: { types: `${core}.d.mts`, default: `${core}.mjs` },
    default: { types: `${core}.d.ts`, default: `${core}.js` },
  };
  const entries = Object.entries(DOORS).map(([subpath, source]) => {
    const file = `./dist/${builtName(source)}`;
    const entry = {
      import: {
        types: `${file}.d.mts`,
        module: `${file}.mjs`,
        deno: `${file}.mjs`,
        'module-sync': `${file}.node.mjs`,
        default: `${file}.mjs`,
      },
      default: { types: `${file}.d.ts`, default: `${file}.js` },
    };
    if (subpath === '.') return [subpath, { browser: coreEntry, ...entry }];
    if (subpath !== './adapters') return [subpath, entry];
    const browser = { types: `${file}.d.mts`, default: './dist/core/adapters.mjs' };
    return [subpath, { browser, ...entry }];
  });
  entries.splice(1, 0, [CORE.subpath, coreEntry]);
  const older = Object.entries(DOORS).filter(([subpath]) => subpath !== '.');
  return {
    sideEffects: SIDE_EFFECTS,
    main: `./dist/${builtName(DOORS['.'])}.js`,
    types: `./dist/${builtName(DOORS['.'])}.d.ts`,
    typesVersions: {
      '*': Object.fromEntries(
        [...older, [CORE.subpath, `src/${CORE.name}.ts`]].map(([subpath, source]) => [
          subpath.slice(2),
          [`./dist/${builtName(source)}.d.ts`],
        ]),
      ),
    },
    exports: { ...Object.fromEntries(entries), './package.json': './package.json' },
  };
}

/** The text of package.json with these entries. */
export function manifestWith(text) {
  return `${JSON.stringify({ ...JSON.parse(text), ...doorsOf() }, null, 2)}\n`;
}
