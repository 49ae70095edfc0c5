/**
 * .npy files against the real numpy. MEMORYVIEW_NPY_FILES, MEMORYVIEW_NPY_MUTATIONS and MEMORYVIEW_NPY_SEED make it longer,
 * or again what failed.
 */
import { mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { array, MappedFile, MemoryView, memoryview, zeros } from '../../src/index.js';
import { loadNpy, saveNpy } from '../../src/interop/npy.js';
import { thrown } from '../memory/thrown.js';
import { leaveOutOnWindows, removeFolder } from '../posix.js';
import { passOnRefusal, simulated } from '../refusal.js';
import { outputOfPython, testWithPython } from './python.js';

const FILES = Number(process.env.MEMORYVIEW_NPY_FILES ?? 200);
const MUTATIONS = Number(process.env.MEMORYVIEW_NPY_MUTATIONS ?? 1000);
const SEED = Number(process.env.MEMORYVIEW_NPY_SEED ?? Date.now() % 1_000_000_007);

const folder = mkdtempSync(join(tmpdir(), 'memoryview-npy-'));
afterAll(() => removeFolder(folder));
let tested = 0;

const peer = readFileSync(fileURLToPath(new URL('npy_peer.py', import.meta.url)), 'utf8');

interface Written {
  readonly shape: readonly number[];
  readonly itemsize: number;
  readonly bytes: string;
  readonly values: readonly unknown[];
}

/** A value as npy_peer.py writes it. What only has bytes there gets the other side's mark. */
function plain(value: unknown, other: unknown): unknown {
  if (other === 'bytes only') return other;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    if (typeof other === 'string' && /^-?\d+$/.test(other)) return String(value);
    return Number.isFinite(value) ? value : String(value);
  }
  if (Array.isArray(value)) return value.map((item, i) => plain(item, at(other, i)));
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).map((item, i) => plain(item, at(other, i)));
  }
  return value;
}

/** A file, mapped where it can be, else as its bytes. */
const loaded = (path: string): MemoryView => loadNpy(simulated ? readFileSync(path) : path);

function unload({ obj }: MemoryView): void {
  if (obj instanceof MappedFile) obj.release();
}

const at = (list: unknown, i: number): unknown => (Array.isArray(list) ? list[i] : undefined);

/** The first elements in C order. */
function elements(view: MemoryView, most: number): unknown[] {
  if (view.ndim === 0) return [view.get()];
  const found: unknown[] = [];
  for (let i = 0; i < view.length && found.length < most; i++) {
    found.push(...(view.ndim === 1 ? [view.get(i)] : elements(view.slice(i), most - found.length)));
  }
  return found;
}

function decodes(view: MemoryView): boolean {
  try {
    elements(view, 1);
    return true;
  } catch (error) {
    // Long doubles can be carried, not read.
    expect(Reflect.get(error as Error, 'code')).toBe('ERR_UNSUPPORTED');
    return false;
  }
}

testWithPython(
  `${FILES} random arrays that numpy wrote read equal here, and written here read equal in numpy (seed ${SEED})`,
  () => {
    outputOfPython(peer, ['write', folder, String(SEED), String(FILES)]);
    const files = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8')) as Written[];
    expect(files).toHaveLength(FILES);
    files.forEach((file, i) => {
      const view = loaded(join(folder, `${i}.npy`));
      const what = `${i}.npy, format ${view.format}`;
      expect([...view.shape], what).toEqual(file.shape);
      expect(view.itemsize, what).toBe(file.itemsize);
      expect(view.toBytes('C').toString('hex'), what).toBe(file.bytes);
      if (view.nbytes > 0 && decodes(view)) {
        const values = elements(view, 40);
        expect(
          values.map((value, k) => plain(value, file.values[k])),
          what,
        ).toEqual(file.values);
      }
      saveNpy(join(folder, `${i}.out.npy`), view);
      if (view.ndim >= 2) saveNpy(join(folder, `${i}.part.npy`), view.T.slice('::-1, ..., 1:'));
      unload(view);
    });
    expect(outputOfPython(peer, ['check', folder])).toBe(String(FILES));
  },
  60_000 + FILES * 100,
);

describe('a .npy file', () => {
  test('is mapped, and writes in mode "r+" reach it', () => {
    const path = join(folder, 'plus.npy');
    saveNpy(path, array([[1, 2, 3]], 'd'));
    expect(statSync(path).size).toBe(128 + 24);
    const view = loadNpy(path, { mode: 'r+' });
    expect(view.readonly).toBe(false);
    expect(view.asTypedArray()).toEqual(Float64Array.of(1, 2, 3));
    view.set(0, 1, 5);
    (view.obj as MappedFile).release();
    expect(loadNpy(path).toArray()).toEqual([[1, 5, 3]]);
  });

  test('in mode "c" keeps its content whatever is written', () => {
    const path = join(folder, 'copy.npy');
    saveNpy(path, array([1, 2, 3], 'h'));
    loadNpy(path, { mode: 'c' }).fill(9);
    expect(loadNpy(path).toArray()).toEqual([1, 2, 3]);
    expect(thrown(() => loadNpy(path).fill(9))).toMatchObject({ code: 'ERR_READONLY' });
  });

  test('that the caller has read is looked at where it is, read-only', () => {
    const path = join(folder, 'read.npy');
    saveNpy(path, array([1, 2, 3], 'h'));
    const bytes = readFileSync(path);
    const view = loadNpy(bytes);
    expect(view.obj).toBe(bytes);
    expect(view.readonly).toBe(true);
    bytes.writeInt16LE(7, bytes.length - 2);
    expect(view.toArray()).toEqual([1, 2, 7]);
    expect(loadNpy(new Uint8Array(bytes).subarray(0), { mode: 'r' }).length).toBe(3);
    expect(thrown(() => loadNpy(bytes, { mode: 'c' }))).toMatchObject({ code: 'ERR_INVALID_ARG' });
    expect(thrown(() => loadNpy(bytes, { advice: 'random' }))).toMatchObject({ code: 'ERR_INVALID_ARG' });
    expect(thrown(() => loadNpy(Buffer.from('none')))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  });

  test('can be saved over itself, through a symbolic link too', (context) => {
    leaveOutOnWindows(context, 'a mapped file can not be replaced');
    const path = join(folder, 'self.npy');
    saveNpy(path, array([1, 2, 3], 'i'));
    symlinkSync(path, join(folder, 'link.npy'));
    const view = loadNpy(path);
    saveNpy(join(folder, 'link.npy'), view.flip());
    expect(view.toArray()).toEqual([1, 2, 3]);
    expect(loadNpy(path).toArray()).toEqual([3, 2, 1]);
  });

  test.each([
    ['4h', [2], [2, 4]],
    ['T{i:a:d:b:}', [3], [3]],
    ['T{B:a:i:b:}', [], []],
    ['@l', [2], [2]],
    ['>Zd', [2, 2], [2, 2]],
    ['c', [4], [4]],
    ['2h3i', [2], [2]],
  ])('takes format %s with shape %o', (format, shape, written) => {
    // A file of its own: Windows replaces none that is mapped.
    const path = join(folder, `formats-${tested++}.npy`);
    const source = zeros(shape, format);
    saveNpy(path, source);
    const view = loaded(path);
    expect(view.shape).toEqual(written);
    expect(view.toBytes()).toEqual(source.toBytes());
  });

  test.each(['P', '5p', 'u', 'O', '&i'])('refuses format %s, which numpy has no type for', (format) => {
    const path = join(folder, 'refused.npy');
    const source = memoryview(Buffer.alloc(80), { format, shape: [2] });
    expect(thrown(() => saveNpy(path, source))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(thrown(() => statSync(path))).toMatchObject({ code: 'ENOENT' });
  });
});

/** A version 1.0 file with that header. */
function npyOf(
  header: string,
  data: Uint8Array = Buffer.alloc(64),
  version: readonly number[] = [1, 0],
): Buffer {
  const text = Buffer.from(header, 'latin1');
  const length = Buffer.alloc(version[0] === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from(version), length, text, data]);
}

const headerOf = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('a hostile file', () => {
  test.each([
    ['an empty one', Buffer.alloc(0), 'ERR_OUT_OF_RANGE'],
    ['the magic alone', Buffer.from('\x93NUMPY', 'latin1'), 'ERR_OUT_OF_RANGE'],
    ['a short length', npyOf('').subarray(0, 9), 'ERR_OUT_OF_RANGE'],
    [
      'a header that is longer than the file',
      npyOf(headerOf("'<f8'", '(3,)')).subarray(0, 40),
      'ERR_OUT_OF_RANGE',
    ],
    ['version 9', npyOf(headerOf("'<f8'", '(3,)'), Buffer.alloc(64), [9, 0]), 'ERR_OUT_OF_RANGE'],
    ['a zip', Buffer.from('PK\x03\x04'), 'ERR_OUT_OF_RANGE'],
    ['code', npyOf(headerOf("__import__('os').system('true')", '(3,)')), 'ERR_OUT_OF_RANGE'],
    ['a call in the shape', npyOf(headerOf("'<f8'", '(int(3),)')), 'ERR_OUT_OF_RANGE'],
    ['arithmetic', npyOf(headerOf("'<f8'", '(2**40,)')), 'ERR_OUT_OF_RANGE'],
    ['deep nesting', npyOf(headerOf('['.repeat(10_000), '(3,)')), 'ERR_OUT_OF_RANGE'],
    [
      'another key',
      npyOf("{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': 1}"),
      'ERR_OUT_OF_RANGE',
    ],
    ['no shape', npyOf("{'descr': '<f8', 'fortran_order': False}"), 'ERR_OUT_OF_RANGE'],
    ['no dict', npyOf("['<f8', False, (3,)]"), 'ERR_OUT_OF_RANGE'],
    ['an order that is no boolean', npyOf(headerOf("'<f8'", '(3,)', '1')), 'ERR_OUT_OF_RANGE'],
    ['a huge shape', npyOf(headerOf("'<f8'", '(4294967296, 4294967296, 4294967296)')), 'ERR_OUT_OF_BOUNDS'],
    ['a length beyond 2^53', npyOf(headerOf("'<f8'", '(99999999999999999999,)')), 'ERR_SHAPE'],
    ['a negative length', npyOf(headerOf("'<f8'", '(-3,)')), 'ERR_SHAPE'],
    ['more data than there are', npyOf(headerOf("'<f8'", '(9,)')), 'ERR_OUT_OF_BOUNDS'],
    ['65 dimensions', npyOf(headerOf("'<f8'", `(${'1,'.repeat(65)})`)), 'ERR_SHAPE'],
    ['a list for a shape', npyOf(headerOf("'<f8'", '[3]')), 'ERR_OUT_OF_RANGE'],
    ['objects', npyOf(headerOf("'|O'", '(3,)')), 'ERR_UNSUPPORTED'],
    ['dates of no unit', npyOf(headerOf("'<M8[ss]'", '(3,)')), 'ERR_OUT_OF_RANGE'],
    ['no bytes an element', npyOf(headerOf("'|S0'", '(3,)')), 'ERR_UNSUPPORTED'],
    ['a type that is none', npyOf(headerOf("'<f3'", '(3,)')), 'ERR_OUT_OF_RANGE'],
    ['two fields of a name', npyOf(headerOf("[('a', '<f8'), ('a', '<f8')]", '(3,)')), 'ERR_FORMAT'],
    ['huge fields', npyOf(headerOf("[('a', '<f8', (99999999999,))]", '(0,)')), 'ERR_OUT_OF_RANGE'],
  ])('%s is a coded error', (_what, bytes, code) => {
    const path = join(folder, 'hostile.npy');
    writeFileSync(path, bytes);
    expect(thrown(() => loaded(path))).toMatchObject({ code });
  });

  test('the old spellings that numpy reads are read', () => {
    const path = join(folder, 'old.npy');
    writeFileSync(
      path,
      npyOf(`{"shape": (2L, 1L), "descr": [(("title", "x"), ">i2")], 'fortran_order': True}`),
    );
    expect(loaded(path).shape).toEqual([2, 1]);
  });

  testWithPython(
    `${MUTATIONS} mutated files give a coded error or a valid array (seed ${SEED})`,
    () => {
      outputOfPython(peer, ['write', folder, String(SEED + 1), '60']);
      const sources = Array.from({ length: 60 }, (_, i) => readFileSync(join(folder, `${i}.npy`)));
      const random = randomOf(SEED);
      const path = join(folder, 'mutated.npy');
      let valid = 0;
      for (let i = 0; i < MUTATIONS; i++) {
        const bytes = mutated(sources[random(sources.length)]!, random);
        writeFileSync(path, bytes);
        try {
          const view = loaded(path);
          expect(view).toBeInstanceOf(MemoryView);
          if (view.nbytes < 2 ** 20 && view.ndim < 20) expect(view.toBytes()).toHaveLength(view.nbytes);
          view.equals(view);
          unload(view);
          valid++;
        } catch (error) {
          passOnRefusal(error);
          const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
          expect(code, `mutation ${i}: ${String(error)}`).toMatch(
            /^ERR_(OUT_OF_RANGE|OUT_OF_BOUNDS|SHAPE|UNSUPPORTED|FORMAT)$/,
          );
        }
      }
      expect(valid).toBeGreaterThan(0);
      expect(valid).toBeLessThan(MUTATIONS);
    },
    60_000 + MUTATIONS * 20,
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

const SPLICES = [
  "'",
  '(',
  ')',
  ',',
  '-',
  '9999999999',
  '<O8',
  'None',
  '[',
  '{',
  '\\x',
  ':',
  '  ',
  'V0',
  'U',
  '0',
];

/** Header bytes changed, removed, repeated or spliced; or the file cut. */
function mutated(source: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(source);
  for (let n = random(3); n >= 0; n--) {
    const place = random(Math.min(bytes.length, 140) + 1);
    const kind = random(5);
    if (kind === 0) bytes[Math.min(place, bytes.length - 1)] = random(256);
    else if (kind === 1) bytes = bytes.subarray(0, random(bytes.length + 1));
    else {
      const middle =
        kind === 2 ? SPLICES[random(SPLICES.length)]! : kind === 3 ? '' : bytes.subarray(place, place + 5);
      const tail = bytes.subarray(place + (kind === 4 ? 0 : random(4)));
      bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(middle as string), tail]);
    }
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}
