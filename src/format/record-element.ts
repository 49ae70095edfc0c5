/**
 * The fields of a literal record format, for the compiler alone. The grammar is that of `parse.ts`: a field has a shape, a byte order, a
 * count, a code and a name; the byte order applies until the next. Records without a name for each field are left to `unknown`.
 */
import type { Digit, Lengths, Mark, Uncounted, ValuesUnder } from './element-codes.js';
import type { Complex } from './scalar-codec.js';

/** A list as long as the number of records that may lie in one another. */
type Deepest = [unknown, unknown, unknown, unknown];

type Space = ' ' | '\t' | '\n' | '\r';

/** What follows `T{`, and ends with its brace. `V` are the values of the byte order in force. */
export type RecordOf<R extends string, V> = string extends R
  ? unknown
  : Fields<R, V, unknown, Deepest> extends [infer Found, '', unknown]
    ? Flat<Found>
    : unknown;

/** One object type for an intersection of fields. */
type Flat<T> = { [K in keyof T]: T[K] };

/** Reads fields up to the closing brace: `[fields, what follows, values of the byte order then]`, or null. */
type Fields<R extends string, V, Found, Deep extends unknown[]> = R extends `}${infer Rest}`
  ? [Found, Rest, V]
  : R extends `${Space}${infer Rest}`
    ? Fields<Rest, V, Found, Deep>
    : R extends `(${infer Shape})${infer Rest}`
      ? Ordered<Rest, V, Found, Dimensions<Shape>, Deep>
      : Ordered<R, V, Found, [], Deep>;

/** A list with an entry for each dimension. */
type Dimensions<Shape extends string> = Shape extends `${string},${infer Rest}`
  ? [unknown, ...Dimensions<Rest>]
  : [unknown];

type Ordered<
  R extends string,
  V,
  Found,
  Dims extends unknown[],
  Deep extends unknown[],
> = R extends `${infer M extends Mark}${infer Rest}`
  ? Ordered<Rest, ValuesUnder<M>, Found, Dims, Deep>
  : R extends `${Space}${infer Rest}`
    ? Ordered<Rest, V, Found, Dims, Deep>
    : R extends `${Digit}${string}`
      ? // A count of one is none.
        R extends `1${Uncounted<R>}`
        ? Coded<Uncounted<R>, V, Found, Dims, Dims, Deep>
        : Coded<Uncounted<R>, V, Found, Dims, [unknown, ...Dims], Deep>
      : Coded<R, V, Found, Dims, Dims, Deep>;

/** `Dims` are those of the shape, `All` those of the count too, which is a length for text and bytes. */
type Coded<
  R extends string,
  V,
  Found,
  Dims extends unknown[],
  All extends unknown[],
  Deep extends unknown[],
> = R extends `T{${infer Rest}`
  ? Deep extends [unknown, ...infer Less]
    ? Fields<Rest, V, unknown, Less> extends [infer Inner, infer After extends string, infer W]
      ? Named<After, W, Found, Arrays<Flat<Inner>, All>, Deep>
      : null
    : null
  : R extends `Z${'f' | 'd' | 'g'}${infer Rest}`
    ? Named<Rest, V, Found, Arrays<Complex, All>, Deep>
    : R extends `bfloat16${infer Rest}`
      ? Named<Rest, V, Found, Arrays<number, All>, Deep>
      : R extends `${infer Code}${infer Rest}`
        ? Code extends 'x'
          ? Rest extends `:${string}`
            ? Named<Rest, V, Found, Arrays<Buffer, Dims>, Deep>
            : Fields<Rest, V, Found, Deep>
          : Code extends keyof Lengths
            ? Named<Rest, V, Found, Arrays<Lengths[Code], Dims>, Deep>
            : Code extends keyof V
              ? Named<Rest, V, Found, Arrays<V[Code], All>, Deep>
              : null
        : null;

type Named<R extends string, V, Found, T, Deep extends unknown[]> = R extends `${Space}${infer Rest}`
  ? Named<Rest, V, Found, T, Deep>
  : R extends `:${infer Name}:${infer Rest}`
    ? Fields<Rest, V, Found & { [K in Name]: T }, Deep>
    : null;

/** An array for each dimension, for up to five. */
type Arrays<T, Dims extends unknown[]> = Dims extends [unknown, ...infer Less] ? Arrays<T, Less>[] : T;
