/** What is built: the doors that package.json names, their files, and the names that a program sees through them. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
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

  it('exports functions and classes under their own names', () => {
    const required = require(name) as Record<string, unknown>;
    const renamed = Object.entries(required).filter(
      ([key, value]) => typeof value === 'function' && value.name !== key,
    );
    expect(renamed.map(([key]) => key)).toEqual([]);
  });
});

describe('the core', () => {
  it('is one file, and what few programs call is loaded when it is called', () => {
    const inDist = (): string[] =>
      Object.keys(require.cache).filter(
        (file) => file.startsWith(join(root, 'dist')) && !file.includes('interop'),
      );
    const library = require('memoryview') as { explain(view: object): string; zeros(shape: number): object };
    expect(inDist().filter((file) => file.includes('explain'))).toEqual([]);
    expect(library.explain(library.zeros(2))).toContain('MemoryView "d"');
    expect(inDist().filter((file) => file.includes('explain'))).toHaveLength(1);
  });
});
