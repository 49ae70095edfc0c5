import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type MappedFile, zeros } from '../../src/index.js';
import { loadNpy, loadNpz, loadSafetensors } from '../../src/interop/npy.js';
import { thrown } from '../memory/thrown.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with that header, as an object or as text, and so many bytes of data. */
function fileOf(header: unknown, data: Uint8Array = Buffer.alloc(64)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

const entry = (dtype: string, shape: unknown, offsets: unknown): object => ({
  dtype,
  shape,
  data_offsets: offsets,
});

const tensor = (start: number, end: number): string => JSON.stringify(entry('U8', [4], [start, end]));

describe('loadSafetensors', () => {
  test('gives the tensors of a file as views of its mapping', () => {
    const path = join(folder, 'model.safetensors');
    const data = Buffer.concat([
      Buffer.from(Float32Array.of(1, 2, 3, 4).buffer),
      Buffer.from('803f0040', 'hex'),
    ]);
    writeFileSync(
      path,
      fileOf(
        { __metadata__: { format: 'pt' }, w: entry('F32', [2, 2], [0, 16]), b: entry('BF16', [2], [16, 20]) },
        data,
      ),
    );
    const tensors = loadSafetensors(path);
    expect([...tensors.keys()]).toEqual(['w', 'b']);
    expect(tensors.metadata).toEqual({ format: 'pt' });
    expect(tensors.get('w')!.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([tensors.get('b')!.dtype, tensors.get('b')!.toArray()]).toEqual(['bfloat16', [1, 2]]);
    const mapping = tensors.get('w')!.obj as MappedFile;
    expect([mapping.kind, tensors.get('b')!.obj === mapping, tensors.get('w')!.readonly]).toEqual([
      'file',
      true,
      true,
    ]);
    loadSafetensors(path, { mode: 'c' }).get('w')!.fill(0);
    mapping.release();
  });

  test('has the format of each type, and scalars and empty tensors', () => {
    const types = {
      BOOL: '?',
      U8: 'B',
      I8: 'b',
      U16: 'H',
      I16: 'h',
      U32: 'I',
      I32: 'i',
      U64: 'Q',
      I64: 'q',
      F16: 'e',
      F64: 'd',
      C64: 'Zf',
    };
    for (const [dtype, format] of Object.entries(types)) {
      const nbytes = loadSafetensors(fileOf({ a: entry(dtype, [0], [0, 0]) })).get('a')!.itemsize;
      expect(loadSafetensors(fileOf({ a: entry(dtype, [], [8, 8 + nbytes]) })).get('a')!.format).toBe(format);
    }
    const file = fileOf({ a: entry('F8_E4M3', [3], [0, 3]), b: entry('F8_E5M2', [1], [3, 4]), __proto__: 1 });
    expect([...loadSafetensors(file)].map(([, view]) => view.dtype)).toEqual([
      'float8_e4m3fn',
      'float8_e5m2',
    ]);
    expect(
      loadSafetensors(fileOf('{"__proto__": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}')).size,
    ).toBe(1);
  });

  test('takes names with colons, braces, quotes and backslashes', () => {
    const names = ['a:b', '{"c":1', '\\', '\\":', '"'];
    const entries = names.map((name, i) => [name, entry('U8', [1], [i, i + 1])]);
    expect([...loadSafetensors(fileOf(Object.fromEntries(entries))).keys()]).toEqual(names);
  });

  test('refuses one tensor where only that one is wrong', () => {
    const tensors = loadSafetensors(
      fileOf({ a: entry('F4', [2], [0, 1]), b: entry('F32', [3], [4, 12]), c: entry('U8', [4], [12, 16]) }),
    );
    expect(thrown(() => tensors.get('a'))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(thrown(() => tensors.get('b'))).toMatchObject({ code: 'ERR_SHAPE' });
    expect(tensors.get('c')!.length).toBe(4);
  });

  test.each([
    ['no file', Buffer.alloc(7), 'ERR_OUT_OF_RANGE'],
    [
      'an empty view that starts outside of its memory',
      zeros([0, 100], 'B').slice(':, 99'),
      'ERR_OUT_OF_RANGE',
    ],
    ['a huge header', Buffer.alloc(64, 255), 'ERR_OUT_OF_RANGE'],
    [
      'a header behind the end',
      Buffer.concat([Buffer.from([99, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(9)]),
      'ERR_OUT_OF_RANGE',
    ],
    ['no JSON', fileOf('{'), 'ERR_OUT_OF_RANGE'],
    ['a list', fileOf('[]'), 'ERR_OUT_OF_RANGE'],
    ['an entry that is none', fileOf({ a: 1 }), 'ERR_OUT_OF_RANGE'],
    [
      'two tensors of one name',
      fileOf(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)},"a":${tensor(4, 8)}}`),
      'ERR_OUT_OF_RANGE',
    ],
    [
      'a name twice, spelt in two ways',
      fileOf(`{"a":${tensor(0, 4)},"\\u0061":${tensor(4, 8)}}`),
      'ERR_OUT_OF_RANGE',
    ],
    [
      'a type twice',
      fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"dtype":"I8"}}'),
      'ERR_OUT_OF_RANGE',
    ],
    ['no shape', fileOf({ a: { dtype: 'U8', data_offsets: [0, 1] } }), 'ERR_OUT_OF_RANGE'],
    ['a negative length', fileOf({ a: entry('U8', [-1], [0, 1]) }), 'ERR_OUT_OF_RANGE'],
    ['65 dimensions', fileOf({ a: entry('U8', Array(65).fill(1), [0, 1]) }), 'ERR_OUT_OF_RANGE'],
    ['metadata that are no text', fileOf({ __metadata__: { a: 1 } }), 'ERR_OUT_OF_RANGE'],
    ['bytes behind the end', fileOf({ a: entry('U8', [65], [0, 65]) }), 'ERR_OUT_OF_BOUNDS'],
    ['offsets in the wrong order', fileOf({ a: entry('U8', [1], [2, 1]) }), 'ERR_OUT_OF_BOUNDS'],
    ['one offset', fileOf({ a: entry('U8', [1], [2]) }), 'ERR_OUT_OF_BOUNDS'],
    [
      'tensors that overlap',
      fileOf({ a: entry('U8', [4], [0, 4]), b: entry('U8', [4], [3, 7]) }),
      'ERR_OUT_OF_BOUNDS',
    ],
  ])('refuses %s', (_what, bytes, code) => {
    expect(thrown(() => loadSafetensors(bytes))).toMatchObject({ code });
  });
});

test('an empty view that starts outside of its memory is no file of numpy’s either', async () => {
  const empty = zeros([0, 100], 'B').slice(':, 99');
  expect(thrown(() => loadNpy(empty))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  await expect(loadNpz(empty)).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
});
