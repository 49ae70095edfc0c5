/**
 * Python's own syntax for an index, as text: `1:5, ::-1, ..., 0`. The string is the text between Python's brackets,
 * limited to integer literals, colons, `...`, `None`, `newaxis` and parentheses.
 */
import { shown, typeError } from '../errors.js';

/** A part of an index as it was written; bounds are of any size, null where they are left out. */
export type WrittenPart =
  | { readonly kind: 'index'; readonly value: bigint }
  | {
      readonly kind: 'range';
      readonly start: bigint | null;
      readonly stop: bigint | null;
      readonly step: bigint | null;
    }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'newaxis' };

// Python's blanks inside of brackets; other Unicode spaces are syntax errors there.
const BLANK = /[ \t\f\r\n]*/y;
const SIGNS = /(?:[+\-~][ \t\f\r\n]*)*/y;
const INTEGER =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*|[1-9](?:_?[0-9])*)(?![0-9A-Za-z_.\u0080-\uffff])/y;
const WORD = /(?:\.\.\.|(?:None|newaxis|Ellipsis)(?![0-9A-Za-z_.\u0080-\uffff]))/y;

// Python itself refuses to read an integer literal of more digits, and parentheses nested deeper.
const MAX_DIGITS = 4300;
const MAX_LEVELS = 200;

/** The value of an expression: an integer, `None`, the ellipsis, or a tuple. */
type IndexValue = bigint | null | '...' | readonly IndexValue[];

/**
 * Reads an index that is written in Python's syntax.
 *
 * @param subject - the call, for the message
 * @param text - one or more parts, split by commas; as in Python, a tuple in parentheses may stand for all of them
 * @throws TypeError `ERR_INVALID_ARG` with the position from which the text is not Python's syntax
 */
export function readText(subject: string, text: string): WrittenPart[] {
  return new IndexParser(subject, text).parts();
}

class IndexParser {
  readonly #subject: string;
  readonly #text: string;
  #at = 0;
  #nested = 0;

  constructor(subject: string, text: string) {
    this.#subject = subject;
    this.#text = text;
  }

  parts(): WrittenPart[] {
    const parts: WrittenPart[] = [];
    do {
      this.#take(BLANK);
      if (parts.length > 0 && this.#at === this.#text.length) return parts;
      const start = this.#at;
      const value = this.#expression();
      this.#take(BLANK);
      if (this.#next() === ':') parts.push(this.#range(start, value));
      else if (!Array.isArray(value)) parts.push(this.#part(start, value));
      else if (parts.length === 0 && this.#at === this.#text.length) {
        return value.map((each) => this.#part(start, each));
      } else this.#fail(start);
    } while (this.#next() === ',' && this.#at++ >= 0);
    return this.#at === this.#text.length ? parts : this.#fail();
  }

  #part(start: number, value: IndexValue | undefined): WrittenPart {
    if (value === null) return { kind: 'newaxis' };
    if (value === '...') return { kind: 'ellipsis' };
    return typeof value === 'bigint' ? { kind: 'index', value } : this.#fail(start);
  }

  /** A range, from its first colon on; its start was written at `at`. */
  #range(at: number, value: IndexValue | undefined): WrittenPart {
    const start = this.#bound(at, value);
    const stop = this.#nextBound();
    return { kind: 'range', start, stop, step: this.#next() === ':' ? this.#nextBound() : null };
  }

  #nextBound(): bigint | null {
    this.#at++;
    this.#take(BLANK);
    const start = this.#at;
    const bound = this.#bound(start, this.#expression());
    this.#take(BLANK);
    return bound;
  }

  #bound(start: number, value: IndexValue | undefined): bigint | null {
    if (value === undefined || value === null) return null;
    return typeof value === 'bigint' ? value : this.#fail(start);
  }

  /** Undefined where no expression begins. */
  #expression(): IndexValue | undefined {
    const start = this.#at;
    const signs = this.#take(SIGNS)!;
    const value = this.#next() === '(' ? this.#parenthesised() : (this.#integer() ?? this.#word());
    if (signs === '') return value;
    if (typeof value !== 'bigint') return this.#fail(start);
    let signed = value;
    for (let i = signs.length - 1; i >= 0; i--) {
      if (signs[i] === '-') signed = -signed;
      else if (signs[i] === '~') signed = ~signed;
    }
    return signed;
  }

  /** A tuple; without a comma, the inner expression. */
  #parenthesised(): IndexValue {
    if (++this.#nested > MAX_LEVELS) this.#fail();
    const values: IndexValue[] = [];
    let isTuple = true;
    do {
      this.#at++;
      this.#take(BLANK);
      const value = this.#expression();
      if (value === undefined) break;
      values.push(value);
      this.#take(BLANK);
      isTuple = values.length > 1 || this.#next() === ',';
    } while (this.#next() === ',');
    if (this.#next() !== ')') this.#fail();
    this.#at++;
    this.#nested--;
    return isTuple ? values : values[0]!;
  }

  #integer(): bigint | undefined {
    const start = this.#at;
    const digits = this.#take(INTEGER);
    if (digits === null) return undefined;
    return digits.length > MAX_DIGITS ? this.#fail(start) : BigInt(digits.replaceAll('_', ''));
  }

  #word(): null | '...' | undefined {
    const found = this.#take(WORD);
    if (found === null) return undefined;
    // Numpy's newaxis is None by another name.
    return found === 'None' || found === 'newaxis' ? null : '...';
  }

  #next(): string | undefined {
    return this.#text[this.#at];
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #fail(at: number = this.#at): never {
    const text = this.#text;
    const found = at < text.length ? `${shown(text.slice(at))} at ${at}` : `an end at ${at}`;
    const expected = 'expected an index in Python’s syntax, such as "1:5, ::-1, ..., 0"';
    throw typeError('ERR_INVALID_ARG', `${this.#subject}: ${shown(text)} has ${found}, ${expected}`);
  }
}
