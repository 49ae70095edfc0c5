/** Runs native/core's own tests, which know no Node, by run.sh. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, type TestContext } from 'vitest';

const script = fileURLToPath(new URL('./run.sh', import.meta.url));

/** Fails with what the tests printed; a test without a compiler is skipped, and fails in CI. */
export function corePasses(mode: 'plain' | 'asan' | 'tsan', rounds: number, context: TestContext): void {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  if (spawnSync(process.env.CXX ?? 'g++', ['--version']).status !== 0) {
    if (process.env.CI) throw new Error('no C++ compiler found: install g++ or set CXX');
    context.skip('no C++ compiler found: install g++ or set CXX');
  }
  const { status, stdout, stderr } = spawnSync('sh', [script, mode, String(rounds)], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain('native/core: all passed');
}
