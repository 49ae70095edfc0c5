/** The build's output: the subpaths that package.json names, their files, and the names that a program gets from them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DOORS, manifestWith } from '../../packaging/doors.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const text = readFileSync(join(root, 'package.json'), 'utf8');

describe('package.json', () => {
  it('is what packaging/doors.mjs makes of it', () => {
    expect(manifestWith(text)).toBe(text);
  });

  it('names files that are built', () => {
    const files = [...text.matchAll(/"(\.\/dist\/[^"]+)"/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe.each(Object.keys(DOORS).map((subpath) => `memoryview${subpath.slice(1)}`))('%s', (name) => {
  it('is the same by import and by require, name by name', async () => {
    const required = require(name) as Record<string, unknown>;
    const imported = (await import(/* @vite-ignore */ name)) as Record<string, unknown>;
    expect(Object.keys(imported).sort()).toEqual(Object.keys(required).sort());
    for (const key of Object.keys(required)) expect(imported[key], key).toBe(required[key]);
  });

  it('has a face for Node and one for bundlers, of the same names', async () => {
    const own = fileURLToPath(import.meta.resolve(name));
    expect(own).toMatch(/\.node\.mjs$/);
    const other = (await import(/* @vite-ignore */ own.replace('.node.mjs', '.mjs'))) as object;
    expect({ ...other }).toEqual({ ...((await import(/* @vite-ignore */ own)) as object) });
    // Tracers that follow the other ES module find Node's here.
    expect(readFileSync(own.replace('.node.mjs', '.js'), 'utf8')).toContain(
      `__dirname + '/${basename(own)}'`,
    );
  });

  it('exports functions and classes under their own names', () => {
    const required = require(name) as Record<string, unknown>;
    const renamed = Object.entries(required).filter(
      ([key, value]) => typeof value === 'function' && value.name !== key,
    );
    expect(renamed.map(([key]) => key)).toEqual([]);
  });
});

describe('the core', () => {
  it('names each prebuild by a literal require, which bundlers follow', () => {
    const dist = join(root, 'dist');
    const shared = readdirSync(dist).filter((file) => file.startsWith('shared-'));
    const text = shared.map((file) => readFileSync(join(dist, file), 'utf8')).join('');
    for (const target of [
      'linux-x64',
      'linux-arm64',
      'linux-x64-musl',
      'linux-arm64-musl',
      'darwin-x64',
      'darwin-arm64',
    ]) {
      expect(text).toContain(`return require("../prebuilds/${target}/memoryview.node")`);
    }
  });

  it('is one file, and the rest is loaded by the first call that needs it', () => {
    const program = `
      const loaded = () => Object.keys(require.cache).filter((file) => /dist.(shared|late)-/.test(file));
      const late = () => loaded().map((file) => /late-(\\w+)/.exec(file)?.[1]).filter(Boolean).sort().join(' ');
      const library = require('memoryview');
      const steps = [loaded().length, late()];
      const view = library.zeros(2);
      steps.push(late());
      view.set(0, 7);
      steps.push(view.get(0), late());
      view.fill(1);
      steps.push(late());
      library.explain(view);
      steps.push(late());
      console.log(JSON.stringify(steps));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' });
    expect(stderr).toBe('');
    const all = 'explain methods views';
    expect(JSON.parse(stdout)).toEqual([1, '', 'views', 7, 'views', 'methods views', all]);
  });

  it('has files whose names stay when their contents change, since Deno keeps the code of the doors that ask for them', () => {
    const shared = readdirSync(join(root, 'dist')).filter((file) => file.startsWith('shared-'));
    expect(shared).toContain('shared-core.js');
    expect(shared.filter((file) => !/^shared-[a-z-]+\.js$/.test(file))).toEqual([]);
  });

  it('is short, because V8 reads all of it before the first line runs', () => {
    const dist = join(root, 'dist');
    const sizes = readdirSync(dist).filter((file) => file.startsWith('shared-'));
    const largest = Math.max(...sizes.map((file) => readFileSync(join(dist, file)).length));
    expect(largest).toBeLessThan(120_000);
  });

  it('loads nothing more at further calls of a function that the package exports', () => {
    const program = `
      const { prototype } = require('node:module');
      const library = require('memoryview');
      library.buffer(new Uint8Array(2));
      const { require: original } = prototype;
      let count = 0;
      prototype.require = function (name) { count++; return original.call(this, name); };
      for (let i = 0; i < 3; i++) library.buffer(new Uint8Array(2));
      console.log(count);`;
    const { stdout } = spawnSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('0\n');
  });
});
