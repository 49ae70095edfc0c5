/** Atomics on native memory: all of them but those that wait. */
import { expect, test } from 'vitest';
import { allocate, SharedMemory } from '../../src/index.js';

test.each([
  ['heap', () => allocate(64)],
  ['shared', () => SharedMemory.create({ size: 64 })],
] as const)('each of them works on %s memory, and wait refuses it', (_, make) => {
  using memory = make();
  const words = new Int32Array(memory.buffer);
  expect(Atomics.store(words, 0, 5)).toBe(5);
  expect(Atomics.load(words, 0)).toBe(5);
  expect(Atomics.exchange(words, 0, 6)).toBe(5);
  expect(Atomics.compareExchange(words, 0, 6, 7)).toBe(6);
  expect([Atomics.add(words, 0, 1), Atomics.sub(words, 0, 2), Atomics.or(words, 0, 8)]).toEqual([7, 8, 6]);
  expect([Atomics.and(words, 0, 12), Atomics.xor(words, 0, 1), Atomics.load(words, 0)]).toEqual([14, 12, 13]);
  const wide = new BigInt64Array(memory.buffer);
  expect(Atomics.add(wide, 1, 2n ** 40n)).toBe(0n);
  expect(Atomics.load(wide, 1)).toBe(2n ** 40n);
  expect(() => Atomics.wait(words, 0, 0, 0)).toThrow(TypeError);
});
