/**
 * How the items of a format are read and written: through a typed array where its values are the items, else through a codec. Chosen
 * once for each format and shared by all views that have it.
 */
import { type Codec, codecOf } from '../format/codec.js';
import type { Format } from '../format/format.js';
import { type TypedArrayKind, typedArrayOf } from '../format/typed-array.js';
import { kindIndexOf } from './items.js';

/** Codes whose typed array holds the values themselves (`?` and `c` do not: their values are no numbers). */
const DIRECT = new Set('bBhHiIlLqQnNPefd');

/** How the items of one format are read and written. */
export class Access {
  readonly format: Format;
  /** The typed array that holds this format's values as they are, or null. */
  readonly kind: TypedArrayKind | null;
  /** The number under which itemAt knows that kind. */
  readonly kindIndex: number;
  /** The smallest and largest number that the typed array stores as it is; NaN where numbers must go through the codec. */
  readonly min: number;
  readonly max: number;
  /** Whether those numbers must be integral. */
  readonly integral: boolean;
  #codec: Codec | null = null;

  constructor(format: Format) {
    const kind = format.code !== null && DIRECT.has(format.code) ? typedArrayOf(format) : null;
    this.format = format;
    this.kind = kind;
    this.kindIndex = kindIndexOf(kind);
    const code = kind === null ? '' : format.code!;
    this.integral = code !== 'f' && code !== 'd';
    const bits = 8 * format.itemsize;
    if (!this.integral) {
      this.min = Number.NEGATIVE_INFINITY;
      this.max = Number.POSITIVE_INFINITY;
    } else if (code === '' || code === 'e' || bits > 32) {
      this.min = Number.NaN;
      this.max = Number.NaN;
    } else {
      const signed = code === code.toLowerCase();
      this.min = signed ? -(2 ** (bits - 1)) : 0;
      this.max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
    }
  }

  /** Reads and writes any item. @throws TypeError `ERR_UNSUPPORTED` for a format that can be carried but not decoded */
  get codec(): Codec {
    this.#codec ??= codecOf(this.format);
    return this.#codec;
  }
}

const accesses = new WeakMap<Format, Access>();

/** The access of a format. */
export function accessOf(format: Format): Access {
  let access = accesses.get(format);
  if (access === undefined) {
    access = new Access(format);
    accesses.set(format, access);
  }
  return access;
}
