/**
 * Format strings, from text to a frozen tree: the grammar of Python's `struct` and the additions of PEP 3118, with
 * struct's padding in a bare sequence and numpy's in `T{…}`. It reads no memory. Its time is linear in
 * the text, because nesting is limited and counts are never unrolled.
 */
import { shown, typeError } from '../errors.js';
import { type RawField, recordOf, topItem } from './assemble.js';
import {
  type ByteOrder,
  CODE_WIDTHS,
  countIsLength,
  type Format,
  hostIsLittleEndian,
  isOpaque,
  type RecordItem,
  type Scalar,
  type ScalarCode,
} from './format.js';
import { dtypeOf, formatOfName, type Names, namesOf, type Word, wordAt } from './names.js';

export type { ByteOrder, Field, Format, Item, RecordItem, Scalar, ScalarCode, Sequence } from './format.js';

// A view has at most 64 dimensions, and so much for the levels of T{…}: both are walked by recursion.
const MAX_LEVELS = 64;
const MAX_CACHED = 512;
const LONGEST_CACHED = 512;

type Grammar = 'struct' | 'pep3118';

const cached: Readonly<Record<Grammar, Map<string, Format>>> = { struct: new Map(), pep3118: new Map() };

/**
 * Reads a format string: all of Python's `struct` syntax and, of PEP 3118's additions, `T{…}`, sub-arrays, names, `Zf Zd`,
 * `u w`, `^`, byte order marks anywhere and whitespace. `O & X{} t` are carried with a size. numpy's sized name of a type, such as
 * `'float32'`, is read as the format that it means.
 *
 * @param text - the format, as Python writes it, or a type's name
 * @returns the frozen format; the same object for the same text while it is cached
 * @throws TypeError `ERR_FORMAT` for a value that is not a string or not a format, with the position (in UTF-16 units)
 */
export function parseFormat(text: unknown): Format {
  return parsed(text, 'pep3118');
}

/**
 * Reads a format string in Python's `struct` grammar only: a byte order mark at the start or none, then codes with
 * counts. PEP 3118's additions are errors here.
 *
 * @throws TypeError `ERR_FORMAT` for a value that is not a string or not such a format, with the position
 */
export function parseStruct(text: unknown): Format {
  return parsed(text, 'struct');
}

function parsed(text: unknown, grammar: Grammar): Format {
  if (typeof text !== 'string') {
    throw typeError(
      'ERR_FORMAT',
      `format: ${shown(text)} given, expected a format string such as "d" or "<i"`,
    );
  }
  const cache = cached[grammar];
  const known = cache.get(text);
  if (known !== undefined) return known;
  const meant = grammar === 'pep3118' ? formatOfName(text) : null;
  const format = meant === null ? new Parser(text, grammar).format() : parsed(meant, grammar);
  if (text.length <= LONGEST_CACHED) {
    if (cache.size >= MAX_CACHED) {
      for (const oldest of cache.keys()) {
        cache.delete(oldest);
        break;
      }
    }
    cache.set(text, format);
  }
  return format;
}

interface Body {
  readonly fields: readonly RawField[];
  readonly size: number;
  readonly alignment: number;
}

class Parser {
  readonly #text: string;
  readonly #grammar: Grammar;
  #at = 0;
  #order: ByteOrder = '@';
  #decodable = true;
  #comparable = true;
  /** Dimensions of each of the shapes that were read last. */
  #groups: number[] = [];
  /** Where one of numpy's names stands for a type that has a code too. */
  readonly #words: { readonly start: number; readonly end: number; readonly code: string }[] = [];

  constructor(text: string, grammar: Grammar) {
    this.#text = text;
    this.#grammar = grammar;
  }

  format(): Format {
    const text = this.#text;
    this.#skipSpace();
    // struct knows a mark as the very first character only; a mark alone is a format of size 0.
    if (this.#grammar === 'struct') {
      if (this.#at === 0 && this.#readMark()) this.#skipSpace();
    } else {
      const start = this.#at;
      if (this.#readMark()) {
        this.#skipSpace();
        if (this.#at < text.length) this.#at = start;
      }
    }
    const { fields, size, alignment } = this.#body(0, 0);
    const shown = this.#coded('', 0);
    const item = topItem(fields, size, shown, text);
    const only = fields.length === 1 && item.kind === 'scalar' && !fields[0]!.counted ? item : null;
    return Object.freeze({
      text: shown,
      source: text,
      dtype: item.kind === 'scalar' ? dtypeOf(item.code, item.size, item.word) : null,
      itemsize: size,
      alignment,
      item,
      code: only === null ? null : only.code,
      littleEndian: only === null ? hostIsLittleEndian : only.littleEndian,
      isNative: /^@?[cbBhHiIlLqQnNefd?P]$/.test(text),
      decodable: this.#decodable,
      comparable: this.#decodable && this.#comparable,
    });
  }

  /** Items up to the end of the text, or to the `}` that closes level `level`. */
  #body(level: number, dimsAbove: number): Body {
    const text = this.#text;
    const fields: RawField[] = [];
    const names = new Set<string>();
    let offset = 0;
    let alignment = 1;
    for (;;) {
      this.#skipSpace();
      if (this.#at >= text.length) {
        if (level > 0) throw this.#error('has no closing "}"');
        break;
      }
      if (level > 0 && text[this.#at] === '}') {
        this.#at++;
        break;
      }
      const dims = this.#dims(dimsAbove);
      const nested = this.#groups.length > 1 ? Object.freeze(this.#groups) : null;
      this.#mark();
      const counted = isDigit(text.charCodeAt(this.#at));
      const count = counted ? this.#integer() : 1;
      const part = this.#part(count, level, dimsAbove + (dims?.length ?? 0));
      const { item } = part;
      const times = item.kind === 'scalar' && countIsLength(item.code) ? 1 : count;
      const nbytes = this.#checked(this.#product(dims, times) * item.size);
      if (this.#order === '@') {
        offset = this.#checked(alignedUp(offset, part.align));
        alignment = Math.max(alignment, part.align);
      }
      const named = this.#name(level);
      const name = named === null ? null : named.name;
      if (name !== null) {
        if (names.has(name)) throw this.#error(`has two fields named ${shown(name)}`);
        names.add(name);
      }
      if (name !== null || item.kind !== 'scalar' || item.code !== 'x') {
        const title = named === null ? null : named.title;
        fields.push({ name, title, offset, dims, nested, count: times, counted, nbytes, item });
      }
      offset = this.#checked(offset + nbytes);
    }
    // As numpy does it, the order that is in force at the brace says whether the record is padded to its alignment.
    const size = level > 0 && this.#order === '@' ? this.#checked(alignedUp(offset, alignment)) : offset;
    return { fields, size, alignment };
  }

  #part(count: number, level: number, dims: number): { item: Scalar | RecordItem; align: number } {
    const text = this.#text;
    const start = this.#at;
    const order = this.#order;
    const prefix = order === '@' ? '' : order;
    if (this.#grammar === 'pep3118' && text.startsWith('T{', start)) {
      if (level >= MAX_LEVELS) throw this.#error(`nests deeper than ${MAX_LEVELS} levels`);
      this.#at += 2;
      const { fields, size, alignment } = this.#body(level + 1, dims);
      const item = recordOf(fields, size, this.#coded(prefix, start), prefix + text.slice(start, this.#at));
      return { item, align: alignment };
    }
    const word = this.#grammar === 'pep3118' ? wordAt(text, start) : null;
    if (word !== null) {
      if (count !== 1 && countIsLength(word.code))
        throw this.#error(`has a count before ${shown(word.name)}`, start);
      return this.#worded(word, prefix);
    }
    const code = this.#code(level);
    const { native, standard, align } = CODE_WIDTHS.get(code)!;
    const width = order === '@' || order === '^' ? native : standard;
    if (width === 0)
      throw this.#error(`has ${shown(code)} under ${shown(order)}, where it has no size`, start);
    if (isOpaque(code)) this.#decodable = false;
    if (code === 'g' || code === 'Zg') this.#comparable = false;
    if (code === '&') this.#pointee(level, dims);
    else if (code === 'X') this.#signature();
    const units = countIsLength(code) ? count : 1;
    const size = this.#checked(code === 't' ? Math.ceil(units / 8) : units * width);
    const length = units === 1 ? '' : String(units);
    const littleEndian = order === '>' || order === '!' ? false : order === '<' || hostIsLittleEndian;
    const scalarText = prefix + length + this.#coded('', start);
    const source = prefix + length + text.slice(start, this.#at);
    const item: Scalar = Object.freeze({
      kind: 'scalar',
      code,
      size,
      littleEndian,
      text: scalarText,
      source,
      word: null,
    });
    return { item, align };
  }

  /** A type that numpy's name stands for. Its count is a number of values, as with any code that has one size. */
  #worded({ name, length, code, units }: Word, prefix: string): { item: Scalar; align: number } {
    const start = this.#at;
    const { native, align } = CODE_WIDTHS.get(code)!;
    const codeText = code === name ? name : `${units === 1 ? '' : units}${code}`;
    if (isOpaque(code)) this.#decodable = false;
    this.#at += length;
    if (code !== name) this.#words.push({ start, end: this.#at, code: codeText });
    const order = this.#order;
    const littleEndian = order === '>' || order === '!' ? false : order === '<' || hostIsLittleEndian;
    const item: Scalar = Object.freeze({
      kind: 'scalar',
      code,
      size: this.#checked(native * units),
      littleEndian,
      text: prefix + codeText,
      source: prefix + name,
      word: name,
    });
    return { item, align };
  }

  /** The text from `start` to here with codes for numpy's names, behind a prefix. */
  #coded(prefix: string, start: number): string {
    const words = this.#words;
    let first = words.length;
    while (first > 0 && words[first - 1]!.start >= start) first--;
    let text = prefix;
    let from = start;
    for (let i = first; i < words.length; i++) {
      text += this.#text.slice(from, words[i]!.start) + words[i]!.code;
      from = words[i]!.end;
    }
    return text + this.#text.slice(from, this.#at);
  }

  #code(level: number): ScalarCode {
    const text = this.#text;
    if (level === 0 && text[this.#at] === '}') throw this.#error('has a "}" that closes nothing');
    if (this.#at >= text.length || text[this.#at] === '}')
      throw this.#error('has no code where one must come');
    const length = text[this.#at] === 'Z' ? 2 : 1;
    const code = text.slice(this.#at, this.#at + length) as ScalarCode;
    const known = CODE_WIDTHS.has(code) && (this.#grammar === 'pep3118' || STRUCT_CODES.includes(code));
    if (!known) {
      const point = String.fromCodePoint(text.codePointAt(this.#at)!);
      const what = length === 2 && this.#grammar === 'pep3118' ? code : point;
      throw this.#error(`has no code ${shown(what)}`);
    }
    this.#at += length;
    return code;
  }

  /** What `&` points to: one item without a name. Its size is of no interest, its syntax is. */
  #pointee(level: number, dims: number): void {
    for (;;) {
      const shape = this.#dims(dims);
      this.#mark();
      const count = isDigit(this.#text.charCodeAt(this.#at)) ? this.#integer() : 1;
      if (this.#text[this.#at] !== '&') {
        this.#part(count, level, dims + (shape?.length ?? 0));
        return;
      }
      this.#at++;
    }
  }

  /** The `{…}` of a function pointer: PEP 3118 leaves the inside open, so the braces only have to match. */
  #signature(): void {
    const text = this.#text;
    const open = this.#at;
    if (text[open] !== '{') throw this.#error('has an "X" without "{"');
    let depth = 0;
    for (let at = open; at < text.length; at++) {
      if (text[at] === '{') depth++;
      else if (text[at] === '}' && --depth === 0) {
        this.#at = at + 1;
        return;
      }
    }
    throw this.#error('has no closing "}"', text.length);
  }

  /** The shapes before an item, joined; numpy has one for each of the sub-arrays that a sub-array is of. */
  #dims(dimsAbove: number): readonly number[] | null {
    const text = this.#text;
    this.#groups = [];
    if (this.#grammar === 'struct' || text[this.#at] !== '(') return null;
    const dims: number[] = [];
    for (;;) {
      const before = dims.length;
      this.#shape(dims, dimsAbove);
      this.#groups.push(dims.length - before);
      this.#skipSpace();
      if (text[this.#at] !== '(') break;
    }
    return Object.freeze(dims);
  }

  #shape(dims: number[], dimsAbove: number): void {
    const text = this.#text;
    this.#at++;
    for (;;) {
      this.#skipSpace();
      if (this.#at >= text.length) throw this.#error('has no closing ")"');
      if (!isDigit(text.charCodeAt(this.#at))) throw this.#error('has no number where a dimension must come');
      if (dims.length + dimsAbove >= MAX_LEVELS) throw this.#error(`has more than ${MAX_LEVELS} dimensions`);
      dims.push(this.#integer());
      this.#skipSpace();
      const next = text[this.#at];
      if (next === ')') break;
      if (next === undefined) throw this.#error('has no closing ")"');
      if (next !== ',') throw this.#error('has no "," or ")" after a dimension');
      this.#at++;
    }
    this.#at++;
  }

  #mark(): void {
    if (this.#grammar === 'pep3118' && this.#readMark()) this.#skipSpace();
  }

  #readMark(): boolean {
    const mark = this.#text[this.#at];
    if (mark === undefined || !'@=<>!^'.includes(mark)) return false;
    if (mark === '^' && this.#grammar === 'struct') return false;
    this.#order = mark as ByteOrder;
    this.#at++;
    return true;
  }

  #name(level: number): Names | null {
    const text = this.#text;
    if (this.#grammar === 'struct') return null;
    const before = this.#at;
    this.#skipSpace();
    if (text[this.#at] !== ':') {
      this.#at = before;
      return null;
    }
    let end = text.indexOf(':', this.#at + 1);
    while (end > 0 && isEscaped(text, this.#at + 1, end)) end = text.indexOf(':', end + 1);
    if (end < 0) {
      const open = level > 0 && !text.includes('}', this.#at);
      throw this.#error(open ? 'has no closing "}"' : 'has no closing ":" after a name', text.length);
    }
    const names = namesOf(text.slice(this.#at + 1, end));
    this.#at = end + 1;
    return names;
  }

  #integer(): number {
    const start = this.#at;
    let value = 0;
    while (isDigit(this.#text.charCodeAt(this.#at))) {
      value = value * 10 + (this.#text.charCodeAt(this.#at++) - 48);
    }
    return this.#checked(value, start);
  }

  #product(dims: readonly number[] | null, count: number): number {
    if (dims === null) return count;
    if (count === 0 || dims.includes(0)) return 0;
    return dims.reduce((product, dim) => this.#checked(product * dim), count);
  }

  #checked(bytes: number, at: number = this.#at): number {
    if (bytes > Number.MAX_SAFE_INTEGER) throw this.#error('has a size beyond 2^53 bytes', at);
    return bytes;
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #error(what: string, at: number = this.#at): TypeError {
    return typeError('ERR_FORMAT', `format ${shown(this.#text)} ${what} (at ${at})`);
  }
}

const STRUCT_CODES: readonly ScalarCode[] = [...'xcbB?hHiIlLqQnNefdspP'] as ScalarCode[];

function alignedUp(offset: number, align: number): number {
  const rest = offset % align;
  return rest === 0 ? offset : offset + (align - rest);
}

/** Whether the character at `end` of a name that starts at `start` has an escaping backslash before it. */
function isEscaped(text: string, start: number, end: number): boolean {
  let backslashes = 0;
  while (end - 1 - backslashes >= start && text[end - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}
