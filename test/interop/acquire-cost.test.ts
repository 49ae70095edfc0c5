/** What an acquire and a release cost in native code, next to a plain call through a pointer. */
import { expect, test } from 'vitest';
import { zeros } from '../../src/index.js';
import { loadAddon } from './addons.js';

interface Loop {
  run(object: object, batches: number, rounds: number): number[];
}

test('ten thousand views taken and given back leave the memory free', () => {
  const loop = loadAddon('test/interop/fixtures/acquire_loop.c') as Loop;
  const view = zeros([100, 100], 'f');
  const times = loop.run(view, 10, 1000);
  expect(times).toHaveLength(10);
  const owner = view.obj as { release(): void; released: boolean };
  owner.release();
  expect(owner.released).toBe(true);
});
