/** Vectors of DuckDB's `@duckdb/node-api`: its copies of a chunk's columns, in typed arrays or, where JavaScript has none, in DataViews. */
import { readInteger } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/memory-view.js';
import { otherShape, propertiesOf } from './adapter-parts.js';

/** Ids of DuckDB's types. */
const TYPE = { DECIMAL: 19, ARRAY: 33 } as const;

/** Formats that the typed array does not tell. */
const DATES: ReadonlyMap<unknown, string> = new Map([
  [12, 'datetime64[us]'],
  [20, 'datetime64[s]'],
  [21, 'datetime64[ms]'],
  [22, 'datetime64[ns]'],
  [31, 'datetime64[us]'],
]);
/** Types in a DataView: BOOLEAN, INTERVAL, HUGEINT, UUID, UHUGEINT. */
const FORMATS: ReadonlyMap<unknown, string> = new Map([
  [1, '?'],
  [15, 'T{i:months:i:days:q:micros:}'],
  [16, '16s'],
  [27, '16s'],
  [32, '16s'],
]);
const DECIMALS: ReadonlyMap<number, string> = new Map([
  [2, 'h'],
  [4, 'i'],
  [8, 'q'],
  [16, '16s'],
]);

/** The parts that all vectors have. */
export interface DuckDBVectorParts {
  readonly length: number;
  /** One bit an element; null where all are valid. */
  readonly words: ArrayBufferView | null;
  /** Bits before the first element's. */
  readonly offset: number;
}

/** Reads a vector's length and validity. */
export function duckdbVector(subject: string, vector: unknown): DuckDBVectorParts {
  const parts = propertiesOf(subject, vector, ['itemCount', 'validity']);
  const length = readInteger(`${subject}: itemCount`, parts?.itemCount, { min: 0 });
  const bits = propertiesOf(subject, parts?.validity, ['data', 'offset']);
  const words = ArrayBuffer.isView(bits?.data) ? bits.data : null;
  const offset = words === null ? 0 : readInteger(`${subject}: offset`, bits?.offset ?? 0, { min: 0 });
  return { length, words, offset };
}

/**
 * Looks at a vector's values; an ARRAY has one more dimension.
 *
 * @throws TypeError `ERR_UNSUPPORTED` for text, blobs, lists and structs, whose values are of any length
 */
export function duckdbValues(subject: string, vector: unknown): MemoryView {
  const parts = propertiesOf(subject, vector, ['items', 'dataView', 'childData', 'type']);
  const type = propertiesOf(subject, parts?.type, ['typeId', 'length']);
  if (parts === null || type === null) throw otherShape(subject, vector, "DuckDB's vector");
  const { length } = duckdbVector(subject, vector);
  if (type.typeId === TYPE.ARRAY) {
    const size = readInteger(`${subject}: length`, type.length, { min: 1 });
    const values = duckdbValues(subject, parts.childData);
    return values.slice([0, length * size]).reshape([length, size, ...values.shape.slice(1)]);
  }
  if (ArrayBuffer.isView(parts.items)) {
    const format = DATES.get(type.typeId);
    return format === undefined
      ? memoryview(parts.items, { shape: [length] })
      : memoryview(parts.items, { format, shape: [length] });
  }
  const bytes = ArrayBuffer.isView(parts.dataView) ? parts.dataView : null;
  const width = bytes === null || length === 0 ? 0 : bytes.byteLength / length;
  const format = type.typeId === TYPE.DECIMAL ? DECIMALS.get(width) : FORMATS.get(type.typeId);
  if (bytes !== null && format !== undefined) return memoryview(bytes, { format, shape: [length] });
  throw typeError(
    'ERR_UNSUPPORTED',
    `${subject}: the values of DuckDB's type ${shown(type.typeId)} have variable lengths, expected values of a fixed size`,
  );
}
