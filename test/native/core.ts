/** Runs native/core's own tests, which know no Node, by run.sh. */
import { spawnSync } from 'node:child_process';
import { expect, type TestContext } from 'vitest';
import { runScript } from './script.js';

/** A test without a compiler is skipped, and fails in CI. */
export function needCompiler(context: TestContext): void {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  if (spawnSync(process.env.CXX ?? 'g++', ['--version']).status === 0) return;
  if (process.env.CI) throw new Error('no C++ compiler found: install g++ or set CXX');
  context.skip('no C++ compiler found: install g++ or set CXX');
}

/** Fails with the end of the tests' output. */
export function corePasses(mode: 'plain' | 'asan' | 'tsan', rounds: number, context: TestContext): void {
  needCompiler(context);
  const { status, stdout, ending } = runScript('run.sh', [mode, String(rounds)]);
  expect(status, ending).toBe(0);
  expect(stdout).toContain('native/core: all passed');
}
