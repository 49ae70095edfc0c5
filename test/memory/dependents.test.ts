/** Memory that ends with other memory. */
import { expect, test } from 'vitest';
import { allocate } from '../../src/index.js';
import { endWith } from '../../src/memory/native-memory.js';

test('memory that ends with other memory ends with it, and with the memory that this ends with', () => {
  const [owner, middle, last] = [allocate(8), allocate(8), allocate(8)];
  endWith(owner, middle);
  endWith(middle, last);
  owner.release();
  expect([middle.released, last.released]).toEqual([true, true]);
});

test('a pin on memory keeps the memory with which it ends from being released', () => {
  const [owner, memory] = [allocate(8), allocate(8)];
  endWith(owner, memory);
  memory.borrow(() => {
    expect(() => owner.release()).toThrow(expect.objectContaining({ code: 'ERR_EXPORTED' }));
    expect(owner.released).toBe(false);
  });
  owner.release();
  expect(memory.released).toBe(true);
});

test('dependents whose buffers are collected are forgotten', async () => {
  const owner = allocate(8);
  const kept = allocate(8);
  endWith(owner, kept);
  for (let i = 0; i < 200; i++) {
    endWith(owner, allocate(8));
    if (i % 20 === 0) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  owner.release();
  expect(kept.released).toBe(true);
});
