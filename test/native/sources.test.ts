/** The sources of each system: binding.gyp lists all of them, and only files of one system use what that system alone has. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('each source of native/ is in binding.gyp, those of one system under a condition', () => {
  const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8');
  const listed = [...gyp.matchAll(/"(native\/[\w/]+\.cc)"/g)].map(([, source]) => source!);
  const there = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.cc'))
    .map((file) => `native/${file}`);
  expect(listed.toSorted()).toEqual(there.toSorted());
  const [common] = gyp.split('"conditions"');
  expect(common).not.toMatch(/[_/](linux|darwin|posix|win32)\.cc/);
});

test('no source asks which system it is compiled for, but those of one system', () => {
  const asking = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cc|h)$/.test(file) && !file.startsWith('include/') && !/win32\.\w+$/.test(file))
    .filter((file) =>
      /__(linux|APPLE|gnu_linux)__|_WIN32/.test(readFileSync(join(root, 'native', file), 'utf8')),
    );
  expect(asking).toEqual([]);
});

test('each source of native/core has its own file of tests', () => {
  const namesIn = (folder: string, ending: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length).replace(/_(linux|darwin|posix|win32)$/, ''));
  const tested = new Set(namesIn('test/native', '_test.cc'));
  const untested = namesIn('native/core', '.cc').filter((name) => !tested.has(name));
  expect(untested).toEqual([]);
});
