/** Pointers, declarations and arenas with the FFI that each runtime has of its own: node:ffi, bun:ffi, Deno's. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { runtimeBinary } from '../lifetime/runtimes.js';
import { COMPILING, compile, root } from './addons.js';

const program = fileURLToPath(new URL('./scenarios/pointers.mjs', import.meta.url));
const library = join(mkdtempSync(join(tmpdir(), 'memoryview-ffi-')), 'pointers.so');

beforeAll(() => {
  const source = join(root, 'test/interop/fixtures/pointers.c');
  compile(process.env.CC?.split(' ').at(-1) ?? 'gcc', [
    '-shared',
    '-fPIC',
    '-o',
    library,
    source,
    '-lpthread',
  ]);
}, COMPILING);

test.for([
  ['node26', []],
  ['bun', []],
  ['deno', ['run', '-A', '--unstable-ffi']],
] as const)('%s follows, fills and copies what its FFI hands out', ([name, flags], context) => {
  const binary = runtimeBinary(name);
  if (binary === null) {
    const missing = `no ${name} found: run sh test/lifetime/install-runtimes.sh`;
    if (process.env.CI) throw new Error(missing);
    return context.skip(missing);
  }
  const printed = execFileSync(binary, [...flags, program, library], { encoding: 'utf8' });
  expect(JSON.parse(printed.trim().split('\n').at(-1)!)).toEqual({
    values: [0, 1, 2, 3, 4],
    name: 'even',
    sum: 20,
    own: 7,
    behind: 3,
    text: 'last',
    ended: true,
    filled: 9801,
    copied: [9801, 1, 4],
  });
});
