/**
 * Bundlers: each makes a bundle with its settings from docs/bundling.md, and the bundle runs in a folder without node_modules.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attempt, newFolder, project, root, run, runtime, versionOf, writeAll } from './tools.js';

const TOOLS = [
  'esbuild',
  'rollup',
  '@rollup/plugin-commonjs',
  '@rollup/plugin-node-resolve',
  'webpack',
  'webpack-cli',
  'node-loader',
  '@rspack/core',
  'vite',
  '@vercel/ncc',
  '@vercel/nft',
  'postject',
];
const guide = readFileSync(join(root, 'docs/bundling.md'), 'utf8');
const PRINTS = '7 true function';
const BODY = `const m = zeros([2, 3]);
m.set(1, 2, 7);
console.log(m.T.get(2, 1), m instanceof MemoryView, typeof saveNpy);`;

let place: string;
let bin: string;
const away = newFolder('bundled');

beforeAll(() => {
  place = project('bundlers', ...TOOLS);
  bin = join(place, 'node_modules/.bin');
  writeAll(place, {
    'app.mjs': `import { zeros, MemoryView } from 'memoryview';\nimport { saveNpy } from 'memoryview/npy';\n${BODY}\n`,
    'app.cjs': `const { zeros, MemoryView } = require('memoryview');\nconst { saveNpy } = require('memoryview/npy');\n${BODY}\n`,
  });
  console.log(`bundlers: ${TOOLS.map((name) => `${name} ${versionOf(place, name)}`).join(', ')}`);
});
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
  rmSync(away, { recursive: true, force: true });
});

/** A setting, which docs/bundling.md must contain in these words. */
function documented(line: string): string {
  expect(guide).toContain(line);
  return line;
}

/** Runs a bundle in a folder that contains only it, and the package's prebuilds if they are not in the bundle. */
function ranAway(folder: string, file: string, prebuilds = false): string {
  const to = join(away, folder);
  cpSync(join(place, folder), to, { recursive: true });
  if (prebuilds) copyPrebuilds(to);
  return attempt(to, process.execPath, file).output.trim();
}

function copyPrebuilds(to: string): void {
  cpSync(join(place, 'node_modules/memoryview/prebuilds'), join(to, 'prebuilds'), { recursive: true });
}

describe('esbuild', () => {
  const esbuild = (...args: string[]): string =>
    run(place, join(bin, 'esbuild'), 'app.mjs', '--bundle', '--platform=node', '--log-level=error', ...args);

  test('makes CommonJS that takes its addon along', () => {
    esbuild('--format=cjs', documented('--loader:.node=copy'), '--outfile=es-cjs/app.cjs');
    expect(ranAway('es-cjs', 'app.cjs')).toBe(PRINTS);
  });

  test('makes an ES module that takes its addon along', () => {
    const line =
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    const banner = `--banner:js=${documented(line)}`;
    esbuild('--format=esm', '--loader:.node=copy', banner, '--outfile=es-esm/app.mjs');
    expect(ranAway('es-esm', 'app.mjs')).toBe(PRINTS);
  });

  test('leaves the addon out, for prebuilds beside the bundle', () => {
    esbuild('--format=esm', documented('--loader:.node=empty'), '--outfile=es-empty/app.mjs');
    expect(ranAway('es-empty', 'app.mjs')).toContain(
      'keep memoryview external, or copy its folder prebuilds beside the bundle (docs/bundling.md)',
    );
    expect(ranAway('es-empty', 'app.mjs', true)).toBe(PRINTS);
  });

  test('keeps the package external', () => {
    esbuild('--format=esm', documented('--external:memoryview'), '--outfile=es-external/app.mjs');
    expect(run(place, process.execPath, 'es-external/app.mjs').trim()).toBe(PRINTS);
  });
});

describe('rollup', () => {
  test('makes a bundle of either kind for prebuilds beside it', () => {
    const line = documented("commonjs({ ignore: (id) => id.endsWith('.node') })");
    writeAll(place, {
      'rollup.config.mjs': `import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
export default [
  { input: 'app.mjs', output: { file: 'ro/app.mjs', format: 'es' }, plugins: [resolve({ preferBuiltins: true }), ${line}] },
  { input: 'app.mjs', output: { file: 'ro/app.cjs', format: 'cjs' }, plugins: [resolve({ preferBuiltins: true }), ${line}] },
];\n`,
    });
    run(place, join(bin, 'rollup'), '-c');
    expect(ranAway('ro', 'app.mjs', true)).toBe(PRINTS);
    expect(ranAway('ro', 'app.cjs', true)).toBe(PRINTS);
  });

  test('keeps the package external', () => {
    const line = documented('external: [/^memoryview/]');
    writeAll(place, {
      'external.config.mjs': `export default { input: 'app.mjs', output: { file: 'rox/app.mjs' }, ${line} };\n`,
    });
    run(place, join(bin, 'rollup'), '-c', 'external.config.mjs');
    expect(run(place, process.execPath, 'rox/app.mjs').trim()).toBe(PRINTS);
  });
});

describe.each(['webpack', 'rspack'])('%s', (name) => {
  /** Bundles into a folder by the tool's own function. */
  const bundle = (folder: string, line: string): string => {
    const config = `{ mode: 'production', target: 'node', context: __dirname, entry: './app.mjs',
      output: { path: __dirname + '/${folder}', filename: 'app.cjs' }, ${line} }`;
    writeAll(place, {
      [`${folder}.cjs`]: `const tool = require('${name === 'webpack' ? 'webpack' : '@rspack/core'}');
(tool.rspack ?? tool)(${config}, (error, stats) => {
  if (error || stats.hasErrors()) { console.error(error ?? stats.toString('errors-only')); process.exitCode = 1; }
});\n`,
    });
    return run(place, process.execPath, `${folder}.cjs`);
  };

  test('takes the addon along', () => {
    bundle(`${name}-node`, documented("module: { rules: [{ test: /\\.node$/, loader: 'node-loader' }] }"));
    expect(ranAway(`${name}-node`, 'app.cjs')).toBe(PRINTS);
  });

  test('keeps the package external', () => {
    bundle(`${name}-external`, documented("externals: [/^memoryview/], externalsType: 'node-commonjs'"));
    expect(run(place, process.execPath, `${name}-external/app.cjs`).trim()).toBe(PRINTS);
  });
});

describe('Vite SSR', () => {
  const vite = (folder: string, rest = ''): void => {
    const build = `ssr: 'app.mjs', outDir: '${folder}', emptyOutDir: false`;
    writeAll(place, {
      [`${folder}.mjs`]: `export default { build: { ${build} }, logLevel: 'error', ${rest} };\n`,
    });
    run(place, join(bin, 'vite'), 'build', '-c', `${folder}.mjs`);
  };

  test('keeps the package external by itself', () => {
    vite('vite');
    expect(run(place, process.execPath, 'vite/app.mjs').trim()).toBe(PRINTS);
  });

  test('with noExternal makes a bundle for prebuilds beside it', () => {
    const line = documented(
      'environments: { ssr: { build: { rollupOptions: { external: [/\\.node$/] } } } }',
    );
    vite('viten', `ssr: { noExternal: true }, ${line}`);
    expect(ranAway('viten', 'app.mjs', true)).toBe(PRINTS);
  });
});

describe('Vite', () => {
  test('builds a page without configuration, on the engine in TypeScript', () => {
    writeAll(place, {
      'page/index.html': '<script type="module" src="./main.mjs"></script>\n',
      'page/main.mjs': `import { memory, zeros } from 'memoryview';
console.log(zeros([2, 3]).T.shape.join(), memory.engine);\n`,
      'page/run.mjs': `globalThis.document = { createElement: () => ({ relList: { supports: () => true } }) };
await import(process.argv[2]);\n`,
    });
    const output = run(place, join(bin, 'vite'), 'build', 'page');
    const [script] = /dist\/assets\/[\w-]+\.js/.exec(output) ?? [];
    expect(script, output).toBeDefined();
    expect(readdirSync(join(place, 'page/dist/assets'))).toHaveLength(1);
    expect(run(join(place, 'page'), process.execPath, 'run.mjs', `./${script}`).trim()).toBe(
      '3,2 javascript',
    );
  });
});

describe('ncc', () => {
  test.each(['cjs', 'mjs'])('takes the addon along without configuration (app.%s)', (kind) => {
    run(place, join(bin, 'ncc'), 'build', `app.${kind}`, '-o', `ncc-${kind}`);
    expect(ranAway(`ncc-${kind}`, `index.${kind}`)).toBe(PRINTS);
  });
});

describe('nft', () => {
  test('finds the addon without configuration, and what it lists is enough', () => {
    writeAll(place, {
      'nft.mjs': `import { nodeFileTrace } from '@vercel/nft';
const { fileList } = await nodeFileTrace(['app.mjs', 'app.cjs']);
console.log(JSON.stringify([...fileList]));\n`,
    });
    const files = JSON.parse(run(place, process.execPath, 'nft.mjs')) as string[];
    expect(files).toContain(
      `node_modules/memoryview/prebuilds/${process.platform}-${process.arch}/memoryview.node`,
    );
    const to = join(away, 'nft');
    for (const file of files) {
      mkdirSync(join(to, file, '..'), { recursive: true });
      copyFileSync(join(place, file), join(to, file));
    }
    expect(run(to, process.execPath, 'app.mjs').trim()).toBe(PRINTS);
    expect(run(to, process.execPath, 'app.cjs').trim()).toBe(PRINTS);
  });
});

describe('bun', () => {
  const bun = runtime('bun');

  test.skipIf(bun === null)('compiles a program that has its addon inside', () => {
    const out = join(away, 'bun');
    run(
      place,
      bun!,
      ...documented('bun build --compile app.mjs').split(' ').slice(1),
      '--outfile',
      join(out, 'app'),
    );
    const hidden = join(place, 'hidden');
    renameSync(join(place, 'node_modules'), hidden);
    try {
      expect(run(out, join(out, 'app')).trim()).toBe(PRINTS);
    } finally {
      renameSync(hidden, join(place, 'node_modules'));
    }
  });

  test.skipIf(bun === null)('makes a bundle that takes its addon along', () => {
    run(place, bun!, 'build', '--target=node', 'app.mjs', '--outdir', 'bun');
    expect(ranAway('bun', 'app.js')).toBe(PRINTS);
  });
});

describe('a single executable of Node', () => {
  test.each(['node20', 'node22', 'node24', 'node26'])(
    'finds the prebuilds beside itself (%s)',
    (name) => {
      const node = runtime(name);
      if (node === null) throw new Error(`${name} is missing: run test/lifetime/install-runtimes.sh`);
      const to = join(away, `sea-${name}`);
      mkdirSync(to, { recursive: true });
      run(
        place,
        join(bin, 'esbuild'),
        'app.mjs',
        '--bundle',
        '--platform=node',
        '--format=cjs',
        '--loader:.node=empty',
        '--outfile=sea/app.cjs',
      );
      writeAll(place, {
        'sea.json': '{ "main": "sea/app.cjs", "output": "sea/blob", "disableExperimentalSEAWarning": true }',
      });
      run(place, node, '--experimental-sea-config', 'sea.json');
      const program = join(to, 'app');
      copyFileSync(node, program);
      const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
      run(place, join(bin, 'postject'), program, 'NODE_SEA_BLOB', 'sea/blob', '--sentinel-fuse', fuse);
      expect(attempt(to, program).output).toContain('expected one in it or beside it');
      copyPrebuilds(to);
      expect(run(to, program).trim()).toBe(PRINTS);
    },
    900_000,
  );
});
