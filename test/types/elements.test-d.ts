/**
 * The types that the compiler infers for a view's elements. Nothing here runs: the compiler checks it, and each `@ts-expect-error` fails if
 * there is no error any more.
 */
import { describe, expectTypeOf, it } from 'vitest';
import {
  array,
  buffer,
  type Complex,
  type ElementOf,
  empty,
  fromRecords,
  MemoryView,
  memoryview,
  type ValueOf,
  zeros,
} from '../../src/index.js';
import { type ArrowColumn, type ArrowStream, fromArrow } from '../../src/interop/arrow.js';
import { fromDLPack } from '../../src/interop/dlpack.js';
import { loadNpy } from '../../src/interop/npy.js';

declare const computed: string;

describe('a reader', () => {
  it('has the element type of its view', () => {
    expectTypeOf(zeros([2, 2], 'd').reader().get(0, 0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'q').reader().get(0n)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, 'T{i:x:}').reader().get(0)).toEqualTypeOf<{ x: number }>();
  });
});

describe('values and entries', () => {
  it('have the element type of a literal format', () => {
    expectTypeOf(zeros(1, 'd').values()).toEqualTypeOf<IterableIterator<number>>();
    expectTypeOf(zeros(1, 'q').entries()).toEqualTypeOf<IterableIterator<[index: number, value: bigint]>>();
    expectTypeOf(zeros(1, 'T{i:x:}').values()).toEqualTypeOf<IterableIterator<{ x: number }>>();
  });
});

describe('fromRecords', () => {
  it('has a view for each field of a literal record, of its format', () => {
    const columns = fromRecords(zeros(1, 'T{<I:id:<d:score:(2)h:pair:=4s:name:2q:two:3x:pad:?:ok:}'));
    expectTypeOf(columns).toEqualTypeOf<{
      id: MemoryView<'<I'>;
      score: MemoryView<'<d'>;
      pair: MemoryView<'<h'>;
      name: MemoryView<'=4s'>;
      two: MemoryView<'=q'>;
      pad: MemoryView<'=3s'>;
      ok: MemoryView<'=?'>;
    }>();
    expectTypeOf(columns.score.get(0)).toEqualTypeOf<number>();
    const chosen = fromRecords(zeros(1, 'T{d:x:i:a:Zd:z:}'), { fields: ['z', 'x'] });
    expectTypeOf(chosen).toEqualTypeOf<
      Pick<{ x: MemoryView<'d'>; a: MemoryView<'i'>; z: MemoryView<'Zd'> }, 'x' | 'z'>
    >();
    // @ts-expect-error the records have no such field
    fromRecords(zeros(1, 'T{d:x:}'), { fields: ['y'] });
  });

  it('has views of any format for a computed format, and records in records', () => {
    expectTypeOf(fromRecords(zeros(1, computed))).toEqualTypeOf<Record<string, MemoryView>>();
    expectTypeOf(fromRecords(zeros(1, 'T{T{i:x:}:in:}'))).toEqualTypeOf<Record<string, MemoryView>>();
    expectTypeOf(fromRecords(Buffer.alloc(1)).x).toEqualTypeOf<MemoryView | undefined>();
  });
});

describe('get', () => {
  it('has the element type of a literal format', () => {
    expectTypeOf(zeros(1, 'd').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'f').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'e').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'b').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'B').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'h').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'H').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'i').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'I').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'q').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, 'Q').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, 'n').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, 'N').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, 'P').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, '?').get(0)).toEqualTypeOf<boolean>();
    expectTypeOf(zeros(1, 'c').get(0)).toEqualTypeOf<string>();
    expectTypeOf(zeros(1, 'Zd').get(0)).toEqualTypeOf<Complex>();
    expectTypeOf(zeros(1, 'Zf').get(0)).toEqualTypeOf<Complex>();
    expectTypeOf(zeros(1, 's').get(0)).toEqualTypeOf<Buffer>();
    expectTypeOf(zeros(1, '8s').get(0)).toEqualTypeOf<Buffer>();
    expectTypeOf(zeros(1, '8p').get(0)).toEqualTypeOf<Buffer>();
    expectTypeOf(zeros(1, '16w').get(0)).toEqualTypeOf<string>();
    expectTypeOf(zeros(1, 'u').get(0)).toEqualTypeOf<string>();
  });

  it('knows that a long has 8 bytes natively and 4 in standard sizes', () => {
    expectTypeOf(zeros(1, 'l').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, '@l').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, '^L').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, '<l').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, '>L').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, '=l').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, '!l').get(0)).toEqualTypeOf<number>();
  });

  it('looks past the byte order', () => {
    expectTypeOf(zeros(1, '<d').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, '>q').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1, '>?').get(0)).toEqualTypeOf<boolean>();
    expectTypeOf(zeros(1, '<8s').get(0)).toEqualTypeOf<Buffer>();
    expectTypeOf(zeros(1, '>Zd').get(0)).toEqualTypeOf<Complex>();
  });

  it('is unknown for a computed format, a record with a field that has no name, a sequence, and one that can not be decoded', () => {
    expectTypeOf(zeros(1, computed).get(0)).toEqualTypeOf<unknown>();
    expectTypeOf(zeros(1, 'T{i:x:d}').get(0)).toEqualTypeOf<unknown>();
    expectTypeOf(zeros(1, 'T{i:x:O:y:}').get(0)).toEqualTypeOf<unknown>();
    expectTypeOf(zeros(1, '2h3i').get(0)).toEqualTypeOf<unknown>();
    expectTypeOf(zeros(1, '3d').get(0)).toEqualTypeOf<unknown>();
    expectTypeOf(zeros(1, '(2,3)d').get(0)).toEqualTypeOf<unknown>();
    expectTypeOf(zeros(1, 'O').get(0)).toEqualTypeOf<unknown>();
    expectTypeOf<ElementOf<string>>().toEqualTypeOf<unknown>();
    // @ts-expect-error an unknown is not a number
    zeros(1, computed).get(0) satisfies number;
  });

  it('is an object for a record whose fields have names', () => {
    expectTypeOf(zeros(1, 'T{<I:id:<d:score:}').get(0)).toEqualTypeOf<{ id: number; score: number }>();
    expectTypeOf(zeros(1, 'T{i:x:l:y:}').get(0)).toEqualTypeOf<{ x: number; y: bigint }>();
    expectTypeOf(zeros(1, '<T{l:a:}').get(0)).toEqualTypeOf<{ a: number }>();
    expectTypeOf(zeros(1, 'T{T{<l:a:}:n:l:b:}').get(0)).toEqualTypeOf<{ n: { a: number }; b: number }>();
    expectTypeOf(zeros(1, 'T{?:a: c:b:\n5w:t:8s:s:q:big:}').get(0)).toEqualTypeOf<{
      a: boolean;
      b: string;
      t: string;
      s: Buffer;
      big: bigint;
    }>();
    expectTypeOf(zeros(1, 'T{3x:a:x2x h:b:Zd:z:}').get(0)).toEqualTypeOf<{
      a: Buffer;
      b: number;
      z: Complex;
    }>();
    expectTypeOf(zeros(1, 'T{h:a}').get(0)).toEqualTypeOf<unknown>();
  });

  it('has arrays where a field has a shape or a count', () => {
    expectTypeOf(zeros(1, 'T{(2)h:xy:}').get(0)).toEqualTypeOf<{ xy: number[] }>();
    expectTypeOf(zeros(1, 'T{1h:a:12h:b:}').get(0)).toEqualTypeOf<{ a: number; b: number[] }>();
    expectTypeOf(zeros(1, 'T{(2,3)<h:a:(2)3q:b:}').get(0)).toEqualTypeOf<{ a: number[][]; b: bigint[][] }>();
    expectTypeOf(zeros(1, 'T{(2)8s:a:2T{h:q:}:r:}').get(0)).toEqualTypeOf<{
      a: Buffer[];
      r: { q: number }[];
    }>();
  });

  it('reads records up to four deep in one another', () => {
    expectTypeOf(zeros(1, 'T{T{T{T{T{h:e:}:d:}:c:}:b:}:a:}').get(0)).toEqualTypeOf<{
      a: { b: { c: { d: { e: number } } } };
    }>();
    expectTypeOf(zeros(1, 'T{T{T{T{T{T{h:f:}:e:}:d:}:c:}:b:}:a:}').get(0)).toEqualTypeOf<unknown>();
  });

  it('is a double where no format is given', () => {
    expectTypeOf(zeros(1)).toEqualTypeOf<MemoryView<'d'>>();
    expectTypeOf(empty([2, 2])).toEqualTypeOf<MemoryView<'d'>>();
    expectTypeOf(array([1, 2])).toEqualTypeOf<MemoryView<'d'>>();
    expectTypeOf(array([1n], 'q').get(0)).toEqualTypeOf<bigint>();
  });

  it('takes numbers and bigints as indices, nothing else', () => {
    zeros([1, 1]).get(0, 0n);
    // @ts-expect-error a string is no index
    zeros(1).get('0');
    // @ts-expect-error a boolean is no index
    zeros(1).get(true);
    // @ts-expect-error an index is no list
    zeros(1).get([0]);
  });
});

describe('set and fill', () => {
  it('take any number kind for a number, whatever the format reads as', () => {
    expectTypeOf<ValueOf<'i'>>().toEqualTypeOf<number | bigint | boolean>();
    expectTypeOf<ValueOf<'q'>>().toEqualTypeOf<number | bigint | boolean>();
    expectTypeOf<ValueOf<'d'>>().toEqualTypeOf<number | bigint | boolean>();
    zeros(1, 'i').set(0, 1);
    zeros(1, 'q').set(0, 1);
    zeros(1, 'q').fill(1n);
    zeros([1, 1], 'd').set(0, 0, 1n);
    zeros([], 'd').set(1);
  });

  it('take anything for a boolean, a character or one byte for "c", bytes for "s"', () => {
    expectTypeOf<ValueOf<'?'>>().toEqualTypeOf<unknown>();
    zeros(1, '?').set(0, {});
    zeros(1, 'c').set(0, 'a');
    zeros(1, 'c').fill(Buffer.from('a'));
    zeros(1, '4s').set(0, new Uint8Array(4));
    zeros(1, '4w').fill('text');
    zeros(1, 'Zd').set(0, { re: 1, im: 2 });
    zeros(1, 'Zd').fill(1);
    zeros(1, computed).fill(Symbol.iterator);
    zeros(1, 'T{i:x:}').set(0, { x: 1 });
  });

  it('refuse values of another kind', () => {
    // @ts-expect-error a string is no number
    zeros(1, 'd').fill('1');
    // @ts-expect-error a string is no number
    zeros(1, 'i').set(0, '1');
    // @ts-expect-error null is no number
    zeros(1, 'q').fill(null);
    // @ts-expect-error a number is no character
    zeros(1, 'c').fill(97);
    // @ts-expect-error a string is no bytes
    zeros(1, '4s').fill('text');
    // @ts-expect-error a number is no text
    zeros(1, '4w').fill(1);
    // @ts-expect-error one part is missing
    zeros(1, 'Zd').fill({ re: 1 });
    // @ts-expect-error no value
    zeros(1, 'd').set();
  });
});

describe('toArray, iteration and asTypedArray', () => {
  it('have the element type', () => {
    expectTypeOf(zeros(1, 'd').toArray()).toEqualTypeOf<number[]>();
    expectTypeOf(zeros(1, 'q').toArray()).toEqualTypeOf<bigint[]>();
    expectTypeOf(zeros(1, '?').toArray()).toEqualTypeOf<boolean[]>();
    expectTypeOf(zeros(1, computed).toArray()).toEqualTypeOf<unknown[]>();
    for (const value of zeros(1, 'q')) expectTypeOf(value).toEqualTypeOf<bigint>();
    expectTypeOf([...zeros(1, 'c')]).toEqualTypeOf<string[]>();
  });

  it('give the typed array of the format', () => {
    expectTypeOf(zeros(1, 'd').asTypedArray()).toEqualTypeOf<Float64Array>();
    expectTypeOf(zeros(1, 'f').asTypedArray()).toEqualTypeOf<Float32Array>();
    expectTypeOf(zeros(1, 'q').asTypedArray()).toEqualTypeOf<BigInt64Array>();
    expectTypeOf(zeros(1, 'N').asTypedArray()).toEqualTypeOf<BigUint64Array>();
    expectTypeOf(zeros(1, 'B').asTypedArray()).toEqualTypeOf<Uint8Array>();
    expectTypeOf(zeros(1, '@h').asTypedArray()).toEqualTypeOf<Int16Array>();
    expectTypeOf(zeros(1, computed).asTypedArray()).toEqualTypeOf<NodeJS.TypedArray>();
  });
});

describe('memoryview', () => {
  it('infers the format of an exporter', () => {
    expectTypeOf(memoryview(new Float64Array(1))).toEqualTypeOf<MemoryView<'d'>>();
    expectTypeOf(memoryview(new Float32Array(1))).toEqualTypeOf<MemoryView<'f'>>();
    expectTypeOf(memoryview(new BigInt64Array(1))).toEqualTypeOf<MemoryView<'q'>>();
    expectTypeOf(memoryview(new BigUint64Array(1))).toEqualTypeOf<MemoryView<'Q'>>();
    expectTypeOf(memoryview(new Int32Array(1))).toEqualTypeOf<MemoryView<'i'>>();
    expectTypeOf(memoryview(new Uint32Array(1))).toEqualTypeOf<MemoryView<'I'>>();
    expectTypeOf(memoryview(new Int16Array(1))).toEqualTypeOf<MemoryView<'h'>>();
    expectTypeOf(memoryview(new Uint16Array(1))).toEqualTypeOf<MemoryView<'H'>>();
    expectTypeOf(memoryview(new Int8Array(1))).toEqualTypeOf<MemoryView<'b'>>();
    expectTypeOf(memoryview(new Uint8Array(1))).toEqualTypeOf<MemoryView<'B'>>();
    expectTypeOf(memoryview(new Uint8ClampedArray(1))).toEqualTypeOf<MemoryView<'B'>>();
    expectTypeOf(memoryview(Buffer.alloc(1))).toEqualTypeOf<MemoryView<'B'>>();
    expectTypeOf(memoryview(new DataView(new ArrayBuffer(1)))).toEqualTypeOf<MemoryView<'B'>>();
    expectTypeOf(memoryview(new ArrayBuffer(1))).toEqualTypeOf<MemoryView<'B'>>();
    expectTypeOf(memoryview(new SharedArrayBuffer(1))).toEqualTypeOf<MemoryView<'B'>>();
    expectTypeOf(memoryview(zeros(1, 'Zd'))).toEqualTypeOf<MemoryView<'Zd'>>();
    expectTypeOf(array(new Int16Array(1)).get(0)).toEqualTypeOf<number>();
    expectTypeOf(array(new BigInt64Array(1)).get(0)).toEqualTypeOf<bigint>();
  });

  it('takes the format of a layout, else the exporter’s own', () => {
    const bytes = Buffer.alloc(8);
    expectTypeOf(memoryview(bytes, { format: 'q' })).toEqualTypeOf<MemoryView<'q'>>();
    expectTypeOf(memoryview(bytes, { shape: [2, 4] }).get(0, 0)).toEqualTypeOf<number>();
    expectTypeOf(memoryview(bytes, { format: computed }).get(0)).toEqualTypeOf<unknown>();
    // @ts-expect-error no such option
    memoryview(bytes, { ofset: 1 });
    // @ts-expect-error a shape is no string
    memoryview(bytes, { shape: '2' });
  });

  it('takes views, windows and objects that offer memory as exporters, and no plain value', () => {
    memoryview(memoryview(Buffer.alloc(1)));
    expectTypeOf(memoryview(buffer('text'))).toEqualTypeOf<MemoryView<'B'>>();
    class Frame {
      [Symbol.for('memoryview.buffer')](): Uint8Array {
        return new Uint8Array(4);
      }
    }
    expectTypeOf(memoryview(new Frame()).get(0)).toEqualTypeOf<unknown>();
    // @ts-expect-error a number offers no memory
    memoryview(5);
    // @ts-expect-error a string is an exporter for buffer() only
    memoryview('text');
  });
});

describe('methods that make another view', () => {
  it('keeps the format where the elements stay', () => {
    const view = zeros([2, 3], 'q');
    expectTypeOf(view.slice(0)).toEqualTypeOf<MemoryView<'q'>>();
    expectTypeOf(view.T.reshape(6).flip().copy().toReadonly()).toEqualTypeOf<MemoryView<'q'>>();
    expectTypeOf(view.broadcastTo([2, 2, 3]).windows([1, 1, 1]).get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(view.format).toEqualTypeOf<'q'>();
  });

  it('takes the format that it is given', () => {
    expectTypeOf(zeros(1).cast('B')).toEqualTypeOf<MemoryView<'B'>>();
    expectTypeOf(zeros(1).viewAs('<l').get(0)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'T{i:x:}').field('x').get(0)).toEqualTypeOf<unknown>();
    expectTypeOf(MemoryView.indirect<'h'>([new Int16Array(1)]).get(0, 0)).toEqualTypeOf<number>();
  });

  it('is refused as another view than it is', () => {
    // @ts-expect-error a view of bigints is none of numbers
    zeros(1, 'q') satisfies MemoryView<'d'>;
    zeros(1, 'q') satisfies MemoryView;
    // @ts-expect-error not to be constructed
    new MemoryView();
    // @ts-expect-error read-only
    zeros(1).shape = [2];
  });

  it('takes the parts of an index that there are', () => {
    zeros([2, 2]).slice([0, 1], [null, null, -1]);
    zeros([2, 2]).slice('...,0');
    // @ts-expect-error four bounds
    zeros([2, 2]).slice([0, 1, 2, 3]);
    // @ts-expect-error a boolean is no part
    zeros([2, 2]).slice(true);
    // @ts-expect-error an order is C, F or A
    zeros(1).toBytes('K');
    // @ts-expect-error no such option
    zeros(1).copyFrom(zeros(1), { cast: true });
  });
});

describe('borrow', () => {
  it("returns the function's result", () => {
    expectTypeOf(zeros(1, 'q').borrow((view) => view.get(0))).toEqualTypeOf<bigint>();
    expectTypeOf(zeros(1).borrow(async () => 'later')).toEqualTypeOf<Promise<string>>();
    // @ts-expect-error no function
    zeros(1).borrow(1);
  });
});

describe("numpy's names of types", () => {
  it('narrow as the formats do that they mean', () => {
    expectTypeOf(zeros(3, 'float32')).toEqualTypeOf<MemoryView<'f'>>();
    expectTypeOf(empty(3, 'int64').get(0)).toEqualTypeOf<bigint>();
    expectTypeOf(array([1], 'bool').get(0)).toEqualTypeOf<boolean>();
    expectTypeOf(array([1], 'datetime64[ns]')).toEqualTypeOf<MemoryView<'q'>>();
    expectTypeOf(memoryview(new Uint8Array(8), { format: 'float64' })).toEqualTypeOf<MemoryView<'d'>>();
    expectTypeOf(zeros(8, 'B').cast('int16')).toEqualTypeOf<MemoryView<'h'>>();
    expectTypeOf(zeros(8, 'B').viewAs('complex64').get(0)).toEqualTypeOf<Complex>();
    expectTypeOf(zeros(3, 'float32').asTypedArray()).toEqualTypeOf<Float32Array>();
    expectTypeOf(zeros(1).dtype).toEqualTypeOf<string | null>();
  });

  it('narrow what loadNpy reads', () => {
    expectTypeOf(loadNpy('a.npy', { format: 'float64' })).toEqualTypeOf<MemoryView<'d'>>();
    expectTypeOf(loadNpy('a.npy', { format: 'bfloat16' }).get(0)).toEqualTypeOf<number>();
    expectTypeOf(loadNpy('a.npy')).toEqualTypeOf<MemoryView<string>>();
    expectTypeOf(loadNpy('a.npy').get(0)).toEqualTypeOf<unknown>();
  });
});

describe('asTypedArray', () => {
  it('has the type that was asked for, else that of the format', () => {
    expectTypeOf(zeros(1, 'B').asTypedArray({ type: Uint8ClampedArray })).toExtend<Uint8ClampedArray>();
    expectTypeOf(zeros(1, '?').asTypedArray({ type: Uint8Array, pin: true })).toExtend<Uint8Array>();
    expectTypeOf(zeros(1, 'f').asTypedArray({ pin: true })).toEqualTypeOf<Float32Array>();
  });
});

describe('find and copy', () => {
  it('take values of the format, and numpy’s orders', () => {
    expectTypeOf(zeros(1, 'i').find([1, 2n])).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'i').find(new Uint8Array(1), 2)).toEqualTypeOf<number>();
    expectTypeOf(zeros(1, 'h').copy({ order: 'K' })).toEqualTypeOf<MemoryView<'h'>>();
    // @ts-expect-error: a view keeps no order of its own
    zeros(1).reshape(1, 'K');
    expectTypeOf(zeros(1).reshape(1, 'A')).toEqualTypeOf<MemoryView<'d'>>();
  });
});

describe('memory of other libraries', () => {
  it('has the format that the caller counts on', () => {
    expectTypeOf(loadNpy('a.npy', { format: 'f' })).toEqualTypeOf<MemoryView<'f'>>();
    expectTypeOf(loadNpy('a.npy')).toEqualTypeOf<MemoryView>();
    expectTypeOf(fromDLPack(1n, { format: 'float32' })).toEqualTypeOf<MemoryView<'f'>>();
    expectTypeOf(fromDLPack(1n)).toEqualTypeOf<MemoryView>();
    expectTypeOf(fromArrow({ schema: 1n, array: 2n })).toEqualTypeOf<ArrowColumn>();
    expectTypeOf(fromArrow({ stream: 1n })).toEqualTypeOf<ArrowStream>();
    const prices = fromArrow({ schema: 1n, array: 2n }, { format: 'd' });
    expectTypeOf(prices).toExtend<ArrowColumn>();
    expectTypeOf(prices.values!.get(0)).toEqualTypeOf<number>();
  });
});
