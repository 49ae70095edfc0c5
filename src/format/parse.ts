/**
 * Format strings, from text to a frozen tree: the grammar of Python's `struct` and the additions of PEP 3118, with
 * struct's padding in a bare sequence and numpy's in `T{…}`. It reads no memory. Its time is linear in
 * the text, because nesting is limited and counts are never unrolled.
 */
import { shown, typeError } from '../errors.js';
import { type RawField, recordOf, topItem } from './assemble.js';
import {
  alignedUp,
  CODE_WIDTHS,
  countIsLength,
  type Format,
  hostIsLittleEndian,
  isOpaque,
  type RecordItem,
  type Scalar,
  type ScalarCode,
} from './format.js';
import { FormatScanner, type Grammar, isDigit, MAX_LEVELS } from './format-scanner.js';
import { dtypeOf, formatOfName, type TypeWord, typeWordAt } from './names.js';

export type { ByteOrder, Field, Format, Item, RecordItem, Scalar, ScalarCode, Sequence } from './format.js';

const MAX_CACHED_FORMATS = 512;
const MAX_CACHED_LENGTH = 512;

const cachedFormats: Readonly<Record<Grammar, Map<string, Format>>> = {
  struct: new Map(),
  pep3118: new Map(),
};

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
  const cache = cachedFormats[grammar];
  const known = cache.get(text);
  if (known !== undefined) return known;
  const meant = grammar === 'pep3118' ? formatOfName(text) : null;
  const format = meant === null ? new FormatParser(text, grammar).format() : parsed(meant, grammar);
  if (text.length <= MAX_CACHED_LENGTH) {
    if (cache.size >= MAX_CACHED_FORMATS) {
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

class FormatParser {
  readonly #reader: FormatScanner;
  #decodable = true;
  #comparable = true;
  /** Where one of numpy's names stands for a type that has a code too. */
  readonly #words: { readonly start: number; readonly end: number; readonly code: string }[] = [];

  constructor(text: string, grammar: Grammar) {
    this.#reader = new FormatScanner(text, grammar);
  }

  format(): Format {
    const reader = this.#reader;
    const { text } = reader;
    reader.skipSpace();
    // struct knows a mark as the very first character only; a mark alone is a format of size 0.
    if (reader.grammar === 'struct') {
      if (reader.at === 0 && reader.readMark()) reader.skipSpace();
    } else {
      const start = reader.at;
      if (reader.readMark()) {
        reader.skipSpace();
        if (reader.at < text.length) reader.at = start;
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
    const reader = this.#reader;
    const { text } = reader;
    const fields: RawField[] = [];
    const names = new Set<string>();
    let offset = 0;
    let alignment = 1;
    for (;;) {
      reader.skipSpace();
      if (reader.at >= text.length) {
        if (level > 0) throw reader.error('has no closing "}"');
        break;
      }
      if (level > 0 && text[reader.at] === '}') {
        reader.at++;
        break;
      }
      const dims = reader.dims(dimsAbove);
      const nested = reader.groups.length > 1 ? Object.freeze(reader.groups) : null;
      reader.mark();
      const counted = isDigit(text.charCodeAt(reader.at));
      const count = counted ? reader.integer() : 1;
      const part = this.#part(count, level, dimsAbove + (dims?.length ?? 0));
      const { item } = part;
      const times = item.kind === 'scalar' && countIsLength(item.code) ? 1 : count;
      const nbytes = reader.checked(reader.product(dims, times) * item.size);
      if (reader.order === '@') {
        offset = reader.checked(alignedUp(offset, part.align));
        alignment = Math.max(alignment, part.align);
      }
      const named = reader.name(level);
      const name = named === null ? null : named.name;
      if (name !== null) {
        if (names.has(name)) throw reader.error(`has two fields named ${shown(name)}`);
        names.add(name);
      }
      if (name !== null || item.kind !== 'scalar' || item.code !== 'x') {
        const title = named === null ? null : named.title;
        fields.push({ name, title, offset, dims, nested, count: times, counted, nbytes, item });
      }
      offset = reader.checked(offset + nbytes);
    }
    // As numpy does it, the order that is in force at the brace says whether the record is padded to its alignment.
    const size = level > 0 && reader.order === '@' ? reader.checked(alignedUp(offset, alignment)) : offset;
    return { fields, size, alignment };
  }

  #part(count: number, level: number, dims: number): { item: Scalar | RecordItem; align: number } {
    const reader = this.#reader;
    const { text } = reader;
    const start = reader.at;
    const order = reader.order;
    const prefix = order === '@' ? '' : order;
    if (reader.grammar === 'pep3118' && text.startsWith('T{', start)) {
      if (level >= MAX_LEVELS) throw reader.error(`nests deeper than ${MAX_LEVELS} levels`);
      reader.at += 2;
      const { fields, size, alignment } = this.#body(level + 1, dims);
      const item = recordOf(fields, size, this.#coded(prefix, start), prefix + text.slice(start, reader.at));
      return { item, align: alignment };
    }
    const word = reader.grammar === 'pep3118' ? typeWordAt(text, start) : null;
    if (word !== null) {
      if (count !== 1 && countIsLength(word.code))
        throw reader.error(`has a count before ${shown(word.name)}`, start);
      return this.#worded(word, prefix);
    }
    const code = this.#code(level);
    const { native, standard, align } = CODE_WIDTHS.get(code)!;
    const width = order === '@' || order === '^' ? native : standard;
    if (width === 0)
      throw reader.error(`has ${shown(code)} under ${shown(order)}, where it has no size`, start);
    if (isOpaque(code)) this.#decodable = false;
    if (code === 'g' || code === 'Zg') this.#comparable = false;
    if (code === '&') this.#pointee(level, dims);
    else if (code === 'X') reader.signature();
    const units = countIsLength(code) ? count : 1;
    const size = reader.checked(code === 't' ? Math.ceil(units / 8) : units * width);
    const length = units === 1 ? '' : String(units);
    const littleEndian = order === '>' || order === '!' ? false : order === '<' || hostIsLittleEndian;
    const scalarText = prefix + length + this.#coded('', start);
    const source = prefix + length + text.slice(start, reader.at);
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
  #worded({ name, length, code, units }: TypeWord, prefix: string): { item: Scalar; align: number } {
    const reader = this.#reader;
    const start = reader.at;
    const { native, align } = CODE_WIDTHS.get(code)!;
    const codeText = code === name ? name : `${units === 1 ? '' : units}${code}`;
    if (isOpaque(code)) this.#decodable = false;
    reader.at += length;
    if (code !== name) this.#words.push({ start, end: reader.at, code: codeText });
    const order = reader.order;
    const littleEndian = order === '>' || order === '!' ? false : order === '<' || hostIsLittleEndian;
    const item: Scalar = Object.freeze({
      kind: 'scalar',
      code,
      size: reader.checked(native * units),
      littleEndian,
      text: prefix + codeText,
      source: prefix + name,
      word: name,
    });
    return { item, align };
  }

  /** A prefix, and the text from `start` to here with codes in place of numpy's names. */
  #coded(prefix: string, start: number): string {
    const reader = this.#reader;
    const words = this.#words;
    let first = words.length;
    while (first > 0 && words[first - 1]!.start >= start) first--;
    let text = prefix;
    let from = start;
    for (let i = first; i < words.length; i++) {
      text += reader.text.slice(from, words[i]!.start) + words[i]!.code;
      from = words[i]!.end;
    }
    return text + reader.text.slice(from, reader.at);
  }

  #code(level: number): ScalarCode {
    const reader = this.#reader;
    const { text } = reader;
    if (level === 0 && text[reader.at] === '}') throw reader.error('has a "}" that closes nothing');
    if (reader.at >= text.length || text[reader.at] === '}')
      throw reader.error('has no code where one must come');
    const length = text[reader.at] === 'Z' ? 2 : 1;
    const code = text.slice(reader.at, reader.at + length) as ScalarCode;
    const known = CODE_WIDTHS.has(code) && (reader.grammar === 'pep3118' || STRUCT_CODES.includes(code));
    if (!known) {
      const point = String.fromCodePoint(text.codePointAt(reader.at)!);
      const what = length === 2 && reader.grammar === 'pep3118' ? code : point;
      throw reader.error(`has no code ${shown(what)}`);
    }
    reader.at += length;
    return code;
  }

  /** The target of `&`: one item without a name. Its syntax is checked; its size does not matter. */
  #pointee(level: number, dims: number): void {
    const reader = this.#reader;
    for (;;) {
      const shape = reader.dims(dims);
      reader.mark();
      const count = isDigit(reader.text.charCodeAt(reader.at)) ? reader.integer() : 1;
      if (reader.text[reader.at] !== '&') {
        this.#part(count, level, dims + (shape?.length ?? 0));
        return;
      }
      reader.at++;
    }
  }
}

const STRUCT_CODES: readonly ScalarCode[] = [...'xcbB?hHiIlLqQnNefdspP'] as ScalarCode[];
