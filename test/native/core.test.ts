/** native/core by its own tests, which know no Node; core.gate.test.ts runs them under sanitizers. */
import { expect, test } from 'vitest';
import { corePasses, needCompiler } from './core.js';
import { runScript } from './script.js';

test('the core passes its own tests', { timeout: 600_000 }, (context) => corePasses('plain', 50, context));

test('a run that fails says at its end which step failed, and why', { timeout: 600_000 }, (context) => {
  needCompiler(context);
  const { status, ending } = runScript('run.sh', ['plain', '1', 'nonsense']);
  expect(status).toBe(2);
  const [first, heading, why, ...rest] = ending.split('\n');
  expect(first).toBe('run.sh ended with 2');
  expect(heading).toBe('stderr:');
  expect(why).toMatch(/native\/core: "nonsense" given, expected one of .*ledger/);
  expect(rest[0]).toBe('  run.sh: core-test ended with 2');
});
