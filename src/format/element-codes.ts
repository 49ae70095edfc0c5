/** Types of single codes for the compiler: their values by byte order, marks and counts. Scalars and the fields of records share them. */
import type { Complex } from './scalar-codec.js';

export type Mark = '@' | '^' | '=' | '<' | '>' | '!';
export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** Drops leading digits. */
export type Uncounted<F extends string> = F extends `${Digit}${infer Rest}` ? Uncounted<Rest> : F;

/** Codes whose value does not depend on the byte order. */
export interface Values {
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
export interface NativeValues extends Values {
  l: bigint;
  L: bigint;
  n: bigint;
  N: bigint;
  P: bigint;
  g: number;
  Zg: Complex;
}

export interface StandardValues extends Values {
  l: number;
  L: number;
}

/** Codes whose count is a length. */
export interface Lengths {
  s: Buffer;
  p: Buffer;
  u: string;
  w: string;
}

/** The values of a byte order. */
export type ValuesUnder<M extends Mark> = M extends '@' | '^' ? NativeValues : StandardValues;
