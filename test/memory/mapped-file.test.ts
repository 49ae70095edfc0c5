/** mapFile: modes, parts of a file, the effects on the file, lost pages, and the errors, which are Node's own. */
import { constants as limits } from 'node:buffer';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { MappedFile, mapFile, memory, memoryview } from '../../src/index.js';
import { leaveOutOnWindows, onWindows, removeFolder } from '../posix.js';
import { thrown } from './thrown.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-map-'));
afterAll(() => removeFolder(folder));

let files = 0;
function fileOf(content: Uint8Array | string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, content);
  return path;
}

const mapAny = (...args: unknown[]): unknown => Reflect.apply(mapFile, undefined, args);

function counting(nbytes: number): Uint8Array {
  return Uint8Array.from({ length: nbytes }, (_, i) => (i * 7) % 251);
}

describe('parts of a file', () => {
  const content = counting(20_000);
  const path = fileOf(content);

  test('without options the whole file is there, read-only', () => {
    const mapping = mapFile(path);
    expect(mapping).toBeInstanceOf(MappedFile);
    expect(mapping.kind).toBe('file');
    expect(mapping.mode).toBe('r');
    expect(mapping.path).toBe(path);
    expect(mapping.readonly).toBe(true);
    expect(mapping.view().toBytes().equals(content)).toBe(true);
    expect(thrown(() => mapping.view().set(0, 1))).toMatchObject({ code: 'ERR_READONLY' });
    mapping.release();
  });

  test.each([0, 1, 63, 4095, 4096, 4097, 12_288, 19_999, 20_000])(
    'byteOffset %i starts at that byte of the file',
    (byteOffset) => {
      const mapping = mapFile(path, { byteOffset });
      expect(mapping.nbytes).toBe(20_000 - byteOffset);
      expect(Buffer.from(mapping.buffer).equals(content.subarray(byteOffset))).toBe(true);
      mapping.release();
    },
  );

  test('length ends the memory before the file does', () => {
    const mapping = mapFile(path, { byteOffset: 5000, length: 10 });
    expect([...new Uint8Array(mapping.buffer)]).toEqual([...content.subarray(5000, 5010)]);
  });

  test('a descriptor, a FileHandle and a URL name a file too, and may be closed afterwards', async () => {
    const handle: FileHandle = await open(path);
    const byHandle = mapFile(handle);
    const byNumber = mapFile(handle.fd);
    await handle.close();
    const byUrl = mapFile(pathToFileURL(path));
    for (const mapping of [byHandle, byNumber, byUrl]) {
      expect(mapping.view().get(19_999)).toBe(content[19_999]);
    }
    expect(byHandle.path).toBeUndefined();
    expect(byUrl.path).toBe(path);
    expect(thrown(() => mapFile(handle))).toMatchObject({ name: 'Error', code: 'EBADF' });
  });

  test('an empty file is an empty memory', () => {
    for (const mode of ['r', 'r+', 'c'] as const) {
      const mapping = mapFile(fileOf(''), { mode });
      expect(mapping.nbytes).toBe(0);
      expect(mapping.released).toBe(false);
      expect(mapping.truncated).toBe(false);
      expect(memoryview(mapping).toBytes()).toHaveLength(0);
      mapping.flush();
      mapping.advise('willneed');
      mapping.lock();
      mapping.release();
      expect(mapping.released).toBe(true);
    }
  });
});

describe('modes', () => {
  test('bytes written in mode "r+" are in the file', async () => {
    const path = fileOf(counting(10_000));
    const mapping = mapFile(path, { mode: 'r+', byteOffset: 4099 });
    mapping.view().set(0, 200);
    expect(readFileSync(path)[4099]).toBe(200);
    mapping.flush();
    mapping.view().set(1, 201);
    await mapping.flushAsync();
    mapping.release();
    expect(readFileSync(path).subarray(4098, 4102)).toEqual(
      Buffer.from([counting(4099)[4098]!, 200, 201, counting(4102)[4101]!]),
    );
  });

  test('mode "r+" extends a file that is shorter than length, with zeros, as numpy does', () => {
    const path = fileOf('abc');
    const mapping = mapFile(path, { mode: 'r+', byteOffset: 2, length: 5000 });
    expect(statSync(path).size).toBe(5002);
    expect(mapping.view().get(0)).toBe('c'.charCodeAt(0));
    expect(mapping.view().get(4999)).toBe(0);
  });

  test('mode "w+" makes a file of zeros, over one that is there too', () => {
    const path = fileOf(counting(9000));
    const mapping = mapFile(path, { mode: 'w+', length: 100, byteOffset: 28 });
    expect(statSync(path).size).toBe(128);
    expect(mapping.view().count(0)).toBe(100);
    mapping.view().set(-1, 5);
    mapping.release();
    expect(readFileSync(path)[127]).toBe(5);
    const fresh = join(folder, 'fresh');
    mapFile(fresh, { mode: 'w+', length: 10 }).view().fill(3);
    expect(readFileSync(fresh)).toEqual(Buffer.alloc(10, 3));
  });

  test('bytes written in mode "c" stay in this process', () => {
    const path = fileOf(counting(5000));
    const mapping = mapFile(path, { mode: 'c' });
    mapping.view().fill(9);
    mapping.flush();
    expect(mapping.view().get(4999)).toBe(9);
    mapping.release();
    expect(readFileSync(path).equals(counting(5000))).toBe(true);
  });

  test('a stray write through the buffer of a read-only mapping reaches nothing', () => {
    const path = fileOf(counting(5000));
    const mapping = mapFile(path);
    new Uint8Array(mapping.buffer).fill(0);
    mapping.flush();
    mapping.release();
    expect(readFileSync(path).equals(counting(5000))).toBe(true);
  });
});

describe('life', () => {
  test('release empties the buffer, ends views, and every method says so', async () => {
    const mapping = mapFile(fileOf('hello'), { mode: 'r+' });
    const view = mapping.view();
    mapping.release();
    mapping.release();
    expect(mapping.buffer.byteLength).toBe(0);
    expect(view.released).toBe(true);
    for (const call of [
      () => mapping.flush(),
      () => mapping.advise('normal'),
      () => mapping.lock(),
      () => mapping.unlock(),
      () => mapping.view(),
    ]) {
      expect(thrown(call)).toMatchObject({ name: 'BufferError', code: 'ERR_RELEASED' });
    }
    await expect(mapping.flushAsync()).rejects.toMatchObject({ code: 'ERR_RELEASED' });
    expect(mapping.truncated).toBe(false);
  });

  test('mappings are counted by kind, under their path', () => {
    const path = fileOf('hello');
    const { blocks, bytes } = memory.stats().byKind.file;
    const mapping = mapFile(path);
    expect(memory.stats().byKind.file).toEqual({ blocks: blocks + 1, bytes: bytes + 5 });
    expect(mapping.label).toBe(path);
    mapping.release();
    expect(memory.stats().byKind.file).toEqual({ blocks, bytes });
  });

  test('a flush in flight pins the memory', async () => {
    const mapping = mapFile(fileOf(counting(100_000)), { mode: 'r+' });
    const flushed = mapping.flushAsync();
    const refused = thrown(() => mapping.release());
    expect(refused).toMatchObject({ code: 'ERR_EXPORTED' });
    expect(refused.message).toContain('1 flushAsync');
    await flushed;
    mapping.release();
  });

  test('every advice that the library knows is taken', () => {
    const path = fileOf(counting(50_000));
    for (const advice of ['normal', 'sequential', 'random', 'willneed'] as const) {
      const mapping = mapFile(path, { advice });
      mapping.advise(advice);
      expect(mapping.view().get(1)).toBe(7);
      mapping.release();
    }
    try {
      mapFile(path).advise('hugepage');
    } catch (error) {
      // A kernel without transparent huge pages.
      expect(error).toMatchObject({ code: 'EINVAL', syscall: 'madvise', path });
    }
  });

  test('a mapping can be locked into memory and unlocked', () => {
    const mapping = mapFile(fileOf(counting(5000)));
    mapping.lock();
    mapping.unlock();
    expect(mapping.view().get(1)).toBe(7);
  });
});

const onlyThere = onWindows ? test : (): void => {};
onlyThere('on Windows a mapped file can not shrink', () => {
  const path = fileOf(counting(100_000));
  const mapping = mapFile(path);
  expect(() => truncateSync(path, 20_000)).toThrow();
  expect(mapping.view().get(99_999)).toBe(counting(100_000)[99_999]);
  expect(mapping.truncated).toBe(false);
  mapping.release();
  truncateSync(path, 20_000);
  expect(statSync(path).size).toBe(20_000);
});

describe('a file that shrinks under its mapping', () => {
  beforeEach((context) => leaveOutOnWindows(context, 'a mapped file can not shrink'));

  test('lost pages read as zeros, truncated turns true, and onTruncated hears of it once, in a later turn', async () => {
    const path = fileOf(counting(100_000));
    const heard: MappedFile[] = [];
    const { promise, resolve } = withResolvers();
    const mapping = mapFile(path, {
      onTruncated: (lost) => {
        heard.push(lost);
        resolve();
      },
    });
    const view = mapping.view();
    expect(mapping.truncated).toBe(false);
    truncateSync(path, 20_000);
    expect(view.get(99_999)).toBe(0);
    expect(view.get(50_000)).toBe(0);
    expect(view.get(19_999)).toBe(counting(20_000)[19_999]);
    expect(view.get(20_001)).toBe(0);
    expect(mapping.truncated).toBe(true);
    expect(heard).toHaveLength(0);
    await promise;
    truncateSync(path, 0);
    expect(view.get(0)).toBe(0);
    await new Promise((next) => setImmediate(next));
    expect(heard).toEqual([mapping]);
    mapping.release();
    expect(mapping.truncated).toBe(true);
  });

  test('truncated turns true before a lost page is touched', () => {
    const path = fileOf(counting(10));
    const mapping = mapFile(path);
    truncateSync(path, 9);
    expect(mapping.truncated).toBe(true);
  });

  test('native code that reads lost pages reads zeros too', () => {
    const path = fileOf(counting(1 << 20));
    const mapping = mapFile(path, { byteOffset: 100 });
    truncateSync(path, 0);
    expect(mapping.view().copy().count(0)).toBe((1 << 20) - 100);
    expect(Buffer.from(mapping.buffer).equals(Buffer.alloc((1 << 20) - 100))).toBe(true);
    expect(mapping.view().equals(Buffer.alloc((1 << 20) - 100))).toBe(true);
  });

  test('several threads that search lost pages read zeros', () => {
    const length = 4 * 2 ** 20;
    const path = fileOf(Buffer.alloc(2 * length, 1));
    for (const format of ['H', 'e'] as const) {
      writeFileSync(path, Buffer.alloc(2 * length, 1));
      const mapping = mapFile(path);
      const view = mapping.view(format);
      expect(view.count(view.get(0))).toBe(length);
      truncateSync(path, 2 ** 20);
      const kept = 2 ** 20 / 2;
      expect(view.indexOf(0)).toBe(kept);
      expect(view.count(0)).toBe(length - kept);
      expect(mapping.truncated).toBe(true);
      mapping.release();
    }
  });

  test('the system refuses lost pages that it is given untouched, and takes them as zeros once they were read', () => {
    const path = fileOf(counting(50_000));
    const mapping = mapFile(path);
    truncateSync(path, 0);
    const bytes = mapping.view().asBuffer({ allowWrites: true });
    const target = fileOf('');
    const file = openSync(target, 'r+');
    expect(thrown(() => writeSync(file, bytes))).toMatchObject({ name: 'Error', code: 'EFAULT' });
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(writeSync(file, bytes)).toBe(50_000);
    closeSync(file);
    expect(readFileSync(target).equals(Buffer.alloc(50_000))).toBe(true);
  });

  test('writes to lost pages are kept here only, and flush says so', async () => {
    const path = fileOf(counting(50_000));
    const mapping = mapFile(path, { mode: 'r+' });
    mapping.flush();
    truncateSync(path, 4096);
    mapping.view().set(40_000, 77);
    expect(mapping.view().get(40_000)).toBe(77);
    expect(thrown(() => mapping.flush())).toMatchObject({ name: 'Error', code: 'EIO' });
    await expect(mapping.flushAsync()).rejects.toMatchObject({ code: 'EIO', syscall: 'msync', path });
    expect(statSync(path).size).toBe(4096);
    mapping.view().set(5, 78);
    expect(readFileSync(path)[5]).toBe(78);
  });

  test('10,000 random reads of a lost 1 GiB need few mappings of the process', () => {
    const path = fileOf('');
    truncateSync(path, 2 ** 30);
    const mapping = mapFile(path);
    truncateSync(path, 0);
    const view = mapping.view();
    for (let i = 0; i < 10_000; i++) expect(view.get((i * 7_919_377) % 2 ** 30)).toBe(0);
    expect(mappingsOf(mapping.address, BigInt(mapping.nbytes))).toBeLessThan(50);
    mapping.release();
  });
});

/** The number of mappings of the process in a range of addresses; the engine's own are elsewhere. */
function mappingsOf(address: bigint, nbytes: bigint): number {
  const ranges = [...readFileSync('/proc/self/maps', 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) /gm)];
  return ranges.filter(
    ([, low, high]) => BigInt(`0x${low}`) < address + nbytes && BigInt(`0x${high}`) > address,
  ).length;
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('refusals', () => {
  const path = fileOf(counting(100));
  const missing = join(folder, 'missing');
  /** Node's code if the system denies access, or the C runtime knows that it will. */
  const denied: unknown = expect.stringMatching(onWindows ? /^(EPERM|EBADF)$/ : /^EACCES$/);

  test.each([
    [missing, {}, { code: 'ENOENT', syscall: 'open', path: missing }],
    [folder, {}, { code: 'EISDIR', syscall: 'mmap', path: folder }],
    [folder, { mode: 'r+' }, { code: 'EISDIR', syscall: onWindows ? 'mmap' : 'open', path: folder }],
    ['/dev/null', {}, { code: 'ENODEV', syscall: 'mmap', path: '/dev/null' }],
    ['/dev/null', { length: 10 }, { code: 'ENODEV', syscall: 'mmap', path: '/dev/null' }],
    [path, { mode: 'w+', length: 2 ** 31, byteOffset: 2 ** 62 }, { code: 'ERR_OUT_OF_RANGE' }],
    [path, { byteOffset: 101 }, { code: 'ERR_OUT_OF_BOUNDS' }],
    [path, { byteOffset: 1, length: 100 }, { code: 'ERR_OUT_OF_BOUNDS' }],
    [path, { mode: 'c', length: 101 }, { code: 'ERR_OUT_OF_BOUNDS' }],
    [path, { mode: 'r+', byteOffset: 200 }, { code: 'ERR_OUT_OF_BOUNDS' }],
    [path, { mode: 'w+' }, { code: 'ERR_INVALID_ARG' }],
    [path, { mode: 'w' }, { code: 'ERR_OUT_OF_RANGE' }],
    [path, { mode: 5 }, { code: 'ERR_INVALID_ARG' }],
    [path, { byteOffset: -1 }, { code: 'ERR_OUT_OF_RANGE' }],
    [path, { length: 1.5 }, { code: 'ERR_INVALID_ARG' }],
    [path, { length: Number.NaN }, { code: 'ERR_INVALID_ARG' }],
    [path, { advice: 'fast' }, { code: 'ERR_OUT_OF_RANGE' }],
    [path, { offset: 1 }, { code: 'ERR_INVALID_ARG' }],
    [path, { onTruncated: 1 }, { code: 'ERR_INVALID_ARG' }],
    [path, null, { code: 'ERR_INVALID_ARG' }],
    ['', {}, { code: 'ERR_INVALID_ARG' }],
    ['a\0b', {}, { code: 'ERR_INVALID_ARG' }],
    [undefined, {}, { code: 'ERR_INVALID_ARG' }],
    [null, {}, { code: 'ERR_INVALID_ARG' }],
    [-1, {}, { code: 'ERR_INVALID_ARG' }],
    [1e9, {}, { code: 'EBADF', syscall: 'fstat' }],
    [{ fd: 'x' }, {}, { code: 'ERR_INVALID_ARG' }],
    [new URL('http://example.org/'), {}, { code: 'ERR_INVALID_ARG' }],
    [new URL('file:///a%2fb'), {}, { code: 'ERR_INVALID_ARG' }],
  ])('%o with %o', (file, options, expected) => {
    expect(() => mapAny(file, options)).toThrowError(expect.objectContaining(expected));
    expect(readFileSync(path).equals(counting(100))).toBe(true);
  });

  test('a descriptor that is open for reading only can be mapped in mode "c", not in "r+"', () => {
    const fd = openSync(path, 'r');
    expect(mapFile(fd, { mode: 'c' }).readonly).toBe(false);
    expect(() => mapFile(fd, { mode: 'r+' })).toThrowError(
      expect.objectContaining({ code: denied, syscall: 'mmap', ...(onWindows ? {} : { errno: -13 }) }),
    );
  });

  test.each(['w+', 'r+'] as const)('a call in mode "%s" that throws leaves the file as it was', (mode) => {
    const path = fileOf('precious');
    const { blocks } = memory.stats().byKind.file;
    const fd = openSync(path, constants.O_WRONLY);
    expect(thrown(() => mapFile(fd, { mode, length: 12 }))).toMatchObject({ code: denied });
    closeSync(fd);
    const reading = openSync(path, 'r');
    expect(thrown(() => mapFile(reading, { mode, length: 12 }))).toMatchObject({ code: denied });
    closeSync(reading);
    expect(readFileSync(path, 'latin1')).toBe('precious');
    const huge = { mode, byteOffset: 2 ** 53 - 10_000, length: 12 };
    const { code } = thrown(() => mapFile(path, huge).release());
    // Not every file system has a limit that low; Bun's own fs has a lower one.
    if (code !== undefined) {
      if (!onWindows) expect(['EFBIG', 'ERR_OUT_OF_RANGE']).toContain(code);
      expect(readFileSync(path, 'latin1')).toBe('precious');
    }
    // Garbage of the tests before may go meanwhile.
    expect(memory.stats().byKind.file.blocks).toBeLessThanOrEqual(blocks);
  });

  test('a proxy that was revoked is refused like any other argument', () => {
    const { proxy, revoke } = Proxy.revocable({ fd: 0 }, {});
    revoke();
    expect(thrown(() => mapAny(proxy))).toMatchObject({ code: 'ERR_INVALID_ARG' });
    expect(thrown(() => mapAny(path, proxy))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  });

  test('only the library makes one', () => {
    expect(thrown(() => Reflect.construct(MappedFile, []))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  });

  test('a file beyond the largest ArrayBuffer is refused with the way out, and mapped in parts', () => {
    const sparse = fileOf('');
    truncateSync(sparse, 12 * 2 ** 30);
    const late = 11 * 2 ** 30 + 5;
    if (limits.MAX_LENGTH < 12 * 2 ** 30) {
      const refused = thrown(() => mapFile(sparse));
      expect(refused).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_MEMORY' });
      expect(refused.message).toMatch(/12884901888 bytes.*4294967296.*byteOffset and length/);
    } else {
      const whole = mapFile(sparse, { mode: 'r+' });
      whole.view().set(late, 42);
      expect(whole.view().get(late)).toBe(42);
      expect(whole.view().get(late - 12 * 2 ** 30)).toBe(42);
      whole.release();
    }
    const part = mapFile(sparse, { mode: 'r+', byteOffset: late, length: 4096 });
    part.view().set(1, 43);
    part.release();
    expect(mapFile(sparse, { byteOffset: late, length: 2 }).view().get(1)).toBe(43);
  });
});
