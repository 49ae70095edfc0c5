/**
 * Everything that `numpy.dtype` takes as the name of one type: sized kinds (`'f4'`), characters (`'d'`), names (`'float32'`, `'double'`),
 * each with the kind and the size that it stands for.
 */

/** A numpy kind and its bytes; for dates the unit and its step, as written in the brackets. */
export interface TypeName {
  /** `<` or `>`; null for native order, and for kinds without one. */
  readonly order: '<' | '>' | null;
  /** One of `b i u f c S U V O M m`; `B` for bfloat16 and the 8-bit floats. */
  readonly kind: string;
  readonly nbytes: number;
  /** The text in brackets behind `M8` and `m8`, or the name of a kind `B`; else empty. */
  readonly unit: string;
}

/** Kind and bytes of each character. */
const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['?', 'b1'],
  ['b', 'i1'],
  ['B', 'u1'],
  ['h', 'i2'],
  ['H', 'u2'],
  ['i', 'i4'],
  ['I', 'u4'],
  ['l', 'i8'],
  ['L', 'u8'],
  ['q', 'i8'],
  ['Q', 'u8'],
  ['p', 'i8'],
  ['P', 'u8'],
  ['n', 'i8'],
  ['N', 'u8'],
  ['e', 'f2'],
  ['f', 'f4'],
  ['d', 'f8'],
  ['g', 'f16'],
  ['F', 'c8'],
  ['D', 'c16'],
  ['G', 'c32'],
  ['c', 'S1'],
  ['a', 'S0'],
  ['S', 'S0'],
  ['U', 'U0'],
  ['V', 'V0'],
  ['O', 'O8'],
  ['M', 'M8'],
  ['m', 'm8'],
]);

const names = (size: string, list: string): [string, string][] =>
  list.split(' ').map((name): [string, string] => [name, size]);

const NAMES: ReadonlyMap<string, string> = new Map([
  ...names('b1', 'bool bool_ bool8'),
  ...names('i1', 'int8 byte'),
  ...names('u1', 'uint8 ubyte'),
  ...names('i2', 'int16 short'),
  ...names('u2', 'uint16 ushort'),
  ...names('i4', 'int32 intc'),
  ...names('u4', 'uint32 uintc'),
  ...names('i8', 'int64 int int_ long longlong intp'),
  ...names('u8', 'uint64 uint ulong ulonglong uintp'),
  ...names('f2', 'float16 half'),
  ...names('f4', 'float32 single'),
  ...names('f8', 'float64 float float_ double'),
  ...names('f16', 'float128 longdouble longfloat'),
  ...names('c8', 'complex64 csingle singlecomplex'),
  ...names('c16', 'complex128 complex complex_ cdouble cfloat'),
  ...names('c32', 'complex256 clongdouble clongfloat longcomplex'),
  ...names('S0', 'bytes bytes_ string_'),
  ...names('U0', 'str str_ unicode unicode_'),
  ...names('V0', 'void'),
  ...names('O8', 'object object_'),
  ...names('M8', 'datetime64'),
  ...names('m8', 'timedelta64'),
]);

/** Bytes that each kind of number may have. */
const SIZES: ReadonlyMap<string, readonly number[]> = new Map([
  ['b', [1]],
  ['i', [1, 2, 4, 8]],
  ['u', [1, 2, 4, 8]],
  ['f', [2, 4, 8, 16]],
  ['c', [8, 16, 32]],
  ['M', [8]],
  ['m', [8]],
  ['O', [4, 8]],
]);

/**
 * Reads the name of one type.
 *
 * @returns null where numpy has no such type
 */
export function typeNamed(text: string): TypeName | null {
  if (/^(bfloat16|float8_\w+)$/.test(text)) {
    return { order: null, kind: 'B', nbytes: text === 'bfloat16' ? 2 : 1, unit: text };
  }
  const [, mark = '', rest = '', unit = ''] = /^([<>|=]?)(.*?)(?:\[([\w/]*)\])?$/.exec(text) ?? [];
  const order = mark === '<' || mark === '>' ? mark : null;
  // Only names without a mark; the sized kinds and the characters take one.
  const known = CHARACTERS.get(rest) ?? (mark === '' ? NAMES.get(rest) : undefined) ?? rest;
  const [, kind, digits] = /^([biufcSaUVOMm])(\d{1,15})$/.exec(known) ?? [];
  if (kind === undefined) return null;
  const dated = kind === 'M' || kind === 'm';
  if (text.endsWith(']') && (!dated || unit === '')) return null;
  const count = Number(digits);
  const allowed = SIZES.get(kind);
  if (allowed !== undefined && !allowed.includes(count)) return null;
  if (kind === 'a') return { order, kind: 'S', nbytes: count, unit };
  return { order, kind, nbytes: kind === 'U' ? 4 * count : count, unit };
}
