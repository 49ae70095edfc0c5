/**
 * The part of Node's `Buffer` that the library hands out and works with, for runtimes without it: a Uint8Array that knows the
 * usual encodings. The build for browsers substitutes this file.
 */

/** The largest sizes that are tried; the engine may refuse less with a RangeError. */
export const constants: { readonly MAX_LENGTH: number; readonly MAX_STRING_LENGTH: number } = {
  MAX_LENGTH: 2 ** 53 - 1,
  MAX_STRING_LENGTH: 2 ** 29 - 24,
};

const ENCODINGS: Readonly<
  Record<string, 'utf8' | 'latin1' | 'ascii' | 'hex' | 'base64' | 'base64url' | 'utf16le'>
> = {
  utf8: 'utf8',
  'utf-8': 'utf8',
  latin1: 'latin1',
  binary: 'latin1',
  ascii: 'ascii',
  hex: 'hex',
  base64: 'base64',
  base64url: 'base64url',
  ucs2: 'utf16le',
  'ucs-2': 'utf16le',
  utf16le: 'utf16le',
  'utf-16le': 'utf16le',
};

const encodingOf = (name: string): string | undefined => {
  const key = name.toLowerCase();
  return Object.hasOwn(ENCODINGS, key) ? ENCODINGS[key] : undefined;
};

/** Characters per call of `fromCharCode`: more arguments may overflow the engine's stack. */
const CHUNK = 8192;

function charactersOf(codes: Uint8Array | Uint16Array): string {
  const parts: string[] = [];
  for (let at = 0; at < codes.length; at += CHUNK)
    parts.push(String.fromCharCode(...codes.subarray(at, at + CHUNK)));
  return parts.join('');
}

function hexOf(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i++) parts.push(bytes[i]!.toString(16).padStart(2, '0'));
  return parts.join('');
}

function bytesOfText(text: string, encoding: string): Uint8Array<ArrayBuffer> {
  switch (encoding) {
    case 'utf8':
      return new TextEncoder().encode(text);
    case 'utf16le': {
      const bytes = new Uint8Array(text.length * 2);
      const data = new DataView(bytes.buffer);
      for (let i = 0; i < text.length; i++) data.setUint16(i * 2, text.charCodeAt(i), true);
      return bytes;
    }
    case 'hex': {
      const digits = /^(?:[0-9a-f]{2})*/i.exec(text)?.[0] ?? '';
      return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
        Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
      );
    }
    case 'base64':
    case 'base64url':
      return bytesOfText(atob(text.replaceAll('-', '+').replaceAll('_', '/')), 'latin1');
    default:
      return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
  }
}

/** A Uint8Array with encodings. */
export class Buffer extends Uint8Array<ArrayBuffer> {
  /** Copies text or bytes; looks at an ArrayBuffer without a copy. */
  static override from(
    source: string | ArrayLike<number> | Iterable<number> | ArrayBufferLike,
    at?: unknown,
    length?: unknown,
  ): Buffer {
    if (typeof source === 'string') {
      const bytes = bytesOfText(source, encodingOf(typeof at === 'string' ? at : 'utf8') ?? 'utf8');
      return new Buffer(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const isBuffer =
      source instanceof ArrayBuffer ||
      Object.prototype.toString.call(source) === '[object SharedArrayBuffer]';
    if (isBuffer) {
      return new Buffer(
        source as ArrayBuffer,
        typeof at === 'number' ? at : 0,
        typeof length === 'number' ? length : undefined,
      );
    }
    const bytes = Uint8Array.from(source as ArrayLike<number>);
    return new Buffer(bytes.buffer, 0, bytes.length);
  }

  /** Makes a buffer filled with zeros, or with the first byte of a text. */
  static alloc(nbytes: number, fill?: string | number): Buffer {
    const made = new Buffer(new ArrayBuffer(nbytes));
    if (fill !== undefined) made.fill(typeof fill === 'string' ? fill.charCodeAt(0) : fill);
    return made;
  }

  static allocUnsafe(nbytes: number): Buffer {
    return new Buffer(new ArrayBuffer(nbytes));
  }

  static allocUnsafeSlow(nbytes: number): Buffer {
    return new Buffer(new ArrayBuffer(nbytes));
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer;
  }

  static isEncoding(name: unknown): boolean {
    return typeof name === 'string' && encodingOf(name) !== undefined;
  }

  /** -1, 0 or 1 by the first byte that differs, else by the length. */
  static compare(a: Uint8Array, b: Uint8Array): number {
    const shorter = Math.min(a.length, b.length);
    for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
    return Math.sign(a.length - b.length);
  }

  static concat(list: readonly Uint8Array[]): Buffer {
    const joined = Buffer.alloc(list.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const bytes of list) {
      joined.set(bytes, at);
      at += bytes.length;
    }
    return joined;
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && Buffer.compare(this, other) === 0;
  }

  /** The first index of a byte or of a sequence of bytes, or -1. */
  override indexOf(wanted: number | Uint8Array, from = 0): number {
    if (typeof wanted === 'number') return super.indexOf(wanted, from);
    if (wanted.length === 0) return Math.min(from, this.length);
    for (let at = super.indexOf(wanted[0]!, from); at >= 0; at = super.indexOf(wanted[0]!, at + 1)) {
      if (at + wanted.length > this.length) return -1;
      if (Buffer.compare(this.subarray(at, at + wanted.length), wanted) === 0) return at;
    }
    return -1;
  }

  override includes(wanted: number | Uint8Array, from = 0): boolean {
    return this.indexOf(wanted, from) >= 0;
  }

  override subarray(start?: number, end?: number): Buffer {
    const part = super.subarray(start, end);
    return new Buffer(part.buffer, part.byteOffset, part.length);
  }

  override toString(encoding = 'utf8', start = 0, end: number = this.length): string {
    const bytes = new Uint8Array(this.buffer, this.byteOffset, this.length).subarray(start, end);
    switch (encodingOf(encoding)) {
      case 'latin1':
        return charactersOf(bytes);
      case 'ascii':
        return charactersOf(bytes.map((byte) => byte & 0x7f));
      case 'hex':
        return hexOf(bytes);
      case 'base64':
        return btoa(charactersOf(bytes));
      case 'base64url':
        return btoa(charactersOf(bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      case 'utf16le': {
        const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        return charactersOf(
          Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => data.getUint16(2 * i, true)),
        );
      }
      case 'utf8':
        // A copy: some runtimes decode no shared memory.
        return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.slice());
      default:
        throw new TypeError(`Unknown encoding: ${encoding}`);
    }
  }
}
