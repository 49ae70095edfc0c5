/** .npz archives: those of the real numpy and of Python's zipfile with odd flags, and what no honest writer makes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { allocate, memory, type NativeMemory, zeros } from '../../src/index.js';
import { loadNpz, openNpz, saveNpy } from '../../src/interop/npy.js';
import { thrown } from '../memory/thrown.js';
import { passOnRefusal } from '../refusal.js';
import { outputOfPython, testWithPython } from './python.js';

const MUTATIONS = Number(process.env.MEMORYVIEW_NPZ_MUTATIONS ?? 200);
const SEED = Number(process.env.MEMORYVIEW_NPY_SEED ?? Date.now() % 1_000_000_007);

const folder = mkdtempSync(join(tmpdir(), 'memoryview-npz-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script with numpy, zipfile and the folder as `d`. */
const python = (script: string): string =>
  outputOfPython(`import io, struct, sys, zipfile\nimport numpy as np\nd = sys.argv[1] + '/'\n${script}`, [
    folder,
  ]);

/** The message of what an array is refused with. */
async function refusal(work: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  passOnRefusal(error);
  return { code: Reflect.get(Object(error), 'code'), message: String(error) };
}

/** A member as the tests make it: what its own header and the directory say may differ from its data. */
interface Part {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly crc?: number;
  readonly nbytes?: number;
  readonly flags?: number;
  /** Where the directory says that it starts; after the one before by default. */
  readonly at?: number;
}

function zipOf(parts: readonly Part[], tail: Uint8Array = Buffer.alloc(0)): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const { name, data, method = 0, flags = 0, ...told } of parts) {
    const raw = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(told.crc ?? crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(told.nbytes ?? data.length, 18);
    common.writeUInt16LE(raw.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, raw, data]);
    const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, Buffer.alloc(14), raw]);
    entry.writeUInt32LE(told.at ?? at, 42);
    locals.push(local);
    entries.push(entry);
    at += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length & 0xffff, 8);
  end.writeUInt16LE(parts.length & 0xffff, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end, tail]);
}

function npyBytes(values: readonly number[]): Buffer {
  const path = join(folder, 'one.npy');
  saveNpy(path, Float64Array.from(values));
  return readFileSync(path);
}

describe('loadNpz', () => {
  testWithPython('maps stored arrays in place and inflates the others', async () => {
    python(`a = {'x': np.arange(6.).reshape(2, 3), 'y': np.array([(1, 'a')], dtype='>i4,U3'), 'f': np.asfortranarray(np.eye(3))}
np.savez(d + 's.npz', **a); np.savez_compressed(d + 'd.npz', **a)`);
    for (const [name, kind] of [
      ['s.npz', 'file'],
      ['d.npz', 'heap'],
    ] as const) {
      const arrays = await loadNpz(join(folder, name));
      expect([...arrays.keys()]).toEqual(['x', 'y', 'f']);
      expect(arrays).toBeInstanceOf(Map);
      expect(arrays.size).toBe(3);
      expect(arrays.get('x')!.toArray()).toEqual([
        [0, 1, 2],
        [3, 4, 5],
      ]);
      expect(arrays.get('x')).toBe(arrays.get('x'));
      expect(arrays.get('x')!.readonly).toBe(true);
      expect(arrays.get('y')!.toArray()).toEqual([{ f0: 1, f1: 'a' }]);
      expect(arrays.get('f')!.fContiguous).toBe(true);
      expect(arrays.get('missing')).toBeUndefined();
      expect(Reflect.get(arrays.get('x')!.obj as object, 'kind')).toBe(kind);
    }
    const writable = await loadNpz(join(folder, 's.npz'), { mode: 'c' });
    writable.get('x')!.set(0, 0, 9);
    expect((await loadNpz(join(folder, 's.npz'))).get('x')!.get(0, 0)).toBe(0);
  });

  testWithPython('takes the archive from any exporter', async () => {
    python(`a = {'x': np.arange(6.).reshape(2, 3)}
np.savez(d + 's.npz', **a); np.savez_compressed(d + 'd.npz', **a)`);
    const stored = readFileSync(join(folder, 's.npz'));
    const native = allocate(stored.length);
    new Uint8Array(native.buffer).set(stored);
    const alone = new Uint8Array(stored).buffer;
    for (const source of [stored, alone, new DataView(alone), native, native.view().toReadonly()]) {
      const view = (await loadNpz(source)).get('x')!;
      expect([view.readonly, view.get(1, 2)]).toEqual([true, 5]);
    }
    expect((await loadNpz(stored)).get('x')!.obj).toBe(stored);
    (await loadNpz(native, { mode: 'r+' })).get('x')!.set(1, 2, 7);
    const inflated = (await loadNpz(readFileSync(join(folder, 'd.npz')))).get('x')!;
    expect(Reflect.get(inflated.obj as object, 'kind')).toBe('heap');
    expect(inflated.readonly).toBe(true);
    expect(await refusal(loadNpz(stored, { mode: 'c' }))).toMatchObject({ code: 'ERR_INVALID_ARG' });
    expect(await refusal(loadNpz(Buffer.from('not a zip')))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  });

  testWithPython('takes the names that it is given, and inflates no more than maxBytes', async () => {
    python("np.savez_compressed(d + 'many.npz', a=np.zeros(1000), b=np.ones(1000), c=np.zeros(10**6))");
    const path = join(folder, 'many.npz');
    expect([...(await loadNpz(path, { names: ['c', 'a'] })).keys()]).toEqual(['c', 'a']);
    expect(await refusal(loadNpz(path, { names: ['bb'] }))).toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
      message: expect.stringContaining('did you mean "b"'),
    });
    const arrays = await loadNpz(path, { maxBytes: 20_000 });
    expect([arrays.get('a')!.length, arrays.get('b')!.length]).toEqual([1000, 1000]);
    expect(thrown(() => arrays.get('c'))).toMatchObject({ code: 'ERR_OUT_OF_MEMORY' });
    expect(await refusal(loadNpz(path, { maxBytes: -1 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  });

  testWithPython('reads the others where one array can not be read', async () => {
    python(
      `np.savez(d + 'bad.npz', a=np.arange(3), t=np.array(['2020'], 'M8[D]'), o=np.array([1, None], object), v=np.zeros(2, 'V0'))`,
    );
    const arrays = await loadNpz(join(folder, 'bad.npz'));
    expect([...arrays.keys()]).toEqual(['a', 't', 'o', 'v']);
    expect(arrays.get('t')!.dtype).toBe('datetime64[D]');
    expect(thrown(() => arrays.get('o'))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(thrown(() => arrays.get('v'))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(arrays.get('a')!.length).toBe(3);
    expect(thrown(() => [...arrays])).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    arrays.delete('o');
    arrays.delete('v');
    arrays.set('new', zeros(2));
    expect([...arrays].map(([name]) => name)).toEqual(['a', 't', 'new']);
  });

  testWithPython('has the names that numpy has, whatever they look like', async () => {
    const listed = python(`import json
names = ['/abs/key', '../up', 'a/../b', 'C:\\\\data\\\\x', 'c:x', 'dir/', 'ä', '漢', '__proto__', 'a.npy', ' ']
np.savez(d + 'names.npz', **{n: np.arange(3) for n in names})
with zipfile.ZipFile(d + 'names.npz', 'a') as z:
    z.writestr('notes.npy', 'hello'); z.writestr('plain', 'text'); z.mkdir('folder') if hasattr(z, 'mkdir') else None
    b = io.BytesIO(); np.save(b, np.arange(2)); z.writestr('no-suffix', b.getvalue())
print(json.dumps(np.load(d + 'names.npz').files))`);
    const arrays = await loadNpz(join(folder, 'names.npz'));
    expect([...arrays.keys()]).toEqual(JSON.parse(listed));
    expect(arrays.get('__proto__')!.length).toBe(3);
    expect(arrays.get('notes')!.decode()).toBe('hello');
    expect(arrays.get('no-suffix')!.toArray()).toEqual([0n, 1n]);
  });

  testWithPython(
    'reads zip64, streamed members, comments, and bytes before and behind the archive',
    async () => {
      python(`b = io.BytesIO(); np.save(b, np.arange(4)); raw = b.getvalue()
for name, method in (('stored', 0), ('deflated', 8)):
    class Pipe(io.RawIOBase):
        def __init__(self, f): self.f = f
        def writable(self): return True
        def write(self, x): return self.f.write(x)
    with open(d + name + '-streamed.npz', 'wb') as f, zipfile.ZipFile(Pipe(f), 'w', method) as z: z.writestr('a.npy', raw)
    with zipfile.ZipFile(d + name + '-zip64.npz', 'w', method) as z:
        with z.open('a.npy', 'w', force_zip64=True) as m: m.write(raw)
    with open(d + name + '-around.npz', 'wb') as f:
        f.write(b'#!/bin/sh\\n' * 9)
        with zipfile.ZipFile(f, 'w', method) as z: z.writestr('a.npy', raw); z.comment = b'PK a comment'
        f.seek(0, 2); f.write(bytes(10))
zipfile.ZIP64_LIMIT = 100; zipfile.ZIP_FILECOUNT_LIMIT = 1
with zipfile.ZipFile(d + 'all-zip64.npz', 'w') as z: z.writestr('b.npy', raw); z.writestr('a.npy', raw)
assert b'PK\\x06\\x06' in open(d + 'all-zip64.npz', 'rb').read()`);
      for (const kind of ['streamed', 'zip64', 'around'].flatMap((name) => [
        `stored-${name}`,
        `deflated-${name}`,
      ])) {
        expect((await loadNpz(join(folder, `${kind}.npz`))).get('a')!.toArray(), kind).toEqual([
          0n,
          1n,
          2n,
          3n,
        ]);
      }
      expect((await loadNpz(join(folder, 'all-zip64.npz'))).get('a')!.length).toBe(4);
    },
  );

  test('refuses members that overlap, before anything is inflated', async () => {
    const data = deflateRawSync(Buffer.alloc(2 ** 20));
    const part = { data, method: 8, nbytes: 2 ** 20, crc: crc32(Buffer.alloc(2 ** 20)) };
    const twice = zipOf([
      { name: 'a', ...part },
      { name: 'b', ...part, at: 0 },
    ]);
    const nested = zipOf([
      { name: 'a', ...part },
      { name: 'b', ...part, at: 20 },
    ]);
    const beyond = zipOf([{ name: 'a', ...part, at: 60 }]);
    for (const bytes of [twice, nested, beyond]) {
      expect(await refusal(loadNpz(bytes))).toMatchObject({
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringContaining('overlaps'),
      });
    }
  });

  test("refuses a member whose size, checksum, name or header is not the one in the archive's directory", async () => {
    const data = npyBytes([1, 2]);
    const deflated = deflateRawSync(data);
    const honest = { method: 8, nbytes: data.length, crc: crc32(data) };
    const wrong: [string, Part | Buffer][] = [
      ['stored, another checksum', { name: 'a', data, crc: 1 }],
      ['stored, another size', { name: 'a', data, nbytes: data.length + 1 }],
      ['deflated, another checksum', { name: 'a', data: deflated, ...honest, crc: 1 }],
      ['deflated, more bytes', { name: 'a', data: deflated, ...honest, nbytes: data.length - 1 }],
      ['deflated, fewer bytes', { name: 'a', data: deflated, ...honest, nbytes: data.length + 1 }],
      ['no deflated data', { name: 'a', data, method: 8 }],
      ['more than deflate can do', { name: 'a', data: deflated, ...honest, nbytes: 2 ** 31 }],
    ];
    const renamed = zipOf([{ name: 'a', data }]);
    renamed.write('b', 30);
    const headless = zipOf([{ name: 'a', data }]);
    headless.write('PX', 0);
    wrong.push(['another name', renamed], ['no header', headless]);
    for (const [what, made] of wrong) {
      const bytes = Buffer.isBuffer(made) ? made : zipOf([made]);
      const arrays = await loadNpz(bytes);
      expect(
        thrown(() => arrays.get('a')),
        what,
      ).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
      expect(await refusal((await openNpz(bytes)).get('a')), what).toMatchObject({
        code: 'ERR_OUT_OF_RANGE',
      });
    }
    for (const part of [{ flags: 1 }, { method: 12 }, { flags: 0x20 }]) {
      const arrays = await loadNpz(zipOf([{ name: 'a', data, ...part }]));
      expect(thrown(() => arrays.get('a'))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    }
    expect((await loadNpz(zipOf([{ name: 'a', data }], Buffer.alloc(9)))).get('a')!.toArray()).toEqual([
      1, 2,
    ]);
  });

  test('refuses a file that is not an archive', async () => {
    const path = join(folder, 'none.npz');
    writeFileSync(path, 'not a zip');
    expect(await refusal(loadNpz(path))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    expect(await refusal(loadNpz(join(folder, 'missing.npz')))).toMatchObject({ code: 'ENOENT' });
    expect(await refusal(loadNpz({}))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  });

  test('opens an archive of many members, or refuses it, at once', async () => {
    const many = (count: number): Buffer =>
      zipOf(Array.from({ length: count }, (_, i) => ({ name: `a${i}`, data: Buffer.alloc(0) })));
    expect((await loadNpz(many(70_000))).size).toBe(70_000);
    expect(await refusal(loadNpz(many(140_000)))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  });

  testWithPython(
    `gives arrays or a coded error for ${MUTATIONS} mutated archives (seed ${SEED})`,
    async () => {
      python(`a = {'a': np.arange(50), 'b': np.zeros((3, 3))}
np.savez_compressed(d + 'm0.npz', **a); np.savez(d + 'm1.npz', **a)
zipfile.ZIP64_LIMIT = 100
np.savez(d + 'm2.npz', **a)`);
      const sources = [0, 1, 2].map((i) => readFileSync(join(folder, `m${i}.npz`)));
      const random = randomOf(SEED);
      let refused = 0;
      const before = memory.stats().bytes;
      for (let i = 0; i < MUTATIONS; i++) {
        const source = sources[random(3)]!;
        let bytes = Buffer.from(source);
        // Half of the changes are in the directory, where they mean most.
        const low = random(2) === 0 ? 0 : bytes.length - 250;
        for (let n = random(4); n >= 0; n--) bytes[low + random(bytes.length - low)] = random(256);
        if (random(8) === 0) bytes = bytes.subarray(0, random(bytes.length));
        const start = process.cpuUsage();
        try {
          for (const view of (await loadNpz(bytes)).values()) view.toBytes();
          const archive = await openNpz(bytes);
          for await (const [, view] of archive) view.toBytes();
          archive.release();
        } catch (error) {
          passOnRefusal(error);
          refused++;
          expect(error, `mutation ${i}`).toMatchObject({ code: expect.stringMatching(/^ERR_/) });
        }
        expect(process.cpuUsage(start).user, `mutation ${i}`).toBeLessThan(2e6);
      }
      expect(refused).toBeGreaterThan(0);
      expect(memory.stats().bytes - before).toBeLessThan(64 * 2 ** 20);
    },
  );
});

/** Marsaglia's xorshift: integers below a bound, the same for a seed. */
function randomOf(seed: number): (below: number) => number {
  let state = (seed ^ 0x9e3779b9) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

describe('openNpz', () => {
  testWithPython('reads an array when it is asked for', async () => {
    python(`np.savez(d + 's.npz', a=np.arange(3), b=np.ones((2, 2)))
np.savez_compressed(d + 'd.npz', a=np.arange(3), b=np.ones((2, 2)))`);
    for (const name of ['s.npz', 'd.npz']) {
      await using archive = await openNpz(join(folder, name));
      expect([[...archive], [...archive.keys()], archive.size]).toEqual([['a', 'b'], ['a', 'b'], 2]);
      expect([archive.has('a'), archive.has('a.npy'), archive.has('c')]).toEqual([true, true, false]);
      expect((await archive.get('a')).toArray()).toEqual([0n, 1n, 2n]);
      const [a, b] = await Promise.all([archive.get('a'), archive.get('b.npy')]);
      expect([a.length, b.shape]).toEqual([3, [2, 2]]);
      expect(await refusal(archive.get('c'))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
      const read: string[] = [];
      for await (const [key, view] of archive) read.push(`${key} ${view.format}`);
      expect(read).toEqual(['a q', 'b d']);
    }
  });

  testWithPython('ends with all arrays that it gave, and not while one is borrowed', async () => {
    python("np.savez(d + 's.npz', a=np.arange(3)); np.savez_compressed(d + 'd.npz', a=np.arange(3))");
    for (const name of ['s.npz', 'd.npz']) {
      const archive = await openNpz(join(folder, name));
      const view = await archive.get('a');
      const borrowed = thrown(() => view.borrow(() => archive.release()));
      expect(borrowed, name).toMatchObject({ code: 'ERR_EXPORTED' });
      expect(view.get(0)).toBe(0n);
      archive.release();
      archive.release();
      expect([view.released, archive.released]).toEqual([true, true]);
      expect(await refusal(archive.get('a'))).toMatchObject({ code: 'ERR_RELEASED' });
      expect(archive.has('a')).toBe(true);
    }
  });

  testWithPython('leaves the memory of an exporter to its owner, and inflates up to maxBytes', async () => {
    python("np.savez_compressed(d + 'd.npz', a=np.zeros(1000)); np.savez(d + 's.npz', a=np.zeros(1000))");
    const bytes = readFileSync(join(folder, 's.npz'));
    const native = allocate(bytes.length);
    new Uint8Array(native.buffer).set(bytes);
    const archive = await openNpz(native);
    const view = await archive.get('a');
    await archive[Symbol.asyncDispose]();
    expect([view.released, native.released]).toEqual([false, false]);
    (view.obj as NativeMemory).release();
    const small = await openNpz(join(folder, 'd.npz'), { maxBytes: 100 });
    expect(await refusal(small.get('a'))).toMatchObject({ code: 'ERR_OUT_OF_MEMORY' });
    small.release();
  });
});
