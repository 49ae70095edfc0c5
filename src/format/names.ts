/**
 * numpy's names of types, and the formats that they mean. A few types have no code in PEP 3118 (dates, time spans, void bytes, bfloat16 and
 * the 8-bit floats): the parser reads their names where a code may stand, and a scalar remembers which it was.
 */
import { CODE_WIDTHS, FLOAT8, type ScalarCode } from './format.js';

/** Sized names whose type has a code of its own. */
const FORMATS_BY_NAME: ReadonlyMap<string, string> = new Map([
  ['bool', '?'],
  ['int8', 'b'],
  ['uint8', 'B'],
  ['int16', 'h'],
  ['uint16', 'H'],
  ['int32', 'i'],
  ['uint32', 'I'],
  ['int64', 'q'],
  ['uint64', 'Q'],
  ['float16', 'e'],
  ['float32', 'f'],
  ['float64', 'd'],
  ['float128', 'g'],
  ['complex64', 'Zf'],
  ['complex128', 'Zd'],
  ['complex256', 'Zg'],
]);

/**
 * The format that a name of a whole type means; null for any other text, names that the grammar reads by itself among them.
 *
 * @param text - such as `'float32'`, `'bytes40'` or `'str160'`; the numbers are bits, as numpy counts
 */
export function formatOfName(text: string): string | null {
  const known = FORMATS_BY_NAME.get(text);
  if (known !== undefined) return known;
  const [, kind, digits] = /^(bytes|str)(\d{1,15})$/.exec(text) ?? [];
  if (kind === undefined) return null;
  const bits = Number(digits);
  const unit = kind === 'str' ? 32 : 8;
  return bits % unit === 0 ? `${bits / unit}${kind === 'str' ? 'w' : 's'}` : null;
}

/** A type's name in a format, at a place where a code may stand. */
export interface TypeWord {
  /** The name as numpy writes it. */
  readonly name: string;
  /** Characters that the name took. */
  readonly length: number;
  /** The code as which its values are read. */
  readonly code: ScalarCode;
  /** The count before that code; 1 where it takes none. */
  readonly units: number;
}

const DATES = /(datetime64|timedelta64)(?:\[(\d{0,10})(generic|[YMWDhms]|[munpfa]s)\])?/y;
const VOID = /void(\d{1,15})/y;
const FLOATS = /bfloat16|float8_e\dm\d(?:b11)?(?:fnuz|fnu|fn)?/y;

/**
 * Reads a type's name at a place in a format.
 *
 * @returns null where none starts there
 */
export function typeWordAt(text: string, at: number): TypeWord | null {
  // Nearly all formats end here: no other code is followed by these letters.
  const next = text.slice(at, at + 2);
  if (next === 'da' || next === 'ti') return dateAt(text, at);
  if (next === 'vo') {
    const [found, digits] = matchAt(VOID, text, at);
    const bits = Number(digits);
    if (found === undefined || bits % 8 !== 0) return null;
    return { name: `void${bits}`, length: found.length, code: 's', units: bits / 8 };
  }
  if (next !== 'bf' && next !== 'fl') return null;
  const [name] = matchAt(FLOATS, text, at);
  if (name === undefined) return null;
  const code = name as ScalarCode;
  return CODE_WIDTHS.has(code) ? { name, length: name.length, code, units: 1 } : null;
}

function dateAt(text: string, at: number): TypeWord | null {
  const [found, kind, digits = '', unit = 'generic'] = matchAt(DATES, text, at);
  if (found === undefined || kind === undefined) return null;
  const step = digits === '' ? 1 : Number(digits);
  // numpy counts steps in an int, and a type without a unit has no step.
  if (step < 1 || step > 0x7fffffff || (unit === 'generic' && step !== 1)) return null;
  const shownUnit = unit === 'generic' ? '' : `[${step === 1 ? '' : step}${unit}]`;
  return { name: kind + shownUnit, length: found.length, code: 'q', units: 1 };
}

function matchAt(pattern: RegExp, text: string, at: number): readonly (string | undefined)[] {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? [];
}

const NAMES: ReadonlyMap<ScalarCode, string> = new Map<ScalarCode, string>([
  ['?', 'bool'],
  ['e', 'float16'],
  ['f', 'float32'],
  ['d', 'float64'],
  ['g', 'float128'],
  ['Zf', 'complex64'],
  ['Zd', 'complex128'],
  ['Zg', 'complex256'],
  ['bfloat16', 'bfloat16'],
  ...FLOAT8.map((code): [ScalarCode, string] => [code, code]),
]);

/**
 * numpy's name of a scalar's type, which does not depend on the byte order.
 *
 * @param word - the name that the format itself had for it, or null
 * @returns null where numpy has no such type
 */
export function dtypeOf(code: ScalarCode, size: number, word: string | null): string | null {
  if (word !== null) return word;
  if ('bhilqn'.includes(code)) return `int${8 * size}`;
  if ('BHILQN'.includes(code)) return `uint${8 * size}`;
  if (code === 's' || code === 'c') return `bytes${8 * size}`;
  if (code === 'w') return `str${8 * size}`;
  if (code === 'x') return `void${8 * size}`;
  return NAMES.get(code) ?? null;
}

/**
 * A field's name as it stands between the colons of a format. Before a colon a backslash takes the colon into the name; `\=` ends the name,
 * and numpy's title of the field follows.
 */
export function nameText(name: string, title: string | null): string {
  const escaped = (text: string): string => text.replace(/\\(?=[\\:=]|$)/g, '\\\\').replaceAll(':', '\\:');
  return title === null ? escaped(name) : `${escaped(name)}\\=${escaped(title)}`;
}

/** A field's name, and numpy's title of it. */
export interface FieldNames {
  readonly name: string;
  readonly title: string | null;
}

/** Reads what {@link nameText} writes. Other backslashes are themselves. */
export function namesOf(text: string): FieldNames {
  if (!text.includes('\\')) return { name: text, title: null };
  const parts: string[] = [''];
  for (let i = 0; i < text.length; i++) {
    const next = text[i] === '\\' ? text[i + 1] : undefined;
    if (next === '=' && parts.length === 1) parts.push('');
    else parts[parts.length - 1] += next === ':' || next === '\\' || next === '=' ? next : text[i]!;
    if (next === ':' || next === '\\' || next === '=') i++;
  }
  return { name: parts[0]!, title: parts[1] ?? null };
}

/** The shapes of nested sub-arrays, the outermost first; one where they are not nested, none for a lone value. */
export function shapesOf(
  shape: readonly number[],
  nested: readonly number[] | null,
): readonly (readonly number[])[] {
  if (shape.length === 0) return [];
  if (nested === null) return [shape];
  const starts = nested.map((_, i) => nested.slice(0, i).reduce((sum, length) => sum + length, 0));
  // A count is one more dimension of the last.
  return starts.map((start, i) => shape.slice(start, starts[i + 1]));
}
