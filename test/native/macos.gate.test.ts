/** The sources that macOS gets compile in its shape. See macos-check.sh for what that shows and what not. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = process.env.CXX ?? 'clang++-14';

test('the sources compile in macOS’s shape and leave nothing of theirs undefined', {
  timeout: 300_000,
}, (context) => {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  if (spawnSync(compiler, ['--version']).status !== 0) {
    if (process.env.CI) throw new Error(`${compiler} not found: install clang-14 or set CXX`);
    context.skip(`${compiler} not found: install clang-14 or set CXX`);
  }
  const env = { ...process.env, LD_PRELOAD: '', MACOS_INCLUDES: '' };
  const { status, stdout, stderr } = spawnSync('sh', [join(root, 'test/native/macos-check.sh')], {
    encoding: 'utf8',
    env,
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain('nothing of theirs is left undefined');
});
