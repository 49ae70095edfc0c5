/** Environments that end while copies, and other work, are on the thread pool. */
import { expect, test } from 'vitest';
import { simulated } from '../refusal.js';
import { runScenario } from './child.js';

test('process.exit in the middle of asynchronous copies ends with its own status', () => {
  const { status, signal, output } = runScenario('copy-in-flight', ['main-exit']);
  expect({ status, signal }, output).toEqual({ status: 7, signal: null });
});

for (const how of ['exit', 'throw', 'terminate', 'return']) {
  test(`workers that end by "${how}" in the middle of asynchronous copies leave an empty ledger`, () => {
    const { status, answer, output } = runScenario('copy-in-flight', [how]);
    expect(status, output).toBe(0);
    expect(answer).toEqual({ blocks: 0, bytes: 0, pinned: 0, inFlight: 0 });
  });
}

for (const work of ['copy', 'flush', 'read', 'write', 'pull']) {
  test(`workers whose thread ends as they begin to ${work} on the thread pool leave an empty ledger`, (context) => {
    if (simulated) context.skip('memory of the engine’s goes to no thread pool');
    const { status, answer, output } = runScenario('work-in-flight', [work]);
    expect(status, output).toBe(0);
    expect(answer).toEqual({ codes: [7, 7, 7], blocks: 0, bytes: 0, pinned: 0, inFlight: 0 });
  });
}
