/**
 * Reads the one Python expression in a `.npy` header, as `ast.literal_eval` does: dicts, tuples, lists, strings, numbers and the
 * three constants. It evaluates nothing, so code in a header is a syntax error. Time and memory are linear in the text, and it refuses
 * early long numbers, long tuples and very many parts, which no header needs.
 */
import { rangeError, shown } from '../errors.js';

/** A Python value: a tuple and a list stay apart, a dict keeps the order of its keys. */
export type Literal =
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Literal, Literal])[] }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Literal[] }
  | { readonly kind: 'text' | 'bytes'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float' }
  | { readonly kind: 'constant'; readonly value: boolean | null };

const MAX_LEVELS = 140;
const MAX_DIGITS = 20;
/** No array has more dimensions; the other tuples of a header have two or three items. */
const MAX_TUPLE_ITEMS = 64;
/** Three or four make a field. numpy itself refuses a header of more than 10,000 characters. */
const MAX_PARTS = 32_768;
const MAX_STRING_LENGTH = 65_536;

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\n', ''],
]);
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

const PLAIN_STRING = /'[^'"\\\r\n]+'|"[^'"\\\r\n]+"/y;
/** The first characters of a further string. */
const BEFORE_QUOTES: ReadonlySet<string> = new Set('\'"uUrRbB');

/**
 * Parses a whole text.
 *
 * @param subject - the call, for messages
 * @throws RangeError `ERR_OUT_OF_RANGE` for anything but a literal, with its place
 */
export function parseLiteral(subject: string, text: string): Literal {
  const reader = new LiteralParser(subject, text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class LiteralParser {
  readonly #subject: string;
  readonly #text: string;
  #at = 0;
  #parts = 0;

  constructor(subject: string, text: string) {
    this.#subject = subject;
    this.#text = text;
  }

  value(depth: number): Literal {
    if (depth > MAX_LEVELS) this.#fail('is nested too deeply');
    if (++this.#parts > MAX_PARTS) this.#fail(`has more than ${MAX_PARTS} parts`);
    const next = this.#peek();
    if (next === '{') return this.#dict(depth);
    if (next === '[') return { kind: 'list', items: this.#items('[', ']', depth).items };
    if (next === '(') return this.#parenthesized(depth);
    const quoted = this.#plainString() ?? this.#strings();
    if (quoted !== null) return quoted;
    if ('+-.0123456789'.includes(next) && next !== '') return this.#number();
    const word = this.#match(/[A-Za-z_]\w*/y);
    const constant = word === null ? undefined : CONSTANTS.get(word);
    if (constant !== undefined) return { kind: 'constant', value: constant };
    return this.#fail(`has ${shown(word ?? next)}, expected a Python literal`);
  }

  end(): void {
    if (this.#peek() !== '') this.#fail(`goes on with ${shown(this.#peek())}, expected its end`);
  }

  #dict(depth: number): Literal {
    const entries: (readonly [Literal, Literal])[] = [];
    this.#take('{');
    while (this.#peek() !== '}') {
      const key = this.value(depth + 1);
      this.#take(':');
      entries.push([key, this.value(depth + 1)]);
      if (this.#peek() !== '}') this.#take(',');
    }
    this.#take('}');
    return { kind: 'dict', entries };
  }

  #parenthesized(depth: number): Literal {
    const { items, comma } = this.#items('(', ')', depth);
    // In Python a comma makes a tuple of one.
    if (items.length === 1 && !comma) return items[0]!;
    return { kind: 'tuple', items };
  }

  #items(open: string, close: string, depth: number): { items: Literal[]; comma: boolean } {
    const items: Literal[] = [];
    let comma = false;
    this.#take(open);
    while (this.#peek() !== close) {
      if (open === '(' && items.length === MAX_TUPLE_ITEMS) {
        const message = `has a tuple of over ${MAX_TUPLE_ITEMS} items, expected fewer`;
        throw rangeError('ERR_SHAPE', `${this.#subject}: the header ${message} (at ${this.#at})`);
      }
      items.push(this.value(depth + 1));
      comma = this.#peek() === ',';
      if (this.#peek() !== close) this.#take(',');
    }
    this.#take(close);
    return { items, comma };
  }

  #number(): Literal {
    // One at most, as `ast.literal_eval` takes it.
    const sign = this.#peek();
    if (sign === '+' || sign === '-') this.#at++;
    this.#peek();
    // A point, an exponent or a j.
    const float = /(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*|\d[\d_]*(?=[eEjJ]))(?:[eE][+-]?\d+)?[jJ]?/y;
    if (this.#match(float) !== null) return { kind: 'float' };
    const integer = /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[1-9][\d_]*|0[0_]*/y;
    const digits = this.#match(integer) ?? this.#fail('has no number where one starts');
    if (/^\d/.test(this.#text[this.#at] ?? '') || /__|_$/.test(digits))
      this.#fail('has a number that is none');
    // Headers that Python 2 wrote have an L behind long integers.
    this.#match(/[lL]/y);
    const plain = digits.replaceAll('_', '');
    // The digits of a binary number are those of its decimal one times three, and a bit.
    if (plain.length > (/^0[bB]/.test(plain) ? 66 : MAX_DIGITS)) {
      this.#fail(`has a number of ${plain.length} digits, expected at most ${MAX_DIGITS}`);
    }
    const value = BigInt(plain);
    return { kind: 'integer', value: sign === '-' ? -value : value };
  }

  /**
   * The fast path for one string without prefix, escapes and neighbours, as nearly all are: it takes half the time. Null for any other
   * value.
   */
  #plainString(): Literal | null {
    const start = this.#at;
    const found = this.#match(PLAIN_STRING);
    if (found === null) return null;
    if (found.length < MAX_STRING_LENGTH && !BEFORE_QUOTES.has(this.#peek()))
      return { kind: 'text', text: found.slice(1, -1) };
    this.#at = start;
    return null;
  }

  /** One string, or several that stand together, which Python joins; null where none starts here. */
  #strings(): Literal | null {
    let kind: 'text' | 'bytes' | null = null;
    const pieces: string[] = [];
    for (;;) {
      this.#peek();
      const opening = this.#match(/(?:[uU]|[rR][bB]?|[bB][rR]?)?(?:'''|"""|'|")/y);
      if (opening === null) break;
      const prefix = opening.replace(/['"]+$/, '').toLowerCase();
      const found = prefix.includes('b') ? 'bytes' : 'text';
      if (kind !== null && kind !== found) this.#fail('joins text and bytes');
      kind = found;
      pieces.push(this.#string(opening.slice(prefix.length), prefix.includes('r'), found));
    }
    return kind === null ? null : { kind, text: pieces.join('') };
  }

  /** The content of a string up to its closing quotes. */
  #string(quote: string, raw: boolean, kind: 'text' | 'bytes'): string {
    const text = this.#text;
    const pieces: string[] = [];
    const start = this.#at;
    let from = start;
    for (;;) {
      const char = text[this.#at];
      if (char === undefined || (char === '\n' && quote.length === 1)) {
        return this.#fail('has a string without an end');
      }
      if (char === quote[0] && text.startsWith(quote, this.#at)) break;
      if (this.#at - start > MAX_STRING_LENGTH)
        this.#fail(`has a string of over ${MAX_STRING_LENGTH} characters`);
      this.#at++;
      if (char !== '\\') continue;
      if (raw) {
        this.#at++;
        continue;
      }
      pieces.push(text.slice(from, this.#at - 1), this.#escape(kind));
      from = this.#at;
    }
    pieces.push(text.slice(from, this.#at));
    this.#at += quote.length;
    return pieces.join('');
  }

  #escape(kind: 'text' | 'bytes'): string {
    const octal = this.#match(/[0-7]{1,3}/y);
    if (octal !== null) return String.fromCharCode(Number.parseInt(octal, 8));
    const char = this.#text[this.#at++] ?? '';
    const known = ESCAPES.get(char);
    if (known !== undefined) return known;
    const digits = kind === 'text' || char === 'x' ? HEX_DIGITS.get(char) : undefined;
    // Python leaves an escape that it does not know as it is.
    if (digits === undefined && (char !== 'N' || kind === 'bytes')) return `\\${char}`;
    const hex = this.#text.slice(this.#at, this.#at + (digits ?? 0));
    const point = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
    if (point < 0 || point > 0x10ffff)
      return this.#fail(`has the escape ${shown(`\\${char}${hex}`)}, which is none`);
    this.#at += hex.length;
    return String.fromCodePoint(point);
  }

  /** The next character that is neither space nor comment; '' at the end. */
  #peek(): string {
    const text = this.#text;
    for (;;) {
      const unit = text.charCodeAt(this.#at);
      // Space, tab, line feed, form feed, carriage return.
      if (unit === 32 || unit === 9 || unit === 10 || unit === 12 || unit === 13) this.#at++;
      else if (unit === 35) {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else if (unit === 92 && text[this.#at + 1] === '\n') this.#at += 2;
      else return text[this.#at] ?? '';
    }
  }

  #take(char: string): void {
    if (this.#peek() !== char) this.#fail(`has ${shown(this.#peek())}, expected ${shown(char)}`);
    this.#at++;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [null];
    if (found !== null) this.#at += found.length;
    return found;
  }

  #fail(what: string): never {
    throw rangeError('ERR_OUT_OF_RANGE', `${this.#subject}: the header ${what} (at ${this.#at})`);
  }
}
