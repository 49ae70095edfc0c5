/**
 * Python's own syntax for an index, as text: `1:5, ::-1, ..., 0`. What stands between the brackets in Python stands in the
 * string here, in so far as it is made of integer literals, colons, `...`, `None` and `newaxis`.
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

// Python itself refuses to read an integer literal of more digits.
const MOST_DIGITS = 4300;

/**
 * Reads an index that is written in Python's syntax.
 *
 * @param subject - the call, for the message
 * @param text - one or more parts, split by commas
 * @throws TypeError `ERR_INVALID_ARG` with the position where the text stops to be Python's syntax
 */
export function readText(subject: string, text: string): WrittenPart[] {
  const parts: WrittenPart[] = [];
  let at = 0;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return null;
    at = pattern.lastIndex;
    return found[0];
  };
  const fail = (): never => {
    const found = at < text.length ? `${shown(text.slice(at))} at ${at}` : `an end at ${at}`;
    const expected = 'expected an index in Python’s syntax, such as "1:5, ::-1, ..., 0"';
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(text)} has ${found}, ${expected}`);
  };
  const integer = (): bigint | null => {
    const start = at;
    const signs = take(SIGNS)!;
    const from = at;
    const digits = take(INTEGER);
    if (digits === null || digits.length > MOST_DIGITS) {
      if (signs === '' && digits === null) return null;
      at = digits === null ? start : from;
      return fail();
    }
    let value = BigInt(digits.replaceAll('_', ''));
    for (let i = signs.length - 1; i >= 0; i--) {
      if (signs[i] === '-') value = -value;
      else if (signs[i] === '~') value = ~value;
    }
    return value;
  };
  const bound = (): bigint | null | undefined => {
    const value = integer();
    if (value !== null) return value;
    const start = at;
    const word = take(WORD);
    // Numpy's newaxis is None by another name.
    if (word === 'None' || word === 'newaxis') return null;
    at = start;
    return undefined;
  };
  const colon = (): boolean => {
    take(BLANK);
    if (text[at] !== ':') return false;
    at++;
    take(BLANK);
    return true;
  };
  const part = (): WrittenPart => {
    const start = bound();
    if (colon()) {
      const stop = bound();
      const step = colon() ? bound() : null;
      return { kind: 'range', start: start ?? null, stop: stop ?? null, step: step ?? null };
    }
    if (start === null) return { kind: 'newaxis' };
    if (start !== undefined) return { kind: 'index', value: start };
    if (take(WORD) === null) fail();
    return { kind: 'ellipsis' };
  };

  do {
    take(BLANK);
    if (parts.length > 0 && at === text.length) return parts;
    parts.push(part());
    take(BLANK);
  } while (text[at] === ',' && at++ >= 0);
  return at === text.length ? parts : fail();
}
