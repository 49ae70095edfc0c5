/** Arrow's format strings: the content of a column's buffers, as formats. Pure; follows the table of the Arrow C Data Interface. */
import { hostIsLittleEndian } from '../format/format.js';

/** In which units dates, times and intervals count. */
export type ArrowUnit = 's' | 'ms' | 'us' | 'ns' | 'day' | 'month' | 'day-time' | 'month-day-nano';

/** The meaning of an Arrow format string. */
export interface ArrowType {
  /** The kind of the column. */
  readonly kind: ArrowKind;
  /** Our format of the elements of `values`, or of the offsets; empty where there are none. */
  readonly format: string;
  /** Of dates, times, timestamps, durations and intervals. */
  readonly unit?: ArrowUnit;
  /** Of timestamps that have one. */
  readonly timezone?: string;
  /** Decimal digits. */
  readonly precision?: number;
  /** Of a decimal: how many of the digits are after the point. */
  readonly scale?: number;
  /** Bytes of fixed binary, elements of a fixed-size list. */
  readonly size?: number;
  /** Of a union: the type id of each child. */
  readonly typeCodes?: readonly number[];
}

/** The kinds of columns, which differ in their buffers. */
export type ArrowKind =
  /** None. */
  | 'null'
  /** Validity, values. */
  | 'primitive'
  /** Validity, values: integers of 32 to 256 bits. */
  | 'decimal'
  /** Validity, values: both bits. */
  | 'boolean'
  /** Validity, offsets, bytes. */
  | 'utf8'
  | 'binary'
  /** Validity, views of 16 bytes, any number of data buffers, their lengths. */
  | 'utf8-view'
  | 'binary-view'
  /** Validity, offsets; one child. A map's child has a key and a value. */
  | 'list'
  | 'map'
  /** Validity, offsets, sizes; one child. */
  | 'list-view'
  /** Validity; one child of `size` elements for each of ours. */
  | 'fixed-size-list'
  /** Validity; a child for each field. */
  | 'struct'
  /** Type ids, offsets; a child for each type. */
  | 'dense-union'
  /** Type ids; a child for each type, as long as the union. */
  | 'sparse-union'
  /** Indices as those of a primitive; the dictionary has the values. */
  | 'dictionary'
  /** None; a child of run ends and one of values. */
  | 'run-end-encoded'
  /** A format that is not known here: nothing can be read. */
  | 'unknown';

const primitive = (format: string, unit?: ArrowUnit): ArrowType =>
  unit === undefined ? { kind: 'primitive', format } : { kind: 'primitive', format, unit };
const kind = (name: ArrowKind, format = ''): ArrowType => ({ kind: name, format });

const NAMED: ReadonlyMap<string, ArrowType> = new Map([
  ['n', kind('null')],
  ['b', kind('boolean')],
  ['c', primitive('b')],
  ['C', primitive('B')],
  ['s', primitive('h')],
  ['S', primitive('H')],
  ['i', primitive('i')],
  ['I', primitive('I')],
  ['l', primitive('q')],
  ['L', primitive('Q')],
  ['e', primitive('e')],
  ['f', primitive('f')],
  ['g', primitive('d')],
  ['tdD', primitive('i', 'day')],
  ['tdm', primitive('q', 'ms')],
  ['tts', primitive('i', 's')],
  ['ttm', primitive('i', 'ms')],
  ['ttu', primitive('q', 'us')],
  ['ttn', primitive('q', 'ns')],
  ['tDs', primitive('q', 's')],
  ['tDm', primitive('q', 'ms')],
  ['tDu', primitive('q', 'us')],
  ['tDn', primitive('q', 'ns')],
  ['tiM', primitive('i', 'month')],
  ['tiD', primitive('T{i:days:i:milliseconds:}', 'day-time')],
  ['tin', primitive('T{i:months:i:days:q:nanoseconds:}', 'month-day-nano')],
  ['u', kind('utf8', 'i')],
  ['U', kind('utf8', 'q')],
  ['z', kind('binary', 'i')],
  ['Z', kind('binary', 'q')],
  ['vu', kind('utf8-view', '16s')],
  ['vz', kind('binary-view', '16s')],
  ['+l', kind('list', 'i')],
  ['+L', kind('list', 'q')],
  ['+vl', kind('list-view', 'i')],
  ['+vL', kind('list-view', 'q')],
  ['+m', kind('map', 'i')],
  ['+s', kind('struct')],
  ['+r', kind('run-end-encoded')],
]);

const UNKNOWN = kind('unknown');
const UNITS: Readonly<Record<string, ArrowUnit>> = { s: 's', m: 'ms', u: 'us', n: 'ns' };
const DECIMALS: Readonly<Record<string, string>> = { 32: 'i', 64: 'q', 128: '16s', 256: '32s' };
const MAX_TYPES = 128;

/** The meaning of an Arrow format string; kind `'unknown'` for an invalid one. */
export function arrowType(format: string): ArrowType {
  const named = NAMED.get(format);
  if (named !== undefined) return named;
  const [, letters, rest = ''] = /^(ts[smun]|d|w|\+w|\+ud|\+us):([\s\S]*)$/.exec(format) ?? [];
  switch (letters) {
    case undefined:
      return UNKNOWN;
    case 'd':
      return decimalType(rest);
    case 'w':
    case '+w':
      return sizedType(letters, rest);
    case '+ud':
    case '+us':
      return arrowUnionType(letters, rest);
    default: {
      const type = primitive('q', UNITS[letters[2]!]);
      return rest === '' ? type : { ...type, timezone: rest };
    }
  }
}

function sizedType(letters: string, rest: string): ArrowType {
  if (!/^\d{1,9}$/.test(rest)) return UNKNOWN;
  const size = Number(rest);
  if (letters === '+w') return { kind: 'fixed-size-list', format: '', size };
  // No format has size 0: such elements are rows of no bytes.
  return { kind: 'primitive', format: size === 0 ? 'B' : `${size}s`, size };
}

function decimalType(rest: string): ArrowType {
  const [, precision, scale, bits = '128'] = /^(\d{1,3}),(-?\d{1,9})(?:,(\d{1,3}))?$/.exec(rest) ?? [];
  const format = Object.hasOwn(DECIMALS, bits) ? DECIMALS[bits] : undefined;
  if (precision === undefined || format === undefined) return UNKNOWN;
  return { kind: 'decimal', format, precision: Number(precision), scale: Number(scale) };
}

function arrowUnionType(letters: string, rest: string): ArrowType {
  if (rest !== '' && !/^\d{1,3}(,\d{1,3})*$/.test(rest)) return UNKNOWN;
  const typeCodes = rest === '' ? [] : rest.split(',').map(Number);
  if (typeCodes.length > MAX_TYPES || typeCodes.some((code) => code >= MAX_TYPES)) return UNKNOWN;
  if (new Set(typeCodes).size < typeCodes.length) return UNKNOWN;
  return letters === '+ud'
    ? { kind: 'dense-union', format: 'i', typeCodes }
    : { kind: 'sparse-union', format: '', typeCodes };
}

/** Which formats of indices and run ends there are. */
export function isIndexFormat(format: string, kinds: 'index' | 'run end'): boolean {
  return (kinds === 'index' ? 'cCsSiIlL' : 'sil').includes(format) && format.length === 1;
}

const CODES: ReadonlyMap<string, string> = new Map([
  ['b', 'c'],
  ['B', 'C'],
  ['c', 'C'],
  ['h', 's'],
  ['H', 'S'],
  ['i', 'i'],
  ['I', 'I'],
  ['l', 'l'],
  ['L', 'L'],
  ['q', 'l'],
  ['Q', 'L'],
  ['n', 'l'],
  ['N', 'L'],
  ['e', 'e'],
  ['f', 'f'],
  ['d', 'g'],
]);

/** The Arrow type of a lone value of one of our formats. */
export interface ArrowScalar {
  /** Arrow's format. */
  readonly format: string;
  /** How the bytes differ from Arrow's: not at all, in byte order, or as one byte for each bit. */
  readonly bytes: 'same' | 'swapped' | 'boolean';
}

/**
 * Arrow's format for a scalar, however its byte order is spelled.
 *
 * @param size - bytes
 * @returns null where Arrow has none
 */
export function arrowScalar(code: string, size: number, littleEndian: boolean): ArrowScalar | null {
  if (code === 's') return { format: `w:${size}`, bytes: 'same' };
  if (code === '?') return { format: 'b', bytes: 'boolean' };
  const found = CODES.get(code);
  if (found === undefined) return null;
  const narrow = (code === 'l' || code === 'L') && size === 4;
  const format = narrow ? (code === 'l' ? 'i' : 'I') : found;
  return { format, bytes: size === 1 || littleEndian === hostIsLittleEndian ? 'same' : 'swapped' };
}
