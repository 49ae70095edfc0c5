/** Columns of apache-arrow (`Vector`, `Data`) and of DuckDB (`DuckDBVector`, blobs): runs of values, some of which may be null. */
import { readInteger, readList } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { type FormatOf, memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/memory-view.js';
import { duckdbValues, duckdbVector } from './adapter-duckdb.js';
import { otherShape, propertiesOf } from './adapter-parts.js';

/** One run of a column. */
export interface VectorChunk<F extends string = string> {
  /** The values of all elements; those of nulls are arbitrary. */
  readonly values: MemoryView<F>;
  /** One bit an element, the lowest first, from bit `offset` on: 0 is null. `null` where no element is. */
  readonly validity: MemoryView<'B'> | null;
  /** Bits of `validity` before the first element's. */
  readonly offset: number;
  /** In elements. */
  readonly length: number;
  /** How many elements are null. */
  readonly nullCount: number;
}

/** Typed arrays whose elements always have the array's own type: others also hold halves, decimals or bytes. */
type Plain =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Int16Array
  | Int8Array;

/** The format of a vector's values, as far as the compiler knows it. */
export type VectorFormat<V> = V extends {
  readonly data: readonly { readonly values: infer A extends Plain }[];
}
  ? FormatOf<A>
  : V extends { readonly values: infer A extends Plain }
    ? FormatOf<A>
    : string;

/**
 * Looks at the values of a column that is in one run and has no nulls.
 *
 * @param vector - a `Vector` or `Data` of apache-arrow with values of a fixed size; a vector or a blob of DuckDB
 * @throws TypeError `ERR_INVALID_ARG` for another object, `ERR_UNSUPPORTED` for nulls, bits and values of any length, `ERR_NOT_CONTIGUOUS` for
 *   several runs; `chunksOf` gives all of them
 * @example fromVector(table.getChild('price')) // 'd'
 */
export function fromVector<const V extends object>(vector: V): MemoryView<VectorFormat<V>>;
export function fromVector(vector: unknown): MemoryView {
  return vectorView('fromVector', vector);
}

/** The values of an object that has the shape of a vector. */
export function vectorView(subject: string, vector: unknown): MemoryView {
  const chunks = chunksIn(subject, vector);
  const [chunk, ...more] = chunks;
  if (chunk === undefined || more.length > 0) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `${subject}: the column is in ${chunks.length} runs, expected one; chunksOf() gives each`,
    );
  }
  if (chunk.nullCount === 0) return chunk.values;
  throw typeError(
    'ERR_UNSUPPORTED',
    `${subject}: the column has ${chunk.nullCount} nulls, expected none; chunksOf() gives the bitmap too`,
  );
}

/**
 * Looks at the runs of a column, with the bits that say which elements are null.
 *
 * @param vector - a `Vector` or `Data` of apache-arrow with values of a fixed size; a vector or a blob of DuckDB
 * @throws TypeError `ERR_INVALID_ARG` for another object, `ERR_UNSUPPORTED` for bits and for values of any length
 */
export function chunksOf<const V extends object>(vector: V): readonly VectorChunk<VectorFormat<V>>[];
export function chunksOf(vector: unknown): readonly VectorChunk[] {
  return chunksIn('chunksOf', vector);
}

function chunksIn(subject: string, vector: unknown): readonly VectorChunk[] {
  const parts = propertiesOf(subject, vector, ['data', 'type', 'values', 'bytes', 'itemCount']);
  if (parts !== null) {
    if (ArrayBuffer.isView(parts.bytes)) return [whole(memoryview(parts.bytes))];
    if (parts.itemCount !== undefined && parts.type !== undefined) return [duckdbChunk(subject, vector)];
    if (Array.isArray(parts.data) && parts.type !== undefined) {
      return readList(subject, parts.data, 2 ** 24).map((data) => arrowChunk(subject, data));
    }
    if (parts.values !== undefined || parts.type !== undefined) return [arrowChunk(subject, vector)];
  }
  throw otherShape(subject, vector, "a Vector or Data of apache-arrow, or DuckDB's vector or blob");
}

function whole(values: MemoryView): VectorChunk {
  return { values, validity: null, offset: 0, length: values.length, nullCount: 0 };
}

/** Numbers of apache-arrow's enum `Type`. */
const ARROW = {
  FLOAT: 3,
  BOOL: 6,
  DATE: 8,
  TIMESTAMP: 10,
  BINARY: 15,
  LIST: 16,
  DURATION: 18,
  DICTIONARY: -1,
} as const;
const UNITS = ['s', 'ms', 'us', 'ns'] as const;

function arrowChunk(subject: string, data: unknown): VectorChunk {
  const parts = propertiesOf(subject, data, [
    'type',
    'length',
    'offset',
    'stride',
    'values',
    'valueOffsets',
    'nullBitmap',
    'nullCount',
    'children',
  ]);
  const type = propertiesOf(subject, parts?.type, ['typeId', 'unit', 'byteWidth', 'listSize', 'precision']);
  if (parts === null || type === null || typeof type.typeId !== 'number') {
    throw otherShape(subject, data, 'Data of apache-arrow');
  }
  const length = readInteger(`${subject}: length`, parts.length, { min: 0 });
  const nullCount = readInteger(`${subject}: nullCount`, parts.nullCount ?? 0, { min: 0, max: length });
  const bitmap = ArrayBuffer.isView(parts.nullBitmap) ? parts.nullBitmap : null;
  const validity = nullCount === 0 || bitmap === null ? null : memoryview(bitmap, { format: 'B' });
  const offset = validity === null ? 0 : readInteger(`${subject}: offset`, parts.offset ?? 0, { min: 0 });
  return { values: arrowValues(subject, parts, type, length), validity, offset, length, nullCount };
}

function arrowValues(
  subject: string,
  parts: {
    readonly values: unknown;
    readonly valueOffsets: unknown;
    readonly stride: unknown;
    readonly children: unknown;
  },
  type: { readonly [P in 'typeId' | 'unit' | 'byteWidth' | 'listSize' | 'precision']: unknown },
  length: number,
): MemoryView {
  const { typeId } = type;
  if (typeId === ARROW.LIST) {
    const size = readInteger(`${subject}: listSize`, type.listSize, { min: 0 });
    const [child] = readList(`${subject}: children`, parts.children, 1);
    const inner = arrowChunk(subject, child);
    if (inner.nullCount > 0) {
      throw typeError(
        'ERR_UNSUPPORTED',
        `${subject}: ${inner.nullCount} nulls stand in lists, expected none`,
      );
    }
    return inner.values.slice([0, length * size]).reshape([length, size, ...inner.values.shape.slice(1)]);
  }
  const { values } = parts;
  const variable = typeId === ARROW.BOOL || typeId === ARROW.DICTIONARY || !ArrayBuffer.isView(values);
  if (variable || ArrayBuffer.isView(parts.valueOffsets)) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: the values of Arrow's type ${shown(typeId)} are bits, indices or of variable length, expected values of a fixed size`,
    );
  }
  if (typeId === ARROW.BINARY) {
    const width = readInteger(`${subject}: byteWidth`, type.byteWidth, { min: 1 });
    return memoryview(values, { format: `${width}s`, shape: [length] });
  }
  // Decimals and intervals, with several numbers an element, have one more dimension.
  const width = readInteger(`${subject}: stride`, parts.stride ?? 1, { min: 1 });
  const shape = width > 1 ? [length, width] : [length];
  const format = arrowFormat(typeId, type, memoryview(values).format);
  return memoryview(values, { format, shape });
}

/** Types that the typed array does not tell apart. */
function arrowFormat(
  typeId: unknown,
  { unit, precision }: { unit: unknown; precision: unknown },
  own: string,
): string {
  if (typeId === ARROW.FLOAT && precision === 0) return 'e';
  const name = typeof unit === 'number' ? UNITS[unit] : undefined;
  if (own !== 'q' || name === undefined) return own;
  if (typeId === ARROW.TIMESTAMP) return `datetime64[${name}]`;
  if (typeId === ARROW.DURATION) return `timedelta64[${name}]`;
  return own;
}

function duckdbChunk(subject: string, vector: unknown): VectorChunk {
  const { words, offset, length } = duckdbVector(subject, vector);
  const values = duckdbValues(subject, vector);
  if (words === null) return whole(values);
  const validity = memoryview(words, { format: 'B' });
  return { values, validity, offset, length, nullCount: zerosIn(validity, offset, length) };
}

/** How many of `length` bits from `offset` on are 0. */
function zerosIn(bits: MemoryView<'B'>, offset: number, length: number): number {
  const bytes = bits.asTypedArray({ allowWrites: true });
  let zeros = 0;
  for (let bit = offset; bit < offset + length; bit++) {
    if (((bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) zeros++;
  }
  return zeros;
}
