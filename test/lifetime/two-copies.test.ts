/** This package's JavaScript loaded twice over one addon. */
import { expect, test } from 'vitest';
import { leaveOutOnWindows } from '../posix.js';
import { simulated } from '../refusal.js';
import { runScenario } from './child.js';

test('two copies of the JavaScript over one addon both hear of their blocks, and take each other’s views', (context) => {
  if (simulated) context.skip('memory of the engine’s is known to the copy that made it only');
  leaveOutOnWindows(context, 'a mapped file can not shrink');
  const { status, answer, output } = runScenario('two-copies');
  expect(status, output).toBe(0);
  const each = {
    same: false,
    released: 'settled',
    ended: 1,
    told: 1,
    looks: ['i', [4], [8], 7, false],
    written: 9,
    nbytes: 32,
    readonly: true,
    pinned: 'ERR_EXPORTED',
    pinnedMemory: 'ERR_EXPORTED',
    shares: 'ok',
    freed: 'settled',
  };
  expect(answer).toEqual({ seen: [each, each] });
});
