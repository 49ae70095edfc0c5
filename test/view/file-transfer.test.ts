/** readFrom and writeTo: files of any size, into and out of any strides. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  promises,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allocate, array, MemoryView, memoryview, zeros } from '../../src/index.js';
import { Random } from '../oracle/random.js';
import { leaveOutOnWindows } from '../posix.js';
import { passOnRefusal, simulated } from '../refusal.js';

let folder = '';
let file = '';
const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memoryview-transfer-'));
  file = join(folder, 'content');
  writeFileSync(file, content);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function codeOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    passOnRefusal(error);
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'nothing was thrown';
}

describe('readFrom', () => {
  it('fills a view from a path, a URL, a descriptor or a FileHandle', async () => {
    const view = zeros(1000, 'B');
    expect(await view.readFrom(file)).toBe(1000);
    expect(view.toBytes().equals(content.subarray(0, 1000))).toBe(true);
    expect(await view.readFrom(pathToFileURL(file), { position: 500 })).toBe(1000);
    expect(view.toBytes().equals(content.subarray(500, 1500))).toBe(true);
    const fd = openSync(file, 'r');
    try {
      await view.readFrom(fd);
      await view.readFrom(fd);
      expect(view.toBytes().equals(content.subarray(1000, 2000))).toBe(true);
    } finally {
      closeSync(fd);
    }
    const handle = await promises.open(file);
    try {
      await view.readFrom(handle, { position: 7 });
      expect(view.toBytes().equals(content.subarray(7, 1007))).toBe(true);
    } finally {
      await handle.close();
    }
  });

  it('answers fewer bytes where the file ends, and leaves those behind', async () => {
    const view = zeros(1000, 'B');
    view.fill(0xee);
    expect(await view.readFrom(file, { position: content.length - 10 })).toBe(10);
    expect(view.slice('8:12').toArray()).toEqual([...content.subarray(-2), 0xee, 0xee]);
    expect(await view.readFrom(file, { position: content.length + 5 })).toBe(0);
    expect(await zeros(0, 'B').readFrom(file)).toBe(0);
  });

  it('reads into typed arrays of the engine, and into indirect views', async () => {
    const bytes = new Uint8Array(70_000);
    expect(await memoryview(bytes).readFrom(file, { position: 3 })).toBe(70_000);
    expect(Buffer.from(bytes).equals(content.subarray(3, 70_003))).toBe(true);
    const rows = [new Uint8Array(10), new Uint8Array(10), new Uint8Array(10)];
    expect(await MemoryView.indirect(rows).readFrom(file)).toBe(30);
    expect(Buffer.concat(rows).equals(content.subarray(0, 30))).toBe(true);
  });

  it('fills runs anywhere in large memory, up to the end of the file, and leaves what lies between', async () => {
    const [count, width, pitch] = [105_000, 333, 500];
    const large = join(folder, 'large');
    const bytes = Buffer.alloc(count * width - 100, content.subarray(0, 99_991));
    writeFileSync(large, bytes);
    const memory = allocate(count * pitch + 3);
    const all = memory.view();
    all.fill(0xee);
    const rows = all.slice('3:').cast('B', [count, pitch]);
    const view = rows.slice(`:, :${width}`);
    expect(await view.readFrom(large)).toBe(bytes.length);
    expect(view.toBytes().subarray(0, bytes.length).equals(bytes)).toBe(true);
    const between = rows.slice(`:, ${width}:`).toBytes();
    expect(between.equals(Buffer.alloc(between.length, 0xee))).toBe(true);
    expect(all.slice(':3').toArray()).toEqual([0xee, 0xee, 0xee]);
    expect(view.slice(`-1, ${width - 100}:`).toBytes()).toEqual(Buffer.alloc(100, 0xee));
    memory.release();
    rmSync(large);
  });

  it('is refused for read-only and released views, and for a value that names no file', async () => {
    const view = zeros(8, 'B');
    expect(await codeOf(() => view.toReadonly().readFrom(file))).toBe('ERR_READONLY');
    expect(await codeOf(() => view.readFrom(join(folder, 'missing')))).toBe('ENOENT');
    expect(await codeOf(() => view.readFrom(folder))).toBe('EISDIR');
    expect(await codeOf(() => view.readFrom(file, { position: -1 }))).toBe('ERR_OUT_OF_RANGE');
    expect(await codeOf(() => Reflect.apply(view.readFrom, view, [file, { offset: 1 }]))).toBe(
      'ERR_INVALID_ARG',
    );
    expect(await codeOf(() => Reflect.apply(view.readFrom, view, [{}]))).toBe('ERR_INVALID_ARG');
    const fd = openSync(file, 'w+');
    writeFileSync(fd, content);
    closeSync(fd);
    expect(await codeOf(() => view.readFrom(fd))).toBe('EBADF');
    view.release();
    expect(await codeOf(() => view.readFrom(file))).toBe('ERR_RELEASED');
  });

  it('pins the memory, and stops at a signal', async () => {
    const memory = allocate(64 << 20);
    const view = memory.view();
    const big = join(folder, 'big');
    writeFileSync(big, '');
    truncateSync(big, 64 << 20);
    const controller = new AbortController();
    const seen: number[] = [];
    const reading = view.readFrom(big, {
      signal: controller.signal,
      onProgress: (done, nbytes) => {
        seen.push(done, nbytes);
        controller.abort(new Error('enough'));
      },
    });
    if (!simulated) expect(() => memory.release()).toThrow(/readFrom/);
    await expect(reading).rejects.toThrow('enough');
    expect([seen.length, seen[1]]).toEqual([2, 64 << 20]);
    await expect(view.readFrom(big, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
    memory.release();
  });

  it('returns the bytes that were there where the file shrinks in flight', async () => {
    const view = zeros(40 << 20, 'B');
    const shrinking = join(folder, 'shrinking');
    writeFileSync(shrinking, '');
    truncateSync(shrinking, 40 << 20);
    const read = await view.readFrom(shrinking, { onProgress: () => truncateSync(shrinking, 17 << 20) });
    expect(read).toBeGreaterThanOrEqual(1 << 20);
    expect(read).toBeLessThanOrEqual(17 << 20);
  });
});

describe('writeTo', () => {
  it('writes a view to a new file, in place of an old one, or into it at a position', async () => {
    const target = join(folder, 'written');
    const view = memoryview(content);
    expect(await view.writeTo(target)).toBe(content.length);
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(await array([1, 2, 3], 'B').writeTo(target, { position: 10 })).toBe(3);
    const patched = readFileSync(target);
    expect([patched.length, ...patched.subarray(9, 14)]).toEqual([
      content.length,
      content[9],
      1,
      2,
      3,
      content[13],
    ]);
    expect(await array([9], '>H').writeTo(target)).toBe(2);
    expect([...readFileSync(target)]).toEqual([0, 9]);
  });

  it('says that the disk is full', async (context) => {
    if (process.platform !== 'linux') context.skip('this system has no /dev/full');
    expect(await codeOf(() => zeros(8192, 'B').writeTo('/dev/full'))).toBe('ENOSPC');
  });

  it('writes to pipes, in their time', async (context) => {
    leaveOutOnWindows(context, 'a pipe is no file of a folder');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = promises.readFile(pipe);
    const fd = openSync(pipe, 'w');
    try {
      const view = memoryview(content);
      expect(await view.writeTo(fd)).toBe(content.length);
    } finally {
      closeSync(fd);
    }
    expect((await reading).equals(content)).toBe(true);
  });
});

describe('both', () => {
  it('move the same bytes as a copy, in random layouts', { timeout: 200_000 }, async () => {
    const random = new Random(9);
    const target = join(folder, 'random');
    for (let round = 0; round < Number(process.env.TRANSFER_ROUNDS ?? 150); round++) {
      const format = random.pick(['B', 'H', 'd', 'T{B:a:i:b:}', '700s']);
      const shape = Array.from({ length: random.int(0, 4) }, () => random.int(1, 6));
      let view: MemoryView = random.percent(60)
        ? zeros(shape, format)
        : memoryview(new Uint8Array(zeros(shape, format).nbytes), { format, shape });
      const bytes = view.asBuffer();
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.int(0, 255);
      const cuts = shape.map(() => random.pick([':', '::-1', '1:', '::2', ':-1:3']));
      if (shape.length > 0) view = view.slice(cuts.join(','));
      if (shape.length > 1 && random.percent(50)) view = view.T;
      expect(await view.writeTo(target)).toBe(view.nbytes);
      expect(readFileSync(target).equals(view.toBytes())).toBe(true);
      const back = Buffer.from(view.toBytes());
      for (let i = 0; i < back.length; i++) back[i] = random.int(0, 255);
      writeFileSync(target, Buffer.concat([Buffer.alloc(5), back]));
      const position = random.percent(50) ? 5 : undefined;
      const read = await view.readFrom(target, position === undefined ? {} : { position });
      expect(read).toBe(view.nbytes);
      const whole = readFileSync(target).subarray(position ?? 0);
      expect(view.toBytes().equals(whole.subarray(0, view.nbytes))).toBe(true);
    }
  });

  it('go past the cache with aligned memory', async (context) => {
    if (simulated) context.skip('files need the system');
    if (process.platform !== 'linux') context.skip('this system has no O_DIRECT');
    const target = join(process.cwd(), 'build', `direct-${process.pid}`);
    const memory = allocate(65536, { alignment: 4096 });
    memory.view('B').copyFrom(content.subarray(0, 65536));
    try {
      const written = await codeOf(() => memory.view().writeTo(target, { direct: true }));
      // Some file systems have no O_DIRECT.
      if (written === 'EINVAL') return;
      expect(written).toBe('nothing was thrown');
      expect(readFileSync(target).equals(content.subarray(0, 65536))).toBe(true);
      memory.view().fill(0);
      expect(await memory.view().readFrom(target, { direct: true, position: 4096 })).toBe(61440);
      expect(memory.view('B').slice('0:3').toArray()).toEqual([...content.subarray(4096, 4099)]);
      const view = memory.view();
      expect(await codeOf(() => view.readFrom(target, { direct: true, position: 100 }))).toBe(
        'ERR_OUT_OF_RANGE',
      );
      expect(await codeOf(() => view.slice('1:').readFrom(target, { direct: true }))).toBe(
        'ERR_OUT_OF_RANGE',
      );
      expect(await codeOf(() => view.slice('::2').readFrom(target, { direct: true }))).toBe(
        'ERR_NOT_CONTIGUOUS',
      );
      expect(await codeOf(() => memoryview(new Uint8Array(512)).readFrom(target, { direct: true }))).toBe(
        'ERR_UNSUPPORTED',
      );
    } finally {
      rmSync(target, { force: true });
      memory.release();
    }
  });

  it('leave no descriptor open', async (context) => {
    if (!existsSync('/proc/self/fd')) context.skip('this system has no /proc/self/fd');
    const view = zeros(100, 'B');
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 20; i++) {
      await view.readFrom(file);
      await view.writeTo(join(folder, 'again'));
      await codeOf(() => view.readFrom(folder));
      await codeOf(() => view.readFrom(file, { signal: AbortSignal.abort() }));
    }
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });
});

describe('a view that the caller ends while its arguments are read', () => {
  it('is not written, and its file not opened', async () => {
    const view = zeros(8, 'B');
    const target = join(folder, 'never made');
    const ending = {
      get position(): number {
        view.release();
        return 0;
      },
    };
    expect(await codeOf(() => view.readFrom(file, ending))).toBe('ERR_RELEASED');
    const other = zeros(8, 'B');
    const endingOther = {
      get position(): number {
        other.release();
        return 0;
      },
    };
    expect(await codeOf(() => other.writeTo(target, endingOther))).toBe('ERR_RELEASED');
    expect(existsSync(target)).toBe(false);
  });
});
