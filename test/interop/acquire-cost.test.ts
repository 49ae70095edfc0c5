/** Acquire and release in a tight loop of native code. MEMORYVIEW_BENCH=1 makes it ten million, and prints what one costs. */
import { expect, test } from 'vitest';
import { type NativeMemory, zeros } from '../../src/index.js';
import { simulated } from '../refusal.js';
import { loadAddon } from './addons.js';

interface Loop {
  /** Nanoseconds for one acquire and release, for each batch. */
  run(object: object, batches: number, rounds: number): number[];
}

/** Where all memory is the engine's own, there is nothing to acquire. */
test.skipIf(simulated)('views that are taken and given back in a loop leave the memory free', () => {
  const loop = loadAddon('test/interop/fixtures/acquire_loop.c') as Loop;
  const view = zeros([100, 100], 'f');
  const isBench = Boolean(process.env.MEMORYVIEW_BENCH);
  const times = loop.run(view, 1000, isBench ? 10_000 : 10).sort((a, b) => a - b);
  expect(times).toHaveLength(1000);
  if (isBench) console.log(`acquire + release: median ${times[500]!.toFixed(0)} ns of 10 million`);
  const owner = view.obj as NativeMemory;
  owner.release();
  expect(owner.released).toBe(true);
});
