/** The mapped bytes of a file, for cases that `mapFile` can't be given on every system. */
import { constants } from 'node:buffer';
import { closeSync, fstatSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkFileSize, planMapping } from '../../src/memory/file-range.js';
import { leaveOutOnWindows, removeFolder } from '../posix.js';
import { thrown } from './thrown.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-range-'));
afterAll(() => removeFolder(folder));

test('a plan lengthens a file for systems where no mapping reaches beyond its end, and takes that back', () => {
  const path = join(folder, 'short');
  writeFileSync(path, 'abc');
  const fd = openSync(path, 'r+');
  const size = (): number => fstatSync(fd).size;
  for (const mode of ['r+', 'w+'] as const) {
    const plan = planMapping({ fd, path, close: () => {} }, mode, 0, 5000);
    const undo = plan.lengthen();
    expect([mode, plan.nbytes, size()]).toEqual([mode, 5000, 5000]);
    undo();
    expect([mode, size()]).toEqual([mode, 3]);
  }
  planMapping({ fd, path, close: () => {} }, 'r', 0, 2).lengthen()();
  planMapping({ fd, path, close: () => {} }, 'w+', 0, 2).lengthen()();
  expect(size()).toBe(3);
  closeSync(fd);
});

test('a size that no file can have is refused with its numbers', () => {
  expect(thrown(() => checkFileSize(Number.MAX_SAFE_INTEGER, 1))).toEqual({
    name: 'RangeError',
    code: 'ERR_OUT_OF_RANGE',
    message: `mapFile: byteOffset ${Number.MAX_SAFE_INTEGER} and length 1 reach beyond 2^53 - 1`,
  });
});

test('a size that no ArrayBuffer can have is refused with the largest', (context) => {
  // From Node 22 on the largest is 2^53 - 1, beyond which the test above holds.
  if (constants.MAX_LENGTH >= Number.MAX_SAFE_INTEGER)
    context.skip('this runtime has no limit on the size of an ArrayBuffer');
  expect(thrown(() => checkFileSize(0, constants.MAX_LENGTH + 1, 'resize'))).toMatchObject({
    code: 'ERR_OUT_OF_MEMORY',
    message: expect.stringMatching(
      /^resize: \d+ bytes to map, this runtime's ArrayBuffers hold at most \d+; map a part/,
    ),
  });
});

test('a directory is refused as by Node, a device without a length too', (context) => {
  leaveOutOnWindows(context, 'it opens no directory and has no devices');
  const at = (path: string, length?: number): unknown => {
    const fd = openSync(path, 'r');
    try {
      return planMapping({ fd, path, close: () => {} }, 'r', 0, length).nbytes;
    } finally {
      closeSync(fd);
    }
  };
  expect(thrown(() => at(folder))).toMatchObject({ code: 'EISDIR' });
  expect(thrown(() => at('/dev/zero'))).toMatchObject({ code: 'ENODEV' });
  expect(at('/dev/zero', 4096)).toBe(4096);
});
