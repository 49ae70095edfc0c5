/**
 * memoryview/adapters with the libraries themselves. Addresses must be equal if memory is native; otherwise writes must arrive on the other
 * side. docs/libraries.md has the results. TensorFlow.js and canvases are in adapters.gate.test.ts.
 */

import { type DuckDBBlobValue, DuckDBInstance } from '@duckdb/node-api';
import stdlib from '@stdlib/ndarray';
import {
  Bool,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float64,
  makeData,
  makeVector,
  TimestampMicrosecond,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import ndarray from 'ndarray';
import * as ort from 'onnxruntime-common';
import sharp from 'sharp';
import { afterAll, describe, expect, expectTypeOf, test } from 'vitest';
import { array, type MemoryView, memoryview, registerExporter, zeros } from '../../src/index.js';
import {
  adapt,
  asTensor,
  chunksOf,
  fromGPUBuffer,
  fromImageData,
  fromNdarray,
  fromSharp,
  fromTensor,
  fromVector,
  toNdarray,
} from '../../src/interop/adapters.js';
import { thrown } from '../memory/thrown.js';
import { checkRows, type LibraryRow } from './libraries-table.js';

const rows: LibraryRow[] = [];
/** Notes what a test has shown. */
const seen = (row: LibraryRow): void => void rows.push(row);
afterAll(() => checkRows(rows));

/** Whether a write through the view arrives in the object, and one of the object's in the view: then nothing was copied. */
function isShared(
  view: MemoryView,
  other: { get(): unknown; set(value: number): void },
  at: number[],
): boolean {
  view.set(...at, 42);
  const there = Number(other.get()) === 42;
  other.set(43);
  return there && Number(view.get(...at)) === 43;
}

describe('ndarrays of scijs', () => {
  test('are views with their strides, whatever was sliced', () => {
    const data = Float32Array.from({ length: 24 }, (_, i) => i);
    const whole = ndarray(data, [2, 3, 4]);
    const part = whole.transpose(2, 0, 1).hi(3, 2, 2).lo(1, 0, 0).step(1, -1, 1);
    const view = fromNdarray(part);
    expectTypeOf(view).toEqualTypeOf<MemoryView<'f'>>();
    expect([view.shape, view.strides]).toEqual([part.shape, part.stride.map((stride) => 4 * stride)]);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 2; j++)
        for (let k = 0; k < 2; k++) expect(view.get(i, j, k)).toBe(part.get(i, j, k));
    const shared = isShared(
      view,
      { get: () => part.get(1, 1, 0), set: (x) => part.set(1, 1, 0, x) },
      [1, 1, 0],
    );
    expect(shared).toBe(true);
    expect(view.obj).toBe(data);
    expect(memoryview(part).equals(view)).toBe(true);
    seen({ library: 'ndarray', in: 'any, over a typed array', way: 'fromNdarray', copies: !shared });
  });

  test('are made of views, over the same memory', () => {
    const view = array([
      [1, 2, 3],
      [4, 5, 6],
    ]).T.slice('::-1');
    const made = toNdarray(view, ndarray);
    expectTypeOf(made).toHaveProperty('get');
    expect([made.shape, made.stride]).toEqual([
      [3, 2],
      [-1, 3],
    ]);
    expect(made.get(0, 1)).toBe(6);
    const shared = isShared(view, { get: () => made.get(2, 0), set: (x) => made.set(2, 0, x) }, [2, 0]);
    expect(shared).toBe(true);
    expect(memoryview(made.data as Float64Array).address).toBe(view.slice(2, 0).address);
    expect(toNdarray(view)).toMatchObject({ shape: [3, 2], stride: [-1, 3], offset: 2 });
    expect(fromNdarray(toNdarray(view)).equals(view)).toBe(true);
    seen({ library: 'ndarray', out: 'native numbers, any strides', way: 'toNdarray', copies: !shared });
  });

  test('that a typed array can not hold are refused', () => {
    expect(thrown(() => fromNdarray(ndarray([1, 2])))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(thrown(() => toNdarray(zeros(2, '>d'), ndarray))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(thrown(() => toNdarray(zeros(2, 'T{=b:a:i:b:}').field('b'), ndarray))).toMatchObject({
      code: 'ERR_NOT_CONTIGUOUS',
    });
    expect(thrown(() => toNdarray(zeros(2).toReadonly(), ndarray))).toMatchObject({ code: 'ERR_READONLY' });
    expect(toNdarray(zeros(2).toReadonly(), ndarray, { allowWrites: true }).get(0)).toBe(0);
    expect(
      thrown(() => fromNdarray({ data: new Float32Array(2), shape: [3], stride: [1] } as never)),
    ).toMatchObject({ code: 'ERR_OUT_OF_BOUNDS' });
    expect(toNdarray(zeros([0, 3]), ndarray).size).toBe(0);
    expect(fromNdarray(ndarray(new Int8Array([7]), [])).get()).toBe(7);
  });
});

describe('ndarrays of @stdlib', () => {
  test('are views with their strides, complex numbers and booleans too', () => {
    const data = Float64Array.from({ length: 6 }, (_, i) => i);
    const made = new stdlib.ndarray('float64', data, [2, 3], [-3, 1], 3, 'row-major');
    const view = memoryview(made as object);
    expect([view.format, view.shape, view.strides]).toEqual(['d', [2, 3], [-24, 8]]);
    const shared = isShared(view, { get: () => made.get(1, 2), set: (x) => made.set(1, 2, x) }, [1, 2]);
    expect(shared).toBe(true);
    const complex = stdlib.zeros([2, 2], { dtype: 'complex128' }) as object;
    expect([memoryview(complex).format, memoryview(complex).shape]).toEqual(['Zd', [2, 2]]);
    memoryview(complex).set(1, 1, { re: 1, im: 2 });
    expect(memoryview(complex).get(1, 1)).toEqual({ re: 1, im: 2 });
    const scalar = new stdlib.ndarray('int32', Int32Array.of(5, 6), [], [0], 1, 'row-major');
    expect(memoryview(scalar as object).get()).toBe(6);
    seen({
      library: '@stdlib/ndarray',
      in: 'any, over a typed or complex array',
      way: 'fromNdarray',
      copies: !shared,
    });
  });
});

describe('tensors of ONNX Runtime', () => {
  test('on the CPU are views', () => {
    const tensor = new ort.Tensor('float32', new Float32Array(6), [2, 3]);
    const view = fromTensor(tensor);
    expectTypeOf(view).toEqualTypeOf<MemoryView<'f'>>();
    const data = tensor.data as Float32Array;
    const shared = isShared(view, { get: () => data[5], set: (x) => data.fill(x, 5, 6) }, [1, 2]);
    expect([view.shape, shared]).toEqual([[2, 3], true]);
    for (const [type, made, format] of [
      ['bool', Uint8Array.of(1, 0), '?'],
      ['int64', BigInt64Array.of(1n, 2n), 'q'],
      ['float16', Uint16Array.of(0x3c00, 0), 'e'],
      ['uint8', Uint8Array.of(1, 2), 'B'],
    ] as const) {
      const other = memoryview(new ort.Tensor(type, made as never, [2]));
      expect([other.format, Number(other.get(0))]).toEqual([format, 1]);
    }
    seen({ library: 'onnxruntime', in: 'on the CPU', way: 'fromTensor', copies: !shared });
  });

  test('elsewhere, disposed, or of strings are refused', () => {
    const gpu = ort.Tensor.fromGpuBuffer({} as never, { dataType: 'float32', dims: [2] });
    expect(thrown(() => fromTensor(gpu))).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: expect.stringContaining('gpu-buffer'),
    });
    expect(thrown(() => memoryview(gpu))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(thrown(() => fromTensor(new ort.Tensor('string', ['a'], [1])))).toMatchObject({
      code: 'ERR_UNSUPPORTED',
    });
    const gone = new ort.Tensor('int8', new Int8Array(1), [1]);
    gone.dispose();
    expect(thrown(() => fromTensor(gone))).toMatchObject({ code: 'ERR_RELEASED' });
  });

  test('are made of views, over the same memory', () => {
    const view = zeros([2, 3], 'float32');
    const tensor = asTensor(view, ort);
    expectTypeOf(tensor).toHaveProperty('dims');
    expect([tensor.type, tensor.dims]).toEqual(['float32', [2, 3]]);
    const data = tensor.data as Float32Array;
    expect(memoryview(data).address).toBe(view.address);
    const shared = isShared(view, { get: () => data[5], set: (x) => data.fill(x, 5, 6) }, [1, 2]);
    expect(shared).toBe(true);
    for (const dtype of ['bool', 'float16', 'int64', 'uint64', 'int8', 'uint16', 'float64']) {
      expect(asTensor(zeros(2, dtype), ort).type).toBe(dtype);
    }
    expect(asTensor(ort)(zeros(2, 'i')).type).toBe('int32');
    expect(asTensor(new Int16Array(3), ort).dims).toEqual([3]);
    expect(thrown(() => asTensor(zeros(2, 'Zd'), ort))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(thrown(() => asTensor(zeros([2, 2]).T, ort))).toMatchObject({ code: 'ERR_NOT_CONTIGUOUS' });
    expect(thrown(() => asTensor(zeros(2), {} as typeof ort))).toMatchObject({ code: 'ERR_INVALID_ARG' });
    seen({ library: 'onnxruntime', out: 'C-contiguous', way: 'asTensor', copies: !shared });
  });
});

describe('vectors of apache-arrow', () => {
  test('of one run without nulls are views, offset and all', () => {
    const vector = makeVector(Float64Array.from({ length: 10 }, (_, i) => i));
    const view = fromVector(vector);
    expectTypeOf(view).toEqualTypeOf<MemoryView<'d'>>();
    const shared = isShared(view, { get: () => vector.get(3), set: (x) => vector.set(3, x) }, [3]);
    expect(shared).toBe(true);
    const part = vector.slice(4, 7);
    expect(fromVector(part).toArray()).toEqual([4, 5, 6]);
    expect(memoryview(part).address).toBe(view.slice(4).address);
    expect(fromVector(vector.data[0]!).length).toBe(10);
    seen({
      library: 'apache-arrow',
      in: 'values of a fixed size',
      way: 'fromVector, chunksOf',
      copies: !shared,
    });
  });

  test('of several runs, and with nulls, are read run by run', () => {
    const vector = vectorFromArray([1, null, 3, 4], new Float64()).concat(
      vectorFromArray([5, 6], new Float64()),
    ) as Vector<Float64>;
    expect(thrown(() => fromVector(vector))).toMatchObject({ code: 'ERR_NOT_CONTIGUOUS' });
    expect(thrown(() => memoryview(vector.data[0]!))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    const check = (column: Vector<Float64>): void => {
      const values = chunksOf(column).flatMap(({ values, validity, offset, length, nullCount }) => {
        expect(nullCount > 0).toBe(validity !== null);
        return Array.from({ length }, (_, i) => {
          const bit = offset + i;
          return validity === null || (validity.get(bit >> 3) >> (bit & 7)) & 1 ? values.get(i) : null;
        });
      });
      expect(values).toEqual([...column]);
    };
    check(vector);
    check(vector.slice(1, 6));
    check(vector.slice(1, 3));
    check(vector.slice(2, 3));
  });

  test('of every type of a fixed size have its format', () => {
    const f16 = makeVector(makeData({ type: new Float16(), data: Uint16Array.of(0x3c00, 0x4000) }));
    expect(fromVector(f16).toArray()).toEqual([1, 2]);
    const when = vectorFromArray([0, 1_000], new TimestampMicrosecond());
    expect([fromVector(when).dtype, fromVector(when).length]).toEqual(['datetime64[us]', 2]);
    expect(fromVector(vectorFromArray([new Date(0)], new DateDay())).format).toBe('i');
    const bytes = makeVector(
      makeData({ type: new FixedSizeBinary(3), data: Uint8Array.of(1, 2, 3, 4, 5, 6) }),
    );
    expect(fromVector(bytes).toArray()).toEqual([Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])]);
    const inner = makeData({ type: new Float64(), data: Float64Array.of(1, 2, 3, 4, 5, 6) });
    const list = makeData({
      type: new FixedSizeList(2, new Field('item', new Float64())),
      length: 3,
      nullCount: 0,
      child: inner,
    });
    expect(fromVector(list).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(fromVector(makeVector(list).slice(1, 3)).toArray()).toEqual([
      [3, 4],
      [5, 6],
    ]);
    const decimals = makeData({ type: new Decimal(2, 10), data: Uint32Array.of(1, 0, 0, 0, 2, 0, 0, 0) });
    expect(fromVector(decimals).shape).toEqual([2, 4]);
    for (const vector of [
      vectorFromArray(['a'], new Utf8()),
      vectorFromArray([true], new Bool()),
      vectorFromArray(['a', 'b']),
    ]) {
      expect(thrown(() => fromVector(vector))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    }
    expect(fromVector(makeVector(new Float64Array(0))).length).toBe(0);
  });
});

describe('vectors of DuckDB', () => {
  test('are views of what it gave, nulls and arrays too', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const result = await connection.run(
      `SELECT i::DOUBLE AS d, i::INTEGER AS n, i % 2 = 0 AS b, TIMESTAMP '2020-01-01' + i * INTERVAL 1 SECOND AS t, i::HUGEINT AS h,
       (i / 10)::DECIMAL(9, 1) AS m, [i, i + 1]::DOUBLE[2] AS a, CASE WHEN i = 2 THEN NULL ELSE i::FLOAT END AS x, 'text' || i AS s, '\\xAB'::BLOB AS o
       FROM range(5) r(i)`,
    );
    const chunk = (await result.fetchChunk())!;
    const vector = Object.fromEntries(
      result.columnNames().map((name, i) => [name, chunk.getColumnVector(i)]),
    ) as Record<string, ReturnType<typeof chunk.getColumnVector>>;
    const doubles = fromVector(vector.d!);
    expect([doubles.format, doubles.toArray()]).toEqual(['d', [0, 1, 2, 3, 4]]);
    const shared = isShared(
      doubles,
      { get: () => vector.d!.getItem(1), set: (x) => vector.d!.setItem(1, x) },
      [1],
    );
    expect(shared).toBe(true);
    expect(memoryview(vector.n!).format).toBe('i');
    expect(memoryview(vector.b!).toArray()).toEqual([true, false, true, false, true]);
    expect(memoryview(vector.t!).dtype).toBe('datetime64[us]');
    expect([memoryview(vector.h!).format, memoryview(vector.m!).format]).toEqual(['16s', 'i']);
    expect(memoryview(vector.m!).toArray()).toEqual([0, 1, 2, 3, 4]);
    expect(memoryview(vector.a!).slice('1:3').toArray()).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(thrown(() => fromVector(vector.x!))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    const [run] = chunksOf(vector.x!);
    expect([run!.nullCount, run!.offset, run!.validity!.get(0) & 31, run!.values.get(3)]).toEqual([
      1, 0, 0b11011, 3,
    ]);
    expect(thrown(() => fromVector(vector.s!))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    const blob = vector.o!.getItem(0) as DuckDBBlobValue;
    const bytes = fromVector(blob);
    expect([bytes.get(0), bytes.address === memoryview(blob.bytes).address]).toEqual([0xab, true]);
    connection.closeSync();
    seen({
      library: '@duckdb/node-api',
      in: 'vectors of a fixed size, blobs',
      way: 'fromVector, chunksOf',
      copies: !shared,
    });
  });
});

describe('images', () => {
  test('of sharp are views, whatever a channel is', async () => {
    const image = sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } });
    const output = await image.clone().raw().toBuffer({ resolveWithObject: true });
    const view = fromSharp(output);
    expect([view.format, view.shape, view.slice(1, 2).toArray()]).toEqual(['B', [2, 3, 3], [255, 0, 0]]);
    const shared = isShared(
      view,
      { get: () => output.data[0], set: (x) => output.data.fill(x, 0, 1) },
      [0, 0, 0],
    );
    const wide = await image
      .clone()
      .toColourspace('rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    expect(memoryview(wide).slice(0, 0).toArray()).toEqual([65535, 0, 0]);
    const png = await image.clone().png().toBuffer({ resolveWithObject: true });
    expect(thrown(() => fromSharp(png))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    const back = await sharp(view.asBuffer(), { raw: { width: 3, height: 2, channels: 3 } })
      .png()
      .toBuffer();
    expect(back.length).toBeGreaterThan(50);
    seen({ library: 'sharp', in: '`.raw()` with `resolveWithObject`', way: 'fromSharp', copies: !shared });
  });

  test('that look like an ImageData are views', () => {
    const data = new Uint8ClampedArray(24);
    const view = fromImageData({ data, width: 3, height: 2 });
    expectTypeOf(view).toEqualTypeOf<MemoryView<'B'>>();
    expect([view.shape, view.obj]).toEqual([[2, 3, 4], data]);
    expect(thrown(() => fromImageData({ data, width: 3, height: 3 }))).toMatchObject({
      code: 'ERR_OUT_OF_BOUNDS',
    });
    expect(memoryview({ data, width: 3, height: 2 }).shape).toEqual([2, 3, 4]);
  });

  test('and buffers that a device has mapped are views until they are unmapped', () => {
    let range: ArrayBuffer | null = null;
    const mapped = {
      mapState: 'mapped',
      getMappedRange: (): ArrayBuffer => {
        if (range !== null) throw new Error('OperationError: the range overlaps one that was given');
        range = new ArrayBuffer(8);
        return range;
      },
    };
    const view = fromGPUBuffer(mapped);
    expect(memoryview(mapped).obj).toBe(view.obj);
    structuredClone(range, { transfer: [range!] });
    expect(thrown(() => view.get(0))).toMatchObject({ code: 'ERR_RELEASED' });
  });
});

describe('adapt', () => {
  test('knows each kind, and nothing else', () => {
    expect(adapt(ndarray(new Int8Array(4), [2, 2])).shape).toEqual([2, 2]);
    for (const other of [{}, [], { data: 1 }, { type: 'a', data: [] }, { shape: [1] }, () => 1, new Map()]) {
      expect(thrown(() => adapt(other))).toMatchObject({ code: 'ERR_INVALID_ARG' });
      expect(thrown(() => memoryview(other))).toMatchObject({
        code: 'ERR_INVALID_ARG',
        message: expect.stringContaining('offers no memory'),
      });
    }
    class Grid {
      readonly data = new Float32Array(4);
      readonly shape = [2, 2];
      readonly stride = [1, 2];
    }
    registerExporter(Grid, adapt);
    expect(memoryview(new Grid()).strides).toEqual([4, 8]);
  });
});
