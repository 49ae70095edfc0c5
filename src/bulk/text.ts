/** The bytes of a view as text: hexadecimal digits as Python writes them, and decoded characters. */
import { constants } from 'node:buffer';
import { types } from 'node:util';
import { readInteger, readString } from '../arguments.js';
import { rangeError, shown } from '../errors.js';
import { firstBytes } from '../format/own-bytes.js';
import { isCContiguous } from '../layout/layout.js';
import { nbytesOf, type Span } from '../span/span.js';
import { gather } from './copy.js';

/** Python's `memoryview.hex(sep, bytes_per_sep)`: groups are counted from the right, or from the left where negative. */
export function hexText(span: Span, sep: unknown, bytesPerSep: unknown): string {
  const separator = sep === undefined ? '' : readSeparator(sep);
  const per = bytesPerSep === undefined ? 1 : readInteger('hex: bytesPerSep', bytesPerSep);
  const nbytes = nbytesOf(span);
  const group = Math.min(Math.abs(per), nbytes);
  const seps = separator === '' || group === 0 ? 0 : Math.ceil(nbytes / group) - 1;
  checkTextLength('hex', 2 * nbytes + seps);
  const digits = denseBytes('hex', span).toString('hex');
  if (seps === 0) return digits;
  const first = per > 0 ? nbytes - seps * group : group;
  const groups = [digits.slice(0, 2 * first)];
  for (let at = first; at < nbytes; at += group) groups.push(digits.slice(2 * at, 2 * (at + group)));
  return groups.join(separator);
}

function readSeparator(sep: unknown): string {
  // Python takes a byte as well.
  const text = types.isUint8Array(sep)
    ? String.fromCharCode(...firstBytes(sep, 2))
    : readString('hex: sep', sep);
  if (text.length !== 1 || text.charCodeAt(0) > 127) {
    throw rangeError('ERR_OUT_OF_RANGE', `hex: sep is ${shown(text)}, expected one ASCII character`);
  }
  return text;
}

const UTF_16_BE = /^utf-?16-?be$/i;

/** The bytes as text in one of Node's encodings, or in big-endian UTF-16, which Node lacks. */
export function decodeText(span: Span, encoding: unknown = 'utf8'): string {
  const name = readString('decode: encoding', encoding);
  if (UTF_16_BE.test(name)) return decodedFrom(swapped(denseBytes('decode', span)), 'utf16le');
  if (!Buffer.isEncoding(name)) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `decode: encoding ${shown(name)} given, expected "utf-16be" or one of Node's ("utf8", "latin1", "utf16le" …)`,
    );
  }
  return decodedFrom(denseBytes('decode', span), name);
}

/** A copy with each pair of bytes reversed; a byte that is left over is dropped, as Node does. */
function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}

function decodedFrom(bytes: Buffer, name: BufferEncoding): string {
  try {
    return bytes.toString(name);
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ERR_STRING_TOO_LONG')
      throw tooLong('decode', bytes.length);
    throw error;
  }
}

/** The bytes of a span in C order: its own where they are contiguous, else a copy. */
function denseBytes(subject: string, span: Span): Buffer {
  const { region, layout, format } = span;
  const nbytes = nbytesOf(span);
  // An empty span may lie anywhere, also outside of the buffer.
  if (nbytes === 0 || span.indirect !== null || !isCContiguous(layout, format.itemsize)) {
    return gather(subject, span, 'C');
  }
  return Buffer.from(region.buffer, layout.offset, nbytes);
}

function checkTextLength(subject: string, length: number): void {
  if (length > constants.MAX_STRING_LENGTH) throw tooLong(subject, length);
}

function tooLong(subject: string, length: number): Error {
  return rangeError(
    'ERR_OUT_OF_MEMORY',
    `${subject}: ${length} characters needed, expected at most ${constants.MAX_STRING_LENGTH}; slice the view`,
  );
}
