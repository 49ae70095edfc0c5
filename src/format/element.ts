/**
 * What a literal format string says about its values, for the compiler alone: `'d'` is a number, `'q'` a bigint.
 * Whatever is not one literal scalar is `unknown`.
 */
import type { Complex } from './scalar-codec.js';

type Mark = '@' | '^' | '=' | '<' | '>' | '!';
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** Drops leading digits. */
type Uncounted<F extends string> = F extends `${Digit}${infer Rest}` ? Uncounted<Rest> : F;

/** numpy's sized names of types that have a code. */
interface NamedFormats {
  bool: '?';
  int8: 'b';
  uint8: 'B';
  int16: 'h';
  uint16: 'H';
  int32: 'i';
  uint32: 'I';
  int64: 'q';
  uint64: 'Q';
  float16: 'e';
  float32: 'f';
  float64: 'd';
  float128: 'g';
  complex64: 'Zf';
  complex128: 'Zd';
  complex256: 'Zg';
  datetime64: 'q';
  timedelta64: 'q';
}

/**
 * The format that a view has which was made with `F`: the code of one of numpy's names (`'float32'` is `'f'`, `'datetime64[ns]'` is `'q'`),
 * any other format itself.
 */
export type FormatText<F extends string> = F extends keyof NamedFormats
  ? NamedFormats[F]
  : F extends `${'datetime64' | 'timedelta64'}[${string}]`
    ? 'q'
    : F;

/** Codes whose value does not depend on the byte order. */
interface Values {
  b: number;
  B: number;
  h: number;
  H: number;
  i: number;
  I: number;
  q: bigint;
  Q: bigint;
  e: number;
  f: number;
  d: number;
  '?': boolean;
  c: string;
  Zf: Complex;
  Zd: Complex;
  bfloat16: number;
}

/** Codes that exist in native sizes only, or are longer there. */
interface NativeValues extends Values {
  l: bigint;
  L: bigint;
  n: bigint;
  N: bigint;
  P: bigint;
  g: number;
  Zg: Complex;
}

interface StandardValues extends Values {
  l: number;
  L: number;
}

/** Codes whose count is a length. */
interface Lengths {
  s: Buffer;
  p: Buffer;
  u: string;
  w: string;
}

type Decoded<F extends string, V> = F extends keyof V
  ? V[F]
  : Uncounted<F> extends infer U
    ? U extends keyof Lengths
      ? Lengths[U]
      : unknown
    : unknown;

/** As {@link ElementOf}, of a format that is no name. */
type ElementOfText<F extends string> = F extends `${infer M extends Mark}${infer Rest}`
  ? Decoded<Rest, M extends '@' | '^' ? NativeValues : StandardValues>
  : Decoded<F, NativeValues>;

/**
 * What an element of a literal format is read as: `ElementOf<'d'>` is `number`, `ElementOf<'<l'>` too, but
 * `ElementOf<'l'>` is `bigint`, since it has 8 bytes. `unknown` for a computed string, a record or a sequence.
 */
export type ElementOf<F extends string> = ElementOfText<FormatText<F>>;

/**
 * What an element of a literal format may be written from: any number kind for a number, any value for `?`, a string or
 * one byte for `c`. `unknown` where {@link ElementOf} is.
 */
export type ValueOf<F extends string> = [unknown] extends [ElementOf<F>]
  ? unknown
  : [ElementOf<F>] extends [boolean]
    ? unknown
    : [ElementOf<F>] extends [number | bigint]
      ? number | bigint | boolean
      : [ElementOf<F>] extends [Complex]
        ? Complex | number | bigint | boolean
        : [ElementOf<F>] extends [Uint8Array]
          ? Uint8Array
          : F extends `${string}c`
            ? string | Uint8Array
            : string;
