/** The example addon in Rust, over native/include/memoryview.rs, exchanges memory with the package and with addons in C and C++. */
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { array, type Exporter, memory, memoryview, type NativeMemory, zeros } from '../../src/index.js';
import { simulated } from '../refusal.js';
import { settle } from '../settle.js';
import {
  type Carrier,
  COMPILING,
  type Consumer,
  compile,
  has,
  loadAddon,
  type Producer,
  root,
} from './addons.js';

interface Rust {
  samples(): Carrier;
  sum(grid: unknown): number;
}

interface Independent {
  acquire(object: object, flags: number, size: number, major: number): { status: number; nbytes: number };
}

const rustc = process.env.RUSTC ?? 'rustc';
let rust: Rust;

describe.runIf(has(rustc) && !simulated)('an addon in Rust', () => {
  beforeAll(() => {
    const output = join(mkdtempSync(join(tmpdir(), 'memoryview-rust-')), 'rust.node');
    const linking = process.platform === 'darwin' ? ['-C', 'link-args=-undefined dynamic_lookup'] : [];
    compile(rustc, [
      ...['--edition', '2021', '--crate-type', 'cdylib', '-O', '-D', 'warnings', ...linking],
      ...['-o', output, join(root, 'examples/addon-rust/addon.rs')],
    ]);
    rust = createRequire(import.meta.url)(output) as Rust;
  }, COMPILING);

  test('offers a vector, which ends with the last view of it', async () => {
    const { blocks } = memory.stats();
    const view = memoryview(rust.samples() as Exporter);
    expect([view.format, view.shape, view.readonly]).toEqual(['f', [2, 3], false]);
    expect(view.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    await settle();
    expect(view.slice('::-1, 1').toArray()).toEqual([4, 1]);
    (view.obj as NativeMemory).release();
    expect(memory.stats().blocks).toBe(blocks);
  });

  test('takes views, of any strides, and holds them on a thread of its own', () => {
    const grid = array(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'f',
    );
    expect([rust.sum(grid), rust.sum(grid.T), rust.sum(grid.slice('::-1, ::2'))]).toEqual([21, 21, 14]);
    (grid.obj as NativeMemory).release();
    expect(() => rust.sum(grid)).toThrow('the memory was released');
    expect(() => rust.sum(zeros([2, 2], 'd'))).toThrow(
      'has elements of float64 (format "d"), expected float32',
    );
    expect(() => rust.sum(zeros(4, 'f'))).toThrow('has shape (4,), expected 2 dimensions');
    expect(() => rust.sum({})).toThrow('sum: the grid offers no memory');
  });

  test('keeps every rule of the protocol', () => {
    const { check } = loadAddon('packaging/conformance/conformance.c') as {
      check(object: unknown): [rule: string, fault: string][];
    };
    expect(check(rust.samples()).filter(([, fault]) => fault !== '')).toEqual([]);
  });

  test('exchanges memory with addons in C and C++', () => {
    const consumer = loadAddon('examples/addon-consumer/consumer.cc') as Consumer;
    const producer = loadAddon('examples/addon-producer/producer.c') as Producer;
    const independent = loadAddon('test/interop/fixtures/independent.c') as Independent;
    expect(consumer.sumGrid(rust.samples())).toBe(15);
    expect(rust.sum(producer.makeGrid(2, 2, 1))).toBe(consumer.sumGrid(producer.makeGrid(2, 2, 1)));
    expect(independent.acquire(rust.samples(), 0, 144, 0)).toMatchObject({ status: 0, nbytes: 24 });
    expect(independent.acquire(rust.samples(), 0, 144, 2)).toMatchObject({ status: 5 });
    expect(independent.acquire(rust.samples(), 0, 31, 1)).toMatchObject({ status: 5 });
  });
});
