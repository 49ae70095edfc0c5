/**
 * PyBuffer: Python 2's `buffer(object, offset, size)`, a read-only window of bytes. It clamps nothing when it is made. Every access
 * reads the object's length again, so a window follows a resizable ArrayBuffer.
 */
import { inspect } from 'node:util';
import { typeError } from '../errors.js';
import { parseFormat } from '../format/parse.js';
import { readBound } from '../layout/index-parts.js';
import { readIndex } from '../layout/read-parts.js';
import { clampSlice } from '../layout/slice.js';
import { registerOffer } from '../span/exporters.js';
import { nbytesNow } from '../span/offer.js';
import { byteLengthOf, type Region } from '../span/region.js';
import { denseSpan, type Span } from '../span/span.js';

const KEY = Symbol('memoryview.buffer');

/** The bytes that a window looks through: those of a region, or of a contiguous view of one. @internal */
export interface Base {
  readonly region: Region;
  /** The first byte, in the region's buffer. */
  readonly start: number;
  /** A view's own bytes; null for all that the exporter offers at the time. */
  readonly nbytes: number | null;
}

/** The bytes of a base that a window shows, before clamping. @internal */
export interface Window {
  readonly base: Base;
  readonly offset: number;
  readonly size: number;
}

/** Makes a window; only `buffer` calls it. @internal */
export let createBuffer: (base: Base, offset: number, size: number) => PyBuffer;
/** The window of a PyBuffer, or null for another object. @internal */
export let windowOf: (value: object) => Window | null;

/** A read-only window of bytes over an object: Python 2.7's `buffer`. Made by `buffer`. */
export class PyBuffer {
  readonly #base: Base;
  readonly #offset: number;
  readonly #size: number;

  private constructor(key: symbol, base: Base, offset: number, size: number) {
    if (key !== KEY) {
      throw typeError('ERR_INVALID_ARG', 'PyBuffer: has no public constructor; use buffer() to make one');
    }
    this.#base = base;
    this.#offset = offset;
    this.#size = size;
  }

  static {
    createBuffer = (base, offset, size) => new PyBuffer(KEY, base, offset, size);
    windowOf = (value) =>
      #base in value ? { base: value.#base, offset: value.#offset, size: value.#size } : null;
    registerOffer((value) => (#base in value ? value.#span() : null));
  }

  /** The window as it is now, in bytes of the region's buffer. */
  #bounds(subject: string): { low: number; high: number } {
    const { region, start, nbytes } = this.#base;
    const now = nbytesNow(subject, region);
    const count = nbytes === null ? now : Math.min(nbytes, Math.max(0, region.start + now - start));
    const offset = Math.min(this.#offset, count);
    const size = this.#size < 0 ? count - offset : Math.min(this.#size, count - offset);
    // The first byte may lie beyond the end of a buffer that shrank: the window is empty, and at the end.
    const low = Math.min(start + offset, byteLengthOf(region.buffer));
    return { low, high: low + size };
  }

  #bytes(subject: string): Buffer {
    const { low, high } = this.#bounds(subject);
    return Buffer.from(this.#base.region.buffer, low, high - low);
  }

  #span(): Span {
    const { low, high } = this.#bounds('buffer');
    return { ...denseSpan(this.#base.region, parseFormat('B'), [high - low], low), readonly: true };
  }

  /** Bytes in the window now. @throws BufferError `ERR_RELEASED` */
  get length(): number {
    const { low, high } = this.#bounds('length');
    return high - low;
  }

  /**
   * Reads the byte at an index, as a one-character latin-1 string.
   *
   * @param i - from the window's first byte; a negative one counts from its end
   * @throws RangeError `ERR_OUT_OF_BOUNDS`; TypeError `ERR_INVALID_ARG`; BufferError `ERR_RELEASED`
   */
  get(i: number | bigint): string {
    const bytes = this.#bytes('get');
    return String.fromCharCode(bytes[readIndex('get', i, 0, bytes.length)]!);
  }

  /**
   * Makes a further window of the same bytes; nothing is copied, bounds clamp as in Python.
   *
   * @param start - bytes from the window's first, negative from its end
   * @param stop - likewise; the end where left out
   * @throws TypeError `ERR_INVALID_ARG` for a bound that is no integer; BufferError `ERR_RELEASED`
   * @example buffer('Hello world').slice(6, -1).toString() // 'worl'
   */
  slice(start?: number | bigint | null, stop?: number | bigint | null): PyBuffer {
    const from = readBound('slice: start', start);
    const to = readBound('slice: stop', stop);
    const { low, high } = this.#bounds('slice');
    const clamped = clampSlice(from, to, 1, high - low);
    return createBuffer(this.#base, Math.max(0, low - this.#base.start) + clamped.start, clamped.count);
  }

  /**
   * Tells whether another PyBuffer shows the same bytes. Python 2 compares a buffer with buffers only, so anything else is unequal. Never
   * throws.
   *
   * @param other - anything
   */
  equals(other: unknown): boolean {
    if (typeof other !== 'object' || other === null || !(#base in other)) return false;
    if (this.#isGone() || other.#isGone()) return this === other;
    return this.#bytes('equals').equals(other.#bytes('equals'));
  }

  #isGone(): boolean {
    try {
      // Asks the object, as every access does: an array can be out of bounds of a buffer that is still there.
      this.#bounds('released');
      return false;
    } catch {
      return true;
    }
  }

  /** The content: as UTF-8 where the object is a string, else latin-1. @throws BufferError `ERR_RELEASED` */
  toString(): string {
    const encoding = typeof this.#base.region.obj === 'string' ? 'utf8' : 'latin1';
    return this.#bytes('toString').toString(encoding);
  }

  /** For `String(buffer)` and sums of strings: the content as text. */
  [Symbol.toPrimitive](): string {
    return this.toString();
  }

  /** For `JSON.stringify`: the content as text. */
  toJSON(): string {
    return this.toString();
  }

  /** Iterates over the bytes as one-character latin-1 strings. */
  *[Symbol.iterator](): Generator<string, void> {
    // As Python's sequence protocol: the end is where the window ends at that step.
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  /** @internal `<read-only buffer for 0x…, size 5, offset 6 at 0x…>`: the object's first byte, and the window's. */
  [inspect.custom](): string {
    if (this.#isGone()) return `<released read-only buffer, size ${this.#size}, offset ${this.#offset}>`;
    const { region, start } = this.#base;
    const { low } = this.#bounds('inspect');
    const hex = (at: number): string => `0x${region.addressOf(at).toString(16)}`;
    return `<read-only buffer for ${hex(start)}, size ${this.#size}, offset ${this.#offset} at ${hex(low)}>`;
  }
}

/** Whether an object is a PyBuffer made here. @internal */
export function isPyBuffer(value: object): boolean {
  return windowOf(value) !== null;
}
