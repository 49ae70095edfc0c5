/** The sources for macOS compile with its headers' names. macos-check.sh says what this shows. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runScript } from './script.js';

const compiler = process.env.CXX ?? 'clang++-14';

test('the sources compile in macOS’s shape and leave nothing of theirs undefined', {
  timeout: 900_000,
}, (context) => {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  if (spawnSync(compiler, ['--version']).status !== 0) {
    if (process.env.CI) throw new Error(`${compiler} not found: install clang-14 or set CXX`);
    context.skip(`${compiler} not found: install clang-14 or set CXX`);
  }
  const env = { ...process.env, LD_PRELOAD: '', MACOS_INCLUDES: '' };
  const { status, stdout, ending } = runScript('macos-check.sh', [], env);
  expect(status, ending).toBe(0);
  expect(stdout).toContain('nothing of theirs is left undefined');
});
