/**
 * The addon builds for arm64, native/core passes its own tests there, under qemu, and so does the addon in the real arm64 Node with the
 * vectors and the tests of layouts. See arm64.sh for what that shows and what not; `npm run test:doors` runs all runtime-neutral tests.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runOn, told } from '../matrix/platforms.mjs';
import { runScript } from './script.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = ['aarch64-linux-gnu-g++', 'qemu-aarch64'];
const prebuilds = join(root, 'build/prebuilds-arm64');
const missing = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);

test('the addon builds for arm64, and the core passes its tests there', { timeout: 900_000 }, (context) => {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  if (missing.length > 0) {
    const words = `${missing.join(' and ')} not found: install g++-aarch64-linux-gnu and qemu-user`;
    if (process.env.CI) throw new Error(words);
    context.skip(words);
  }
  const { status, stdout, ending } = runScript('arm64.sh', [prebuilds]);
  expect(status, ending).toBe(0);
  expect(stdout).toMatch(
    /prebuilds: .*linux-arm64\/memoryview\.node, \d+ bytes|linux-arm64 is of these sources/,
  );
  expect(stdout).toContain('native/core: all passed');
  expect(existsSync(join(prebuilds, 'linux-arm64/memoryview.node'))).toBe(true);
});

test('the arm64 Node passes the vectors and the tests of layouts with it', {
  timeout: 600_000,
}, (context) => {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  if (missing.length > 0) context.skip(`${missing.join(' and ')} not found`);
  const result = runOn('linux-arm64', prebuilds, ['test/contract', 'test/layout']);
  expect(result.failures, told('linux-arm64', result)).toEqual([]);
  expect(result.runtime).toMatchObject({ name: 'Node', version: expect.stringMatching(/^22\./) });
  expect(result.areas.vectors?.passed).toBeGreaterThan(5000);
});
