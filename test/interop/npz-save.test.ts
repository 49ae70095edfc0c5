/** Archives and files that are written, to each kind of target, against numpy and Python's zipfile. */
import {
  closeSync,
  createWriteStream,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer as allOf } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { allocate, array, type Exporter, memoryview, type NativeMemory, zeros } from '../../src/index.js';
import { loadNpy, loadNpz, openNpz, saveNpy, saveNpz } from '../../src/interop/npy.js';
import { thrown } from '../memory/thrown.js';
import { outputOfPython, testWithPython } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-npz-save-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = (script: string): string =>
  outputOfPython(`import io, sys, zipfile\nimport numpy as np\nd = sys.argv[1] + '/'\n${script}`, [folder]);

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

const grid = array([
  [1, 2, 3],
  [4, 5, 6],
]);
const arrays: Record<string, Exporter> = {
  grid,
  transposed: grid.T,
  part: grid.slice('::-1, 1:'),
  ä: Int16Array.of(7, 8),
  'dir/../x y': zeros(2, 'T{<datetime64[s]:t:void16:v:}'),
  empty: zeros([0, 3]),
  scalar: array(5, 'q'),
};

/** What numpy finds in an archive. */
const CHECK = `
z = zipfile.ZipFile(d + name); assert z.testzip() is None
a = np.load(d + name)
assert a.files == ['grid', 'transposed', 'part', 'ä', 'dir/../x y', 'empty', 'scalar'], a.files
g = np.arange(1., 7).reshape(2, 3)
for key, want in (('grid', g), ('transposed', g.T), ('part', g[::-1, 1:]), ('ä', np.array([7, 8], 'i2')), ('empty', np.zeros((0, 3))), ('scalar', np.array(5))):
    assert a[key].dtype == want.dtype and a[key].shape == want.shape and (a[key] == want).all(), key
assert a['dir/../x y'].dtype == np.dtype([('t', '<M8[s]'), ('v', 'V2')])
`;

describe('saveNpz', () => {
  for (const compress of [false, true]) {
    const kind = compress ? 'deflated' : 'stored';
    testWithPython(`writes ${kind} arrays that numpy reads, to each kind of target`, async () => {
      const path = join(folder, 'path.npz');
      await saveNpz(path, arrays, { compress });
      const handle = await open(join(folder, 'handle.npz'), 'w');
      await saveNpz(handle, arrays, { compress });
      await handle.close();
      const fd = openSync(join(folder, 'fd.npz'), 'w');
      await saveNpz(fd, new Map(Object.entries(arrays)), { compress });
      closeSync(fd);
      await saveNpz(createWriteStream(join(folder, 'stream.npz')), arrays, { compress });
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const [bytes] = await Promise.all([allOf(readable), saveNpz(writable, arrays, { compress })]);
      python(
        `for name in ('path.npz', 'handle.npz', 'fd.npz', 'stream.npz'):\n${CHECK.replace(/^/gm, '    ')}`,
      );
      expect(bytes).toEqual(readFileSync(join(folder, 'stream.npz')));
      for (const source of [path, bytes, readFileSync(join(folder, 'handle.npz'))]) {
        const read = await loadNpz(source);
        expect([...read.keys()]).toEqual(Object.keys(arrays));
        for (const [name, view] of read) expect(view.equals(arrays[name]!), name).toBe(true);
      }
    });
  }

  testWithPython('aligns what it stores, so that it can be mapped', async () => {
    const path = join(folder, 'aligned.npz');
    await saveNpz(path, arrays);
    const read = await loadNpz(path);
    for (const [name, view] of read) expect(view.address % 64n, name).toBe(0n);
    expect(read.get('grid')!.asTypedArray({ allowWrites: true })).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    python(`a = np.load(d + 'aligned.npz', mmap_mode='r'); assert a['grid'][1, 2] == 6
with zipfile.ZipFile(d + 'aligned.npz') as z:
    i = z.getinfo('grid.npy'); raw = open(d + 'aligned.npz', 'rb').read()
    at = i.header_offset + 30 + int.from_bytes(raw[i.header_offset + 26:][:2], 'little') + int.from_bytes(raw[i.header_offset + 28:][:2], 'little')
    assert at % 64 == 0
    m = np.memmap(d + 'aligned.npz', '<f8', 'r', at + 128, (2, 3)); assert m[1, 2] == 6`);
  });

  testWithPython(
    'writes zip64 where there are more members than zip counts',
    async () => {
      const count = 66_000;
      const one = zeros([], 'B');
      await saveNpz(
        join(folder, 'many.npz'),
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, one])),
      );
      expect(
        python("z = zipfile.ZipFile(d + 'many.npz'); print(len(z.namelist()), len(z.read('a65999.npy')))"),
      ).toBe(`${count} 129`);
      const archive = await openNpz(join(folder, 'many.npz'));
      expect((await archive.get('a65999')).get()).toBe(0);
      archive.release();
    },
    60_000,
  );

  test('replaces a file at the end, and leaves nothing where it fails', async () => {
    const path = join(folder, 'replaced.npz');
    await saveNpz(path, { a: grid });
    const old = (await loadNpz(path)).get('a')!;
    await saveNpz(path, { a: old.slice('::-1') });
    expect(old.get(0, 0)).toBe(1);
    expect((await loadNpz(path)).get('a')!.get(0, 0)).toBe(4);
    const before = readdirSync(folder);
    for (const [code, work] of [
      ['ERR_UNSUPPORTED', saveNpz(path, { a: grid, b: zeros(2, 'P') })],
      ['ERR_OUT_OF_RANGE', saveNpz(path, { 'a\0b': grid })],
      ['ERR_OUT_OF_RANGE', saveNpz(path, { '\ud800': grid })],
      ['ERR_INVALID_ARG', saveNpz(path, { a: {} })],
      ['ERR_INVALID_ARG', saveNpz(path, [grid] as unknown as Record<string, Exporter>)],
      ['ERR_INVALID_ARG', saveNpz({} as unknown as string, { a: grid })],
      ['ENOENT', saveNpz(join(folder, 'no', 'where.npz'), { a: grid })],
    ] as const) {
      expect(await rejection(work)).toMatchObject({ code });
    }
    expect(readdirSync(folder)).toEqual(before);
    expect((await loadNpz(path)).get('a')!.get(0, 0)).toBe(4);
  });

  test('pins the arrays while it writes', async () => {
    const memory = allocate(2 ** 20);
    const saving = saveNpz(join(folder, 'pinned.npz'), { a: memory.view() }, { compress: true });
    expect(thrown(() => memory.release())).toMatchObject({ code: 'ERR_EXPORTED' });
    await saving;
    memory.release();
  });

  test('tells of the error that a stream has, and leaves open what it is told to', async () => {
    const broken = new WritableStream<Uint8Array>({
      write: () => {
        throw new Error('full');
      },
    });
    expect(await rejection(saveNpz(broken, { a: grid }))).toMatchObject({ message: 'full' });
    const wrecked = new PassThrough();
    wrecked.destroy(new Error('gone'));
    expect(await rejection(saveNpz(wrecked, { a: grid }))).toMatchObject({ message: 'gone' });
    const kept = new PassThrough();
    const bytes = allOf(kept);
    await saveNpy(kept, grid, { preventClose: true });
    await saveNpy(kept, grid.T);
    const both = await bytes;
    expect(loadNpy(both).toArray()).toEqual(grid.toArray());
    expect(loadNpy(both.subarray(both.length / 2)).toArray()).toEqual(grid.T.toArray());
  });
});

describe('saveNpy', () => {
  test('writes to descriptors, handles and streams what it writes to a path', async () => {
    const view = memoryview(Buffer.alloc(3_000_000, 'abc'), { format: 'H', shape: [1500, 1000] }).T.slice(
      '::2',
    );
    const path = join(folder, 'one.npy');
    saveNpy(path, view);
    const want = readFileSync(path);
    const handle = await open(join(folder, 'handle.npy'), 'w');
    saveNpy(handle, view);
    saveNpy(handle.fd, view);
    await handle.close();
    expect(readFileSync(join(folder, 'handle.npy')).equals(Buffer.concat([want, want]))).toBe(true);
    await saveNpy(createWriteStream(join(folder, 'stream.npy')), view);
    expect(readFileSync(join(folder, 'stream.npy')).equals(want)).toBe(true);
    const chunks: Uint8Array[] = [];
    let closed = false;
    const sink = new WritableStream<Uint8Array>({
      write: (chunk) => {
        chunks.push(chunk);
      },
      close: () => {
        closed = true;
      },
    });
    await saveNpy(sink, view);
    expect(Buffer.concat(chunks).equals(want)).toBe(true);
    expect(closed).toBe(true);
    expect(loadNpy(path).equals(view)).toBe(true);
    expect(statSync(path).size).toBe(128 + view.nbytes);
  });

  test('gives streams copies, so that the memory may be released afterwards', async () => {
    const view = array([1, 2, 3]);
    const chunks: Uint8Array[] = [];
    await saveNpy(new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) }), view);
    (view.obj as NativeMemory).release();
    expect(loadNpy(Buffer.concat(chunks)).toArray()).toEqual([1, 2, 3]);
  });
});
