/**
 * Package managers: each installs the tarball without a word about it, in each of its layouts, and the package runs from both doors. No
 * compiler is on the PATH, so a manager that takes the package for one that has to be built fails.
 */
import { readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Ended,
  newFolder,
  project,
  root,
  run,
  runtime,
  spawnIn,
  tarball,
  versionOf,
  writeAll,
} from './tools.js';

const PRINTS = '7 true true';
const PROGRAMS = {
  'both.mjs': `import { createRequire } from 'node:module';
import { MemoryView, zeros } from 'memoryview';
import { loadNpy } from 'memoryview/npy';
const required = createRequire(import.meta.url)('memoryview');
const m = zeros([2, 3]);
m.set(1, 2, 7);
console.log(m.T.get(2, 1), m instanceof required.MemoryView && MemoryView === required.MemoryView, typeof loadNpy === 'function');\n`,
};

const bin = newFolder('no-compiler');
const folders: string[] = [bin];
let tools: string;

beforeAll(() => {
  tools = project('managers', 'pnpm', '@yarnpkg/cli-dist', 'npm');
  folders.push(tools);
  for (const [name, path] of Object.entries({ node: process.execPath, sh: '/bin/sh', git: '/usr/bin/git' }))
    symlinkSync(path, join(bin, name));
  console.log(
    `managers: ${['npm', 'pnpm', '@yarnpkg/cli-dist'].map((name) => `${name} ${versionOf(tools, name)}`).join(', ')}`,
  );
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty project, in which a manager's own settings may stand. */
function emptyProject(files: Record<string, string> = {}): string {
  const folder = newFolder('managed');
  folders.push(folder);
  writeAll(folder, { 'package.json': '{ "name": "project", "private": true }', ...PROGRAMS, ...files });
  return folder;
}

function managed(folder: string, program: string, ...args: string[]): Ended {
  return spawnIn(
    folder,
    { PATH: bin, HOME: folder, CI: '1' },
    process.execPath,
    join(tools, 'node_modules', program),
    ...args,
  );
}

/** Installs and expects success, and that what was printed does not name the package as one to be built, or as one to worry about. */
function installs(folder: string, program: string, ...args: string[]): void {
  const { status, output } = managed(folder, program, ...args);
  expect(status, output).toBe(0);
  expect(output).not.toMatch(
    /(warn|ignored build|must be built|YN0004|YN0007|gyp).*memoryview|memoryview.*(build script|must be built|gyp)/i,
  );
}

const ran = (folder: string): string =>
  spawnIn(folder, { PATH: bin }, process.execPath, 'both.mjs').output.trim();

const NPM = 'npm/bin/npm-cli.js';
const PNPM = 'pnpm/bin/pnpm.mjs';
const YARN = '@yarnpkg/cli-dist/bin/yarn.js';

describe('npm', () => {
  test('installs the tarball', () => {
    const folder = emptyProject();
    installs(folder, NPM, 'install', '--no-audit', '--no-fund', tarball());
    expect(ran(folder)).toBe(PRINTS);
  });
});

describe('pnpm', () => {
  test.each([
    ['isolated', ''],
    ['hoisted', 'nodeLinker: hoisted\n'],
    ['allowed to build it', 'onlyBuiltDependencies:\n  - memoryview\nallowBuilds:\n  memoryview: true\n'],
  ])('installs the tarball (%s)', (_, settings) => {
    const folder = emptyProject({ 'pnpm-workspace.yaml': `packages: []\n${settings}` });
    installs(folder, PNPM, 'add', '-w', tarball());
    expect(ran(folder)).toBe(PRINTS);
  });
});

describe('Yarn 4', () => {
  // Its own default is another registry than npm's.
  const settings = (linker: string): Record<string, string> => {
    const registry = run(root, 'npm', 'config', 'get', 'registry').trim();
    const lines = [`nodeLinker: ${linker}`, 'enableTelemetry: false', `npmRegistryServer: '${registry}'`];
    return { '.yarnrc.yml': lines.join('\n'), 'yarn.lock': '' };
  };

  test('installs the tarball into node_modules', () => {
    const folder = emptyProject(settings('node-modules'));
    installs(folder, YARN, 'add', `memoryview@file:${tarball()}`);
    expect(ran(folder)).toBe(PRINTS);
  });

  test('installs the tarball with Plug’n’Play, which unpacks what has an addon', () => {
    const folder = emptyProject(settings('pnp'));
    installs(folder, YARN, 'add', `memoryview@file:${tarball()}`);
    const { output } = managed(folder, YARN, 'node', 'both.mjs');
    expect(output.trim()).toBe(PRINTS);
  });
});

describe('Bun', () => {
  const bun = runtime('bun');

  test.skipIf(bun === null)('installs the tarball and runs it', () => {
    const folder = emptyProject();
    const { status, output } = spawnIn(folder, { PATH: bin, HOME: folder }, bun!, 'add', tarball());
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/blocked|untrusted/i);
    expect(ran(folder)).toBe(PRINTS);
    expect(spawnIn(folder, { PATH: bin, HOME: folder }, bun!, 'both.mjs').output.trim()).toBe(PRINTS);
  });
});

describe('a clone', () => {
  /** A repository with what is committed here. */
  const cloned = (): string => {
    const folder = newFolder('clone');
    folders.push(folder);
    run(root, 'git', 'clone', '-q', '--depth=1', `file://${realpathSync(root)}`, folder);
    return folder;
  };

  test('is installed as a git dependency, with the addon built as its prebuild', () => {
    const folder = emptyProject();
    run(folder, 'npm', 'install', '--no-audit', '--no-fund', `git+file://${cloned()}`);
    expect(ran(folder)).toBe(PRINTS);
    const installed = join(folder, 'node_modules/memoryview');
    expect(readdirSync(join(installed, 'prebuilds'))).toEqual([`${process.platform}-${process.arch}`]);
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))).not.toHaveProperty('scripts');
  }, 900_000);

  test('packs after npm ci, and leaves package.json as it was', () => {
    const clone = cloned();
    run(clone, 'npm', 'ci', '--no-audit', '--no-fund');
    const [packed] = /^.*\.tgz$/m.exec(run(clone, 'npm', 'pack', '--silent')) ?? [''];
    expect(run(clone, 'git', 'status', '--porcelain')).toBe('');
    const folder = emptyProject();
    installs(folder, NPM, 'install', '--no-audit', '--no-fund', join(clone, packed));
    expect(ran(folder)).toBe(PRINTS);
    const { output } = spawnIn(clone, {}, 'npm', 'publish', '--dry-run');
    // Only a publication needs a login.
    expect(output).not.toMatch(/npm (warn (?!publish This command requires you to be logged in)|error)/i);
  }, 900_000);
});

describe('the sources in the package', () => {
  test('build by the one command of the guide', () => {
    const folder = emptyProject();
    run(folder, 'npm', 'install', '--no-audit', '--no-fund', tarball());
    const installed = join(folder, 'node_modules/memoryview');
    rmSync(join(installed, 'prebuilds'), { recursive: true });
    const { output } = spawnIn(folder, {}, process.execPath, 'both.mjs');
    const [, command] = /run (npx node-gyp rebuild --directory="[^"]+")/.exec(output) ?? [];
    expect(command, output).toBeDefined();
    run(folder, 'sh', '-c', command!.replace('npx node-gyp', `npx --prefix ${root} node-gyp`));
    expect(ran(folder)).toBe(PRINTS);
  }, 900_000);
});
