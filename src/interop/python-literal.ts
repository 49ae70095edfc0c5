/**
 * Reads the one Python expression that stands in a `.npy` header, as `ast.literal_eval` does: dicts, tuples, lists, strings,
 * integers and the three constants. Nothing is ever evaluated, so code in a header is a syntax error.
 */
import { rangeError, shown } from '../errors.js';

/** A Python value: a tuple and a list stay apart, a dict keeps the order of its keys. */
export type Literal =
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Literal, Literal])[] }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Literal[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'constant'; readonly value: boolean | null };

const DEEPEST = 32;
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

/**
 * Parses a whole text.
 *
 * @param subject - the call, for messages
 * @throws RangeError `ERR_OUT_OF_RANGE` for anything but a literal, with its place
 */
export function parseLiteral(subject: string, text: string): Literal {
  const reader = new Reader(subject, text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #subject: string;
  readonly #text: string;
  #at = 0;

  constructor(subject: string, text: string) {
    this.#subject = subject;
    this.#text = text;
  }

  value(depth: number): Literal {
    if (depth > DEEPEST) this.#fail('is nested too deeply');
    const next = this.#peek();
    if (next === '{') return this.#dict(depth);
    if (next === '[') return { kind: 'list', items: this.#items('[', ']', depth).items };
    if (next === '(') return this.#parenthesized(depth);
    if (next === "'" || next === '"') return { kind: 'text', text: this.#string(next) };
    const integer = this.#match(/[+-]?\d+/y);
    if (integer !== null) {
      // Headers that Python 2 wrote have an L behind long integers.
      this.#match(/L/y);
      return { kind: 'integer', value: BigInt(integer) };
    }
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
    // In Python it is the comma that makes a tuple of one.
    if (items.length === 1 && !comma) return items[0]!;
    return { kind: 'tuple', items };
  }

  #items(open: string, close: string, depth: number): { items: Literal[]; comma: boolean } {
    const items: Literal[] = [];
    let comma = false;
    this.#take(open);
    while (this.#peek() !== close) {
      items.push(this.value(depth + 1));
      comma = this.#peek() === ',';
      if (this.#peek() !== close) this.#take(',');
    }
    this.#take(close);
    return { items, comma };
  }

  #string(quote: string): string {
    this.#at++;
    let text = '';
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined || char === '\n') return this.#fail('has a string without an end');
      if (char === quote) return text;
      text += char === '\\' ? this.#escape() : char;
    }
  }

  #escape(): string {
    const char = this.#text[this.#at++] ?? '';
    const known = ESCAPES.get(char);
    if (known !== undefined) return known;
    const digits = { x: 2, u: 4, U: 8 }[char];
    if (digits === undefined) return this.#fail(`has the escape ${shown(`\\${char}`)}, which is none`);
    const hex = this.#text.slice(this.#at, this.#at + digits);
    const point = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
    if (point < 0 || point > 0x10ffff)
      return this.#fail(`has the escape ${shown(`\\${char}${hex}`)}, which is none`);
    this.#at += digits;
    return String.fromCodePoint(point);
  }

  /** The next character that is no space; '' at the end. */
  #peek(): string {
    while (' \t\r\n\f'.includes(this.#text[this.#at] ?? '.')) this.#at++;
    return this.#text[this.#at] ?? '';
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
