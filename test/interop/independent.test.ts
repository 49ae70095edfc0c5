/** Addons written to the protocol's text, without the header of this package, exchange memory with this library. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Exporter,
  mapFile,
  memoryview,
  type NativeMemory,
  SharedMemory,
  zeros,
} from '../../src/index.js';
import { simulated } from '../refusal.js';
import { settle } from '../settle.js';
import { type Carrier, COMPILING, loadAddon } from './addons.js';

interface Acquired {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly flags: number;
  readonly nbytes: number;
  /** The `struct_size` of the view afterwards. */
  readonly size: number;
  /** The major of its version afterwards. */
  readonly major: number;
  /** 1 where a byte behind the given `struct_size` was written. */
  readonly overrun: number;
}

interface Independent {
  acquire(object: object, flags: number, structSize: number, major?: number): Acquired;
  churn(object: object, rounds: number): void;
  joined(): number;
  produce(flags: number, bytes: number, shape: readonly number[], strides: readonly number[]): Carrier;
  freed(): number;
}

/** Sizes and values as the protocol fixes them. */
const VIEW = 144;
const READONLY = 1;
const IS_COPY = 2;
const CONTIGUOUS = 4 + 8;
const SHARED_XPROC = 16;
const MAY_FAULT = 32;
const IMMUTABLE = 128;
const NO_COPY = 16;
const ALLOW_FAULT = 32;
const ALLOW_SHARED = 64;

let addon: Independent;
const folder = mkdtempSync(join(tmpdir(), 'memoryview-independent-'));

beforeAll(() => {
  addon = loadAddon('test/interop/fixtures/independent.c') as Independent;
}, COMPILING);
afterAll(() => rmSync(folder, { recursive: true }));

// Where all memory is the engine's own, there is no exporter to acquire from: exchange.test.ts says what there is.
const ofNativeMemory = { skip: simulated };

describe('a consumer whose view ends after some bytes', ofNativeMemory, () => {
  test.each([0, 8, 16, 24, 31])('(%i) is refused, and nothing behind them is written', (size) => {
    const { status, code, overrun, message } = addon.acquire(zeros(3, 'f'), 0, size);
    expect({ status, code, overrun }).toEqual({ status: 5, code: 5, overrun: 0 });
    expect(message).toContain(`${size} bytes to fill`);
    // Not because of its size: its request is looked at first.
    expect(addon.acquire(zeros(3, 'f').toReadonly(), 1, size).overrun).toBe(0);
  });

  test.each([32, 40, 64, 104, 143, VIEW, 160, 400])(
    '(%i) gets that much, and no more than there is',
    (size) => {
      const { status, overrun, flags, size: filled } = addon.acquire(zeros(3, 'f'), 0, size);
      expect({ status, overrun, flags }).toEqual({ status: 0, overrun: 0, flags: CONTIGUOUS });
      expect(filled).toBe(Math.min(size, VIEW));
    },
  );
});

describe('a consumer that writes struct_size, and leaves the version zero', ofNativeMemory, () => {
  test.each([40, VIEW, 400])('(of a view of %i bytes) gets the producer’s version', (size) => {
    const { status, overrun, major, size: filled } = addon.acquire(zeros(3, 'f'), 0, size, 0);
    expect({ status, overrun, major, filled }).toEqual({
      status: 0,
      overrun: 0,
      major: 1,
      filled: Math.min(size, VIEW),
    });
  });

  test('is refused with any other version', () => {
    expect(addon.acquire(zeros(3, 'f'), 0, VIEW, 2)).toMatchObject({ status: 5, code: 5, overrun: 0 });
  });
});

describe('the facts about memory that a consumer needs', () => {
  test('is that a mapped file may shrink', () => {
    const path = join(folder, 'numbers');
    writeFileSync(path, Buffer.alloc(16));
    for (const mode of ['r', 'r+', 'c'] as const) {
      const file = mapFile(path, { mode });
      expect(addon.acquire(file, ALLOW_SHARED, VIEW)).toMatchObject({
        status: 1,
        message: "may fault when it is read, expected memory that can't",
      });
      const { status, flags } = addon.acquire(file.view('d'), ALLOW_FAULT, VIEW);
      expect([status, flags & MAY_FAULT]).toEqual([0, MAY_FAULT]);
      file.release();
    }
  });

  test('is that other processes see shared memory', () => {
    const memory = SharedMemory.create({ size: 16 });
    expect(addon.acquire(memory, ALLOW_FAULT, VIEW)).toMatchObject({
      status: 1,
      message: 'is shared with other processes, expected private memory',
    });
    const { status, flags } = addon.acquire(memory, ALLOW_SHARED, VIEW);
    expect([status, flags & SHARED_XPROC]).toEqual([0, SHARED_XPROC]);
    memory.release();
  });

  test.each([
    ['is shared with other processes', SHARED_XPROC, ALLOW_SHARED],
    ['may fault', MAY_FAULT, ALLOW_FAULT],
  ])('passes through a view of ours: a third addon’s memory that %s', (said, flag, allowing) => {
    const view = memoryview(addon.produce(flag, 16, [16], [1]) as Exporter).slice('2:');
    expect(addon.acquire(view, 0, VIEW)).toMatchObject({ status: 1, message: expect.stringContaining(said) });
    const { status, flags } = addon.acquire(view, allowing, VIEW);
    expect([status, flags & flag]).toEqual([0, flag]);
  });

  test('passes through a view of ours: that it is a copy, or never changes', () => {
    const copy = memoryview(addon.produce(IS_COPY, 16, [16], [1]) as Exporter);
    expect(addon.acquire(copy, NO_COPY, VIEW)).toMatchObject({
      status: 1,
      message: 'is available as a copy only, expected the memory itself',
    });
    expect(addon.acquire(copy, 0, VIEW).flags & IS_COPY).toBe(IS_COPY);
    const constant = memoryview(addon.produce(IMMUTABLE, 16, [16], [1]) as Exporter);
    expect(constant.readonly).toBe(true);
    expect(addon.acquire(constant, 0, VIEW).flags & (IMMUTABLE | READONLY)).toBe(IMMUTABLE | READONLY);
  });
});

test.each([
  [[2 ** 60], [0]],
  [
    [2 ** 31, 2 ** 31],
    [0, 0],
  ],
])('memory of more elements than JavaScript counts (%j) is refused', async (shape, strides) => {
  const before = addon.freed();
  (() => {
    const object = addon.produce(0, 16, shape, strides);
    expect(() => memoryview(object as Exporter)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG',
        message: expect.stringContaining('bytes in all, expected fewer than 2^53'),
      }),
    );
  })();
  await settle();
  expect(addon.freed()).toBeGreaterThan(before);
});

test(
  'a release that waits is never refused, however often threads take and let go meanwhile',
  ofNativeMemory,
  async () => {
    let given = 0;
    for (let round = 0; round < 100; round++) {
      const view = zeros(64, 'B');
      addon.churn(view, 3000);
      await (view.obj as NativeMemory).release({ wait: true });
      expect(view.released).toBe(true);
      given += addon.joined();
    }
    expect(given).toBeGreaterThan(0);
  },
);
