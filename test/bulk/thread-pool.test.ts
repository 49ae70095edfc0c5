/** Copies off the main thread share the runtime's thread pool with its own work. */
import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { empty, zeros } from '../../src/index.js';

const MIB = 1024 * 1024;

it('more copies than the pool has threads let other work in between their pieces', async (context) => {
  if (process.versions.deno !== undefined) context.skip('Deno reads file metadata on another thread pool');
  const source = zeros(64 * MIB, 'B');
  const target = empty(64 * MIB, 'B');
  let finished = 0;
  const copies = Array.from({ length: 6 }, async () => {
    await target.copyFromAsync(source);
    finished += 1;
  });
  // It waits for one piece of each copy at most, and a copy has four.
  await stat('.');
  expect(finished).toBe(0);
  await Promise.all(copies);
  expect(target.get(64 * MIB - 1)).toBe(0);
}, 60_000);
