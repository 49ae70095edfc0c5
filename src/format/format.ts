/**
 * The data model of a parsed format: a frozen tree of scalars, records and sequences with every size and offset
 * worked out. Offsets and sizes are bytes throughout.
 */
import { arch, platform } from 'node:process';

/** A byte order mark of `struct` and PEP 3118: native with and without alignment, standard sizes, little, big, network. */
export type ByteOrder = '@' | '^' | '=' | '<' | '>' | '!';

/** A code that stands for one value (or, `x`, for padding), as `struct`, PEP 3118 and numpy spell it. */
export type ScalarCode =
  | 'x'
  | 'c'
  | 'b'
  | 'B'
  | '?'
  | 'h'
  | 'H'
  | 'i'
  | 'I'
  | 'l'
  | 'L'
  | 'q'
  | 'Q'
  | 'n'
  | 'N'
  | 'P'
  | 'e'
  | 'f'
  | 'd'
  | 'Zf'
  | 'Zd'
  | 's'
  | 'p'
  | 'u'
  | 'w'
  | 'g'
  | 'Zg'
  | 'bfloat16'
  | OpaqueCode;

/** A code that can be carried but not decoded: objects, pointers, functions, bits, 8-bit floats. */
export type OpaqueCode = 'O' | '&' | 'X' | 't' | `float8_${string}`;

/** One value of a fixed number of bytes. */
export interface Scalar {
  readonly kind: 'scalar';
  readonly code: ScalarCode;
  /** Bytes of the value, the count of `s p x u w t` included. */
  readonly size: number;
  /** Whether the low byte comes first. */
  readonly littleEndian: boolean;
  /** The format of this value alone, byte order mark included (`@` left out). */
  readonly text: string;
  /** The same, with numpy's name for a value without a code of its own: `datetime64[ns]` for a `q`. */
  readonly source: string;
  /** That name; null where the code says it all. */
  readonly word: string | null;
}

/** One field of a record, or one item of a sequence. */
export interface Field {
  /** The name as written; null without one. */
  readonly name: string | null;
  /** The name, or the first free `f0`, `f1`, … */
  readonly key: string;
  /** numpy's title of the field; null without one. */
  readonly title: string | null;
  /** Bytes from the start of the enclosing item. */
  readonly offset: number;
  /** Dimensions of the field's sub-array, in elements; `[]` for a lone value. */
  readonly shape: readonly number[];
  /** How many dimensions each of several nested sub-arrays has, the outermost first: `(2)(5)d` is `[1, 1]`; null for one. */
  readonly nested: readonly number[] | null;
  /** How many values the field is worth in a sequence (a count is flat there); always 1 in a record. */
  readonly count: number;
  /** Bytes of the whole field: its element's, times the shape, times the count. */
  readonly nbytes: number;
  /** The structure of one element. */
  readonly item: Scalar | RecordItem;
}

/** A `T{…}`, or a bare sequence in which a field has a name: fields with offsets, padding between them. */
export interface RecordItem {
  readonly kind: 'record';
  /** Whether any field has a name: then its value is an object, else an array. */
  readonly named: boolean;
  readonly fields: readonly Field[];
  readonly size: number;
  /** The format of this record alone, the byte order in force included. */
  readonly text: string;
  /** The same with numpy's names, as in a {@link Scalar}. */
  readonly source: string;
}

/** A bare sequence without names, as `struct` reads it: a flat list of values. */
export interface Sequence {
  readonly kind: 'sequence';
  readonly fields: readonly Field[];
  readonly size: number;
  /** How many values one item holds; exactly one is that value, not a list of it. */
  readonly valueCount: number;
}

/** The structure of one item of memory. */
export type Item = Scalar | RecordItem | Sequence;

/** A format string and its meaning. Frozen, and the same object for the same text as long as it is cached. */
export interface Format {
  /** The string as given, but with a code in place of each of numpy's names that PEP 3118 has a code for. */
  readonly text: string;
  /** The string from which the same format is parsed, numpy's names included. */
  readonly source: string;
  /** numpy's name where the whole format is one scalar of a numpy type; else null. */
  readonly dtype: string | null;
  /** Bytes of an item. */
  readonly itemsize: number;
  /** Bytes; the strictest natural alignment that a native (`@`) part asks for, 1 where there is none. */
  readonly alignment: number;
  readonly item: Item;
  /** The code when the whole format is one scalar without count, sub-array or name, byte order marks aside; else null. */
  readonly code: ScalarCode | null;
  /** Byte order of that scalar. */
  readonly littleEndian: boolean;
  /** Whether CPython's memoryview reads and casts it by itself: one native code, after at most one `@`. */
  readonly isNative: boolean;
  /** Whether every value in it can be read and written: none of `O & X{} t`, nor `g` where its layout is not known. */
  readonly decodable: boolean;
  /** Whether values can be compared: CPython does not for `g`, though it can be read. */
  readonly comparable: boolean;
}

/** Reads and writes one item of memory. */
export interface Codec {
  /** Decodes the item at byte `at`. */
  read(data: DataView, at: number): unknown;
  /**
   * Checks a value and converts it into what `store` takes. May run code of the caller's (getters, proxy traps), so
   * it comes before any check that memory is alive. Touches no memory.
   *
   * @throws TypeError `ERR_INVALID_ARG` for the wrong kind; RangeError `ERR_OUT_OF_RANGE` for a value that does not fit,
   *   `ERR_SHAPE` for a list of the wrong length
   */
  encode(value: unknown): unknown;
  /** Writes what `encode` returned to the item at byte `at`; padding keeps its bytes. */
  store(data: DataView, at: number, encoded: unknown): void;
}

const probe = new Uint8Array(new Uint16Array([1]).buffer);

/** Whether this machine stores the low byte first. */
export const hostIsLittleEndian: boolean = probe[0] === 1;

interface Widths {
  /** Bytes under `@` and `^`, on a 64-bit Unix. */
  readonly native: number;
  /** Bytes under `= < > !`; 0 where the code does not exist there. */
  readonly standard: number;
  /** Bytes to which `@` aligns it. */
  readonly align: number;
}

const widths = (native: number, standard: number = native, align: number = native): Widths => ({
  native,
  standard,
  align,
});

/** The 8-bit floats of ml_dtypes, ONNX and DLPack. */
export const FLOAT8: readonly OpaqueCode[] = [
  'float8_e3m4',
  'float8_e4m3',
  'float8_e4m3b11fnuz',
  'float8_e4m3fn',
  'float8_e4m3fnuz',
  'float8_e5m2',
  'float8_e5m2fnuz',
  'float8_e8m0fnu',
];

/** Sizes of each code, in bytes: of one unit for the codes whose count is a length (`s p x u w t`). */
export const CODE_WIDTHS: ReadonlyMap<ScalarCode, Widths> = new Map<ScalarCode, Widths>([
  ['x', widths(1)],
  ['c', widths(1)],
  ['b', widths(1)],
  ['B', widths(1)],
  ['?', widths(1)],
  ['h', widths(2)],
  ['H', widths(2)],
  ['i', widths(4)],
  ['I', widths(4)],
  ['l', widths(8, 4)],
  ['L', widths(8, 4)],
  ['q', widths(8)],
  ['Q', widths(8)],
  ['n', widths(8, 0)],
  ['N', widths(8, 0)],
  ['P', widths(8, 0)],
  ['e', widths(2)],
  ['f', widths(4)],
  ['d', widths(8)],
  ['Zf', widths(8, 8, 4)],
  ['Zd', widths(16, 16, 8)],
  ['s', widths(1)],
  ['p', widths(1)],
  ['u', widths(2)],
  ['w', widths(4)],
  ['O', widths(8)],
  ['&', widths(8)],
  ['X', widths(8)],
  ['g', widths(16, 0)],
  ['Zg', widths(32, 0, 16)],
  ['t', widths(1)],
  ['bfloat16', widths(2)],
  ...FLOAT8.map((code): [ScalarCode, Widths] => [code, widths(1)]),
]);

/** The layout of this machine's `long double`; null where it is another, such as the plain doubles of Windows and of macOS on arm64. */
export const LONG_DOUBLE_LAYOUT: 'x87' | 'binary128' | null =
  platform === 'win32'
    ? null
    : arch === 'x64'
      ? 'x87'
      : arch === 'arm64' && platform !== 'darwin'
        ? 'binary128'
        : null;

/** Whether a code is carried only, never decoded. */
export function isOpaque(code: ScalarCode): code is OpaqueCode {
  if (code === 'g' || code === 'Zg') return LONG_DOUBLE_LAYOUT === null;
  return code === 'O' || code === '&' || code === 'X' || code === 't' || code.startsWith('float8');
}

/** The least multiple of `align` that is not below `offset`. */
export function alignedUp(offset: number, align: number): number {
  const rest = offset % align;
  return rest === 0 ? offset : offset + (align - rest);
}

/** Whether the count before a code is the length of one value rather than a number of values. */
export function countIsLength(code: ScalarCode): boolean {
  return code === 's' || code === 'p' || code === 'x' || code === 'u' || code === 'w' || code === 't';
}
