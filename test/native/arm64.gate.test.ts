/** The addon builds for arm64, and native/core passes its own tests there, under qemu. See arm64.sh for what that shows and what not. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = ['aarch64-linux-gnu-g++', 'qemu-aarch64'];
const missing = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);

test('the addon builds for arm64, and the core passes its tests there', { timeout: 400_000 }, (context) => {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  if (missing.length > 0) {
    const words = `${missing.join(' and ')} not found: install g++-aarch64-linux-gnu and qemu-user`;
    if (process.env.CI) throw new Error(words);
    context.skip(words);
  }
  const prebuilds = join(root, 'build/prebuilds-arm64');
  const { status, stdout, stderr } = spawnSync('sh', [join(root, 'test/native/arm64.sh'), prebuilds], {
    encoding: 'utf8',
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(
    /prebuilds: .*linux-arm64\/memoryview\.node, \d+ bytes|linux-arm64 is of these sources/,
  );
  expect(stdout).toContain('native/core: all passed');
  expect(existsSync(join(prebuilds, 'linux-arm64/memoryview.node'))).toBe(true);
});
