/**
 * The package as npm hands it out: packed with a prebuilt addon, looked at by the linters of packages, and installed in an empty folder
 * by a user without a compiler, who runs no install scripts.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { programsOf } from '../documents/programs.js';
import { RUNTIMES, runtimeBinary } from '../lifetime/runtimes.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  files: string[];
};

const place = mkdtempSync(join(tmpdir(), 'memoryview-install-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Beside the checkout's own prebuilds/, which every other test would load in place of the local build. */
const prebuilds = join(root, 'build/prebuilds');
const staged = join(place, 'staged');
const project = join(place, 'project');
const tarball = join(place, `${manifest.name}-${manifest.version}.tgz`);

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const { MEMORYVIEW_ADDON: _addon, LD_PRELOAD: _preload, ...rest } = process.env;
  const options = { cwd, encoding: 'utf8', env: { ...rest, NODE_OPTIONS: '', ...env } } as const;
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, options);
  if (status !== 0) {
    throw new Error(
      `${program} ${args.join(' ')}: ${error?.message ?? signal ?? status}\n${stdout}${stderr}`,
    );
  }
  return stdout;
}

/** npm's own program, to be run by a Node of choice. */
function npmProgram(): string {
  if (process.env.npm_execpath?.endsWith('npm-cli.js')) return process.env.npm_execpath;
  return realpathSync(run('sh', ['-c', 'command -v npm'], root).trim());
}

// The same files in both runs of the suite; nothing here loads the sanitized addon.
const again = process.env.MEMORYVIEW_SANITIZED === '1';

beforeAll(() => {
  if (again) return;
  run(process.execPath, ['packaging/prebuilds.mjs', 'build', 'host', '--to', prebuilds], root);
  run(process.execPath, ['packaging/pack.mjs', 'stage', staged, prebuilds], root);
  run(process.execPath, [npmProgram(), 'pack', '--ignore-scripts', `--pack-destination=${place}`], staged);
}, 300_000);

describe.skipIf(again)('the tarball', () => {
  test('is under 2.3 MB with an addon for each of the seven platforms, and unpacked under 5 MB with the six of Linux and macOS', () => {
    const addon = join(prebuilds, `${process.platform}-${process.arch}`, 'memoryview.node');
    const packed = Number(run('sh', ['-c', `gzip -9 < "${addon}" | wc -c`], place));
    expect(packed).toBeGreaterThan(50_000);
    // The others are larger, by 12 per cent on average: zig's C++ library is.
    expect(statSync(tarball).size + 6 * 1.12 * packed).toBeLessThan(2_300_000);
    const listed = run('tar', ['-tvzf', tarball], place).matchAll(/^-\S+ +\S+ +(\d+) /gm);
    const unpacked = [...listed].reduce((sum, [, size]) => sum + Number(size), 0);
    expect(unpacked).toBeGreaterThan(2_000_000);
    expect(unpacked + 5 * 1.12 * statSync(addon).size).toBeLessThan(5_000_000);
  });

  test('holds the addon, the headers, and all that a build of one’s own needs', () => {
    const held = new Set(run('tar', ['-tzf', tarball], place).trim().split('\n'));
    const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8');
    const sources = [...gyp.matchAll(/"(native\/[\w/]+\.cc)"/g)].map(([, source]) => source!);
    expect(sources.length).toBeGreaterThan(40);
    for (const file of [
      ...['dist/index.js', 'dist/index.d.ts', 'dist/index.mjs', 'docs/errors.md', 'LICENSE', 'README.md'],
      ...['native/binding.gyp', 'native/node-addon-api/headers.json.gz', 'native/node-addon-api/unpack.cjs'],
      'native/node-addon-api/LICENSE.md',
      ...['native/include/memoryview.h', 'native/include/memoryview.hpp', 'native/core/system.h'],
      ...sources,
      `prebuilds/${process.platform}-${process.arch}/memoryview.node`,
    ]) {
      expect(held, file).toContain(`package/${file}`);
    }
    const strangers = [...held].filter((file) => /\/(src|test|node_modules|build|packaging)\//.test(file));
    expect(strangers).toEqual([]);
  });

  test('has nothing that a package manager takes for a build: no binding.gyp at its root, no script', () => {
    expect(run('tar', ['-tzf', tarball], place)).not.toContain('package/binding.gyp');
    const packed = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], place)) as object;
    expect(packed).toMatchObject({ name: 'memoryview', gypfile: false });
    expect(packed).not.toHaveProperty('scripts');
    expect(packed).not.toHaveProperty('devDependencies');
  });

  test('gives publint nothing to say', () => {
    expect(run(join(root, 'node_modules/.bin/publint'), [tarball, '--strict'], place)).toContain('All good!');
  });

  test('gives Are the types wrong? nothing to say', () => {
    const attw = join(root, 'node_modules/.bin/attw');
    const said = run(attw, [tarball, '--no-emoji', '--no-color'], place);
    expect(said).toContain('No problems found');
    expect(said).toContain('"memoryview/arrow"');
  });

  test('is not packed without an addon, nor with one of other sources or for another processor', () => {
    const check = (folder: string): string => {
      const args = ['packaging/prebuilds.mjs', 'check', '--to', folder];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      return `${status}: ${stderr.trim()}`;
    };
    expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).toMatchObject({
      scripts: { prepack: 'node packaging/pack.mjs before' },
    });
    expect(check(prebuilds)).toBe('0: ');
    expect(check(join(place, 'nothing'))).toBe(
      '1: prebuilds: none are there, and the package would load nowhere; run "npm run build:prebuilds"',
    );
    const stale = join(place, 'stale');
    const target = `${process.platform}-${process.arch}`;
    cpSync(prebuilds, stale, { recursive: true });
    writeFileSync(join(stale, target, 'sources.sha256'), '0');
    expect(check(stale)).toBe(
      `1: prebuilds: ${target} was built from other sources; run "npm run build:prebuilds"`,
    );
    if (target !== 'linux-x64') return;
    const other = join(place, 'other');
    cpSync(join(prebuilds, target), join(other, 'linux-arm64'), { recursive: true });
    expect(check(other)).toContain('linux-arm64 is for x64');
  });
});

describe.skipIf(again)('installed where there is no compiler and install scripts are not run', () => {
  const bin = join(place, 'bin');

  beforeAll(() => {
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    symlinkSync('/bin/sh', join(bin, 'sh'));
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    run(process.execPath, [npmProgram(), ...install, tarball], project, { PATH: bin });

    const [quickStart] = programsOf(
      'README.md',
      readFileSync(join(root, 'README.md'), 'utf8'),
      './checks.mjs',
    );
    expect(quickStart?.source).toContain('allocate(8_000_000)');
    writeFileSync(join(project, 'quick-start.mjs'), `${quickStart?.source}console.log('done');\n`);
    writeFileSync(join(project, 'checks.mjs'), CHECKS);
  }, 120_000);

  test('finds no compiler', () => {
    for (const tool of ['cc', 'gcc', 'g++', 'clang', 'make', 'python3']) {
      expect(spawnSync('sh', ['-c', `command -v ${tool}`], { env: { PATH: bin } }).status).not.toBe(0);
    }
  });

  test('depends on bindings and what that needs, and on nothing else', () => {
    const lock = JSON.parse(readFileSync(join(project, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    expect(Object.keys(lock.packages).map((path) => basename(path))).toEqual([
      'bindings',
      'file-uri-to-path',
      'memoryview',
    ]);
    expect(existsSync(join(project, 'node_modules/memoryview/build'))).toBe(false);
  });

  for (const { name, flavour } of RUNTIMES) {
    test(`runs README’s quick start on ${name}`, (context: TestContext) => {
      const binary = runtimeBinary(name);
      if (binary === null) {
        if (process.env.CI) throw new Error(`${name} is missing: run test/lifetime/install-runtimes.sh`);
        context.skip(`${name} is not installed; test/lifetime/install-runtimes.sh does it`);
      }
      const flags = flavour === 'deno' ? ['run', '--allow-ffi', '--allow-read', '--allow-env'] : [];
      const path = [bin, dirname(binary)].join(':');
      expect(run(binary, [...flags, 'quick-start.mjs'], project, { PATH: path })).toContain('done');
    });
  }

  test('tells Deno’s user which permission is missing', (context: TestContext) => {
    const binary = runtimeBinary('deno');
    if (binary === null) context.skip('deno is not installed; test/lifetime/install-runtimes.sh does it');
    const args = ['run', '--no-prompt', '--allow-read', '--allow-env', 'quick-start.mjs'];
    // The engine takes the addon's place, with a warning.
    const { stderr } = spawnSync(binary, args, { cwd: project, encoding: 'utf8' });
    expect(stderr).toContain(
      'memoryview: the runtime may not load native addons, expected the permission; start it with --allow-ffi and --allow-read',
    );
  });
});

/** The checks of the quick start. The tests of README.md have finer ones, which need the checkout. */
const CHECKS = `import { format, inspect } from 'node:util';

function same(place, given, expected) {
  if (given !== expected) throw new Error(\`\${place}: \${given} given, expected \${expected}\`);
}

export const shows = (place, value, expected) => same(place, inspect(value), expected);
export const prints = (place, values, expected) => same(place, format(...values), expected);

export function throwsError(place, act, code) {
  try {
    act();
  } catch (error) {
    if (error.code === code) return;
    throw error;
  }
  throw new Error(\`\${place}: nothing was thrown, expected \${code}\`);
}
`;
