/**
 * Scans the text of a format: byte order marks, numbers, shapes, names and signatures, each from where the last one ended. It knows the
 * grammar of these parts and no sizes of codes. Its errors name the position.
 */
import { shown, typeError } from '../errors.js';
import type { ByteOrder } from './format.js';
import { type FieldNames, namesOf } from './names.js';

/** The most dimensions of a view, and the most levels of `T{…}`: both are walked by recursion. */
export const MAX_LEVELS = 64;

export type Grammar = 'struct' | 'pep3118';

export class FormatScanner {
  readonly text: string;
  readonly grammar: Grammar;
  /** Where reading goes on. */
  at = 0;
  /** The byte order in force there. */
  order: ByteOrder = '@';
  /** Dimensions of each of the shapes that were read last. */
  groups: number[] = [];

  constructor(text: string, grammar: Grammar) {
    this.text = text;
    this.grammar = grammar;
  }

  skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }

  /** Reads a byte order mark, if there is one here and the grammar allows it. */
  mark(): void {
    if (this.grammar === 'pep3118' && this.readMark()) this.skipSpace();
  }

  readMark(): boolean {
    const mark = this.text[this.at];
    if (mark === undefined || !'@=<>!^'.includes(mark)) return false;
    if (mark === '^' && this.grammar === 'struct') return false;
    this.order = mark as ByteOrder;
    this.at++;
    return true;
  }

  integer(): number {
    const start = this.at;
    let value = 0;
    while (isDigit(this.text.charCodeAt(this.at))) {
      value = value * 10 + (this.text.charCodeAt(this.at++) - 48);
    }
    return this.checked(value, start);
  }

  /** The shapes before an item, joined; numpy has one for each of the sub-arrays that a sub-array is of. */
  dims(dimsAbove: number): readonly number[] | null {
    const text = this.text;
    this.groups = [];
    if (this.grammar === 'struct' || text[this.at] !== '(') return null;
    const dims: number[] = [];
    for (;;) {
      const before = dims.length;
      this.#shape(dims, dimsAbove);
      this.groups.push(dims.length - before);
      this.skipSpace();
      if (text[this.at] !== '(') break;
    }
    return Object.freeze(dims);
  }

  #shape(dims: number[], dimsAbove: number): void {
    const text = this.text;
    this.at++;
    for (;;) {
      this.skipSpace();
      if (this.at >= text.length) throw this.error('has no closing ")"');
      if (!isDigit(text.charCodeAt(this.at))) throw this.error('has no number where a dimension must come');
      if (dims.length + dimsAbove >= MAX_LEVELS) throw this.error(`has more than ${MAX_LEVELS} dimensions`);
      dims.push(this.integer());
      this.skipSpace();
      const next = text[this.at];
      if (next === ')') break;
      if (next === undefined) throw this.error('has no closing ")"');
      if (next !== ',') throw this.error('has no "," or ")" after a dimension');
      this.at++;
    }
    this.at++;
  }

  /** The `{…}` of a function pointer: PEP 3118 leaves the inside open, so the braces only have to match. */
  signature(): void {
    const text = this.text;
    const open = this.at;
    if (text[open] !== '{') throw this.error('has an "X" without "{"');
    let depth = 0;
    for (let at = open; at < text.length; at++) {
      if (text[at] === '{') depth++;
      else if (text[at] === '}' && --depth === 0) {
        this.at = at + 1;
        return;
      }
    }
    throw this.error('has no closing "}"', text.length);
  }

  /** The name behind an item, with its title; null where there is none. */
  name(level: number): FieldNames | null {
    const text = this.text;
    if (this.grammar === 'struct') return null;
    const before = this.at;
    this.skipSpace();
    if (text[this.at] !== ':') {
      this.at = before;
      return null;
    }
    let end = text.indexOf(':', this.at + 1);
    while (end > 0 && isEscaped(text, this.at + 1, end)) end = text.indexOf(':', end + 1);
    if (end < 0) {
      const open = level > 0 && !text.includes('}', this.at);
      throw this.error(open ? 'has no closing "}"' : 'has no closing ":" after a name', text.length);
    }
    const names = namesOf(text.slice(this.at + 1, end));
    this.at = end + 1;
    return names;
  }

  /** The number of items. */
  product(dims: readonly number[] | null, count: number): number {
    if (dims === null) return count;
    if (count === 0 || dims.includes(0)) return 0;
    return dims.reduce((product, dim) => this.checked(product * dim), count);
  }

  /** A size that a number holds exactly. @throws TypeError `ERR_FORMAT` for one beyond */
  checked(bytes: number, at: number = this.at): number {
    if (bytes > Number.MAX_SAFE_INTEGER) throw this.error('has a size beyond 2^53 bytes', at);
    return bytes;
  }

  error(what: string, at: number = this.at): TypeError {
    return typeError('ERR_FORMAT', `format ${shown(this.text)} ${what} (at ${at})`);
  }
}

/** Whether the character at `end` of a name that starts at `start` has an escaping backslash before it. */
function isEscaped(text: string, start: number, end: number): boolean {
  let backslashes = 0;
  while (end - 1 - backslashes >= start && text[end - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

export function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}
