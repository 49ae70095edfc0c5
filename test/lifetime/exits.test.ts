/** Environments that end while they hold memory in every state. */
import { expect, test } from 'vitest';
import { runScenario } from './child.js';

test('workers that return, exit, throw or are terminated leave an empty ledger', () => {
  const { status, answer, output } = runScenario('worker-exit');
  expect(status, output).toBe(0);
  expect(answer).toEqual({ blocks: 0, bytes: 0, pinned: 0, inFlight: 0 });
});

const STAGES = [
  'live',
  'borrowed',
  'pending-borrow',
  'in-flight',
  'released',
  'dropped',
  'exit-handler',
  'finalizing',
] as const;

for (const stage of STAGES) {
  test(`process.exit with memory at stage "${stage}" ends with its own status`, () => {
    const { status, signal, output } = runScenario('exit-stage', [stage]);
    expect({ status, signal }, output).toEqual({ status: 7, signal: null });
  });
}

test('an uncaught error with live memory ends as Node ends it', () => {
  const { status, signal, output } = runScenario('exit-stage', ['uncaught']);
  expect({ status, signal }, output).toEqual({ status: 1, signal: null });
  expect(output).toContain('on purpose');
});
