/** The sources that macOS gets hold no Linux-only call. See macos-check.sh for what that shows and what not. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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

test('each source of native/ is in binding.gyp, those of one system under a condition', () => {
  const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8');
  const listed = [...gyp.matchAll(/"(native\/[\w/]+\.cc)"/g)].map(([, source]) => source!);
  const there = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.cc'))
    .map((file) => `native/${file}`);
  expect(listed.toSorted()).toEqual(there.toSorted());
  const [common] = gyp.split('"conditions"');
  expect(common).not.toMatch(/_(linux|darwin)\.cc/);
});

test('no source asks which system it is compiled for, but those of one system', () => {
  const asking = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cc|h)$/.test(file) && !file.startsWith('include/'))
    .filter((file) =>
      /__(linux|APPLE|gnu_linux)__|_WIN32/.test(readFileSync(join(root, 'native', file), 'utf8')),
    );
  expect(asking).toEqual([]);
});
