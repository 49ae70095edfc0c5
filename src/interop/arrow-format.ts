/** Arrow's format strings: what a column's buffers hold, in our formats. Pure; after the Arrow C Data Interface's table. */

/** What the buffers of a column are. */
export type ArrowKind =
  | { readonly kind: 'null' }
  /** Validity, values. */
  | { readonly kind: 'primitive'; readonly format: string }
  /** Validity, values: both bits. */
  | { readonly kind: 'boolean' }
  /** Validity, offsets, bytes. */
  | { readonly kind: 'utf8' | 'binary'; readonly offsets: 'i' | 'q' }
  /** Validity; one child of `size` elements for each of ours. */
  | { readonly kind: 'fixed-size-list'; readonly size: number }
  /** Validity, offsets; one child. */
  | { readonly kind: 'list'; readonly offsets: 'i' | 'q' }
  /** Validity; a child for each field. */
  | { readonly kind: 'struct' };

const PRIMITIVES: Readonly<Record<string, string>> = {
  c: 'b',
  C: 'B',
  s: 'h',
  S: 'H',
  i: 'i',
  I: 'I',
  l: 'q',
  L: 'Q',
  e: 'e',
  f: 'f',
  g: 'd',
  // Days, and times of day, as integers; Arrow's own format string says of what.
  tdD: 'i',
  tdm: 'q',
  tts: 'i',
  ttm: 'i',
  ttu: 'q',
  ttn: 'q',
  tDs: 'q',
  tDm: 'q',
  tDu: 'q',
  tDn: 'q',
  tiM: 'i',
};

const BYTES: Readonly<Record<string, ArrowKind>> = {
  u: { kind: 'utf8', offsets: 'i' },
  U: { kind: 'utf8', offsets: 'q' },
  z: { kind: 'binary', offsets: 'i' },
  Z: { kind: 'binary', offsets: 'q' },
  '+l': { kind: 'list', offsets: 'i' },
  '+L': { kind: 'list', offsets: 'q' },
  '+s': { kind: 'struct' },
  b: { kind: 'boolean' },
  n: { kind: 'null' },
};

const DECIMAL_BYTES: Readonly<Record<string, string>> = { 32: 'i', 64: 'q', 128: '16s', 256: '32s' };

/** What an Arrow format string means; null for one that is not read here. */
export function arrowKind(format: string): ArrowKind | null {
  const primitive = Object.hasOwn(PRIMITIVES, format) ? PRIMITIVES[format] : undefined;
  if (primitive !== undefined) return { kind: 'primitive', format: primitive };
  const other = Object.hasOwn(BYTES, format) ? BYTES[format] : undefined;
  if (other !== undefined) return other;
  if (/^ts[smun]:/.test(format)) return { kind: 'primitive', format: 'q' };
  const sized = /^(w|\+w):(\d{1,9})$/.exec(format);
  if (sized !== null) {
    const size = Number(sized[2]);
    if (sized[1] === '+w') return { kind: 'fixed-size-list', size };
    return size === 0 ? null : { kind: 'primitive', format: `${size}s` };
  }
  const decimal = /^d:\d+,-?\d+(?:,(\d+))?$/.exec(format);
  const bytes = decimal === null ? undefined : DECIMAL_BYTES[decimal[1] ?? '128'];
  return bytes === undefined ? null : { kind: 'primitive', format: bytes };
}

const BUFFERS = {
  null: 0,
  primitive: 2,
  boolean: 2,
  utf8: 3,
  binary: 3,
  'fixed-size-list': 1,
  list: 2,
  struct: 1,
};

/** How many buffers a column of a kind has. */
export function bufferCount({ kind }: ArrowKind): number {
  return BUFFERS[kind];
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

/**
 * Arrow's format for the elements of a view.
 *
 * @param code - one native scalar, or null
 * @param itemsize - bytes
 * @returns null where Arrow has none
 */
export function arrowFormatOf(code: string | null, itemsize: number): string | null {
  if (code === 's') return `w:${itemsize}`;
  const format = code === null ? undefined : CODES.get(code);
  if ((code === 'l' || code === 'L') && itemsize === 4) return code === 'l' ? 'i' : 'I';
  return format ?? null;
}
