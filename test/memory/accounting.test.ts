/** The account: counts, snapshots, their comparison, traces, and the diagnostics channels. */
import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { memory as account } from '../../src/memory/accounting.js';
import { allocate } from '../../src/memory/allocate.js';
import { Arena } from '../../src/memory/arena.js';
import { pinMemory, unpinMemory } from '../../src/memory/native-memory.js';
import { thrown } from './thrown.js';

afterEach(() => account.trace(false));

test('stats follow allocations, pins, handles and releases by kind', () => {
  const before = account.stats();
  const memory = allocate(1000);
  const arena = new Arena();
  arena.allocate(50);
  pinMemory(memory, 'borrow');
  const during = account.stats();
  expect(during.blocks - before.blocks).toBe(2);
  expect(during.bytes - before.bytes).toBe(1050);
  expect(during.pinned - before.pinned).toBe(1);
  expect(during.allocated - before.allocated).toBe(2);
  expect(during.byKind.heap.bytes - before.byKind.heap.bytes).toBe(1000);
  expect(during.byKind.arena.blocks - before.byKind.arena.blocks).toBe(1);
  expect(during.peakBytes).toBeGreaterThanOrEqual(during.bytes);
  unpinMemory(memory);
  memory.release();
  arena.release();
  const after = account.stats();
  expect([after.blocks, after.bytes, after.pinned]).toEqual([before.blocks, before.bytes, before.pinned]);
  expect(after.released - before.released).toBe(2);
  expect(after.retiredBytes).toBeGreaterThanOrEqual(before.retiredBytes);
});

test('a snapshot lists live blocks with label, age, pins and their holders', () => {
  const memory = allocate(123, { label: 'listed' });
  pinMemory(memory, 'borrow');
  pinMemory(memory, 'borrow');
  pinMemory(memory, '__proto__');
  const block = account.snapshot().find(({ label }) => label === 'listed')!;
  expect(block).toMatchObject({ kind: 'heap', nbytes: 123, pins: 3 });
  expect(Object.entries(block.holders)).toEqual([
    ['borrow', 2],
    ['__proto__', 1],
  ]);
  expect(block.age).toBeGreaterThanOrEqual(0);
  expect('stack' in block).toBe(false);
  for (const holder of ['borrow', 'borrow', '__proto__']) unpinMemory(memory, holder);
  memory.release();
});

function tracedHere() {
  // Not returned in one: Bun gives a tail call its caller's frame, so that the caller is in no stack.
  const memory = allocate(777, { label: 'traced' });
  return memory;
}

test('a traced allocation carries the stack of the caller, without frames of the library', () => {
  account.trace(true);
  const memory = tracedHere();
  account.trace(false);
  const { stack } = account.snapshot().find(({ label }) => label === 'traced')!;
  expect(stack).toContain('tracedHere');
  expect(stack).not.toContain('/src/memory/');
  memory.release();
});

test('a program that makes stacks of its own is not disturbed', () => {
  account.trace(true);
  const before = Error.prepareStackTrace;
  try {
    Error.prepareStackTrace = () => {
      throw new Error('mine');
    };
    allocate(10).release();
    Error.prepareStackTrace = (_, frames) => frames;
    allocate(10).release();
  } finally {
    Error.prepareStackTrace = before;
  }
});

test('compareTo groups growth and shrinkage by allocation site, the largest first', () => {
  account.trace(true);
  const old = allocate(5000, { label: 'old' });
  const earlier = account.snapshot();
  old.release();
  const grown = [tracedHere(), tracedHere()];
  account.trace(false);
  const unknown = allocate(3, { label: 'by label' });
  const changes = account.snapshot().compareTo(earlier);
  expect(changes.map(({ nbytesDiff, blocksDiff, nbytes }) => ({ nbytesDiff, blocksDiff, nbytes }))).toEqual([
    { nbytesDiff: -5000, blocksDiff: -1, nbytes: 0 },
    { nbytesDiff: 1554, blocksDiff: 2, nbytes: 1554 },
    { nbytesDiff: 3, blocksDiff: 1, nbytes: 3 },
  ]);
  expect(changes[1]!.site).toContain('tracedHere');
  expect(changes[2]!.site).toBe('by label');
  expect(inspect(changes)).toContain('+1554 bytes (1554), +2 blocks (2): tracedHere');
  expect(inspect(earlier.compareTo(earlier))).toBe('no change in native memory');
  for (const memory of [...grown, unknown]) memory.release();
});

test('compareTo takes only a snapshot', () => {
  expect(thrown(() => Reflect.apply(account.snapshot().compareTo, account.snapshot(), [[]])).code).toBe(
    'ERR_INVALID_ARG',
  );
});

test('inspect of the account and of a snapshot is a report', () => {
  const memory = allocate(4096, { label: 'shown' });
  pinMemory(memory, 'borrow');
  const line = /#\d+ heap "shown": 4096 bytes, 0\.\d s old, held by 1 borrow/;
  expect(inspect(account)).toMatch(line);
  expect(inspect(account.snapshot())).toMatch(line);
  unpinMemory(memory);
  memory.release();
});

test('assertNone reports the live blocks', () => {
  const memory = allocate(64, { label: 'left over' });
  expect(thrown(() => account.assertNone())).toMatchObject({ name: 'BufferError', code: 'ERR_EXPORTED' });
  expect(thrown(() => account.assertNone()).message).toContain('heap "left over": 64 bytes');
  memory.release();
  account.assertNone();
});

test('trace takes only a boolean', () => {
  expect(thrown(() => Reflect.apply(account.trace, account, [1])).code).toBe('ERR_INVALID_ARG');
});

test('the channels publish allocations and releases, and only to those who listen', () => {
  const heard: [string, unknown][] = [];
  const listen = (message: unknown, name: string | symbol) => heard.push([String(name), message]);
  channel('memoryview:allocate').subscribe(listen);
  channel('memoryview:release').subscribe(listen);
  const memory = allocate(10, { label: 'heard' });
  memory.release();
  memory.release();
  const arena = new Arena();
  arena.allocate(20);
  arena.release();
  channel('memoryview:allocate').unsubscribe(listen);
  channel('memoryview:release').unsubscribe(listen);
  allocate(30).release();
  const [id, other] = [0, 2].map((i) => (heard[i]![1] as { id: number }).id);
  expect(other).not.toBe(id);
  expect(heard).toEqual([
    ['memoryview:allocate', { id, kind: 'heap', nbytes: 10, label: 'heard' }],
    ['memoryview:release', { id, kind: 'heap', nbytes: 10, label: 'heard', cause: 'release' }],
    ['memoryview:allocate', { id: other, kind: 'arena', nbytes: 20, label: undefined }],
    ['memoryview:release', { id: other, kind: 'arena', nbytes: 20, label: undefined, cause: 'release' }],
  ]);
});

test('memory that is dropped while a channel has listeners is published when it is collected', async () => {
  const heard: unknown[] = [];
  const listen = (message: unknown) => heard.push(message);
  channel('memoryview:release').subscribe(listen);
  (() => {
    allocate(12_345);
  })();
  for (let i = 0; i < 50 && heard.length === 0; i++) {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve));
  }
  channel('memoryview:release').unsubscribe(listen);
  expect(heard).toMatchObject([{ nbytes: 12_345, cause: 'gc' }]);
});

test('reclaim gives back dead memory in the same turn', (context) => {
  context.skip(
    account.engine === 'javascript',
    'only the garbage collector knows which of the engine’s memory is dead',
  );
  const before = account.stats().bytes;
  (() => {
    for (let i = 0; i < 20; i++) allocate(100_000);
  })();
  globalThis.gc!();
  expect(account.reclaim()).toBeGreaterThan(0);
  expect(account.stats().bytes - before).toBeLessThan(20 * 100_000);
});
