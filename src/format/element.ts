/**
 * The type of the values of a literal format string, for the compiler only: `'d'` is a number, `'q'` a bigint, a record an object.
 * Any format but a literal scalar, or a record that `record-element.ts` reads, is `unknown`.
 */
import type { Lengths, Mark, NativeValues, Uncounted, ValuesUnder } from './element-codes.js';
import type { RecordOf } from './record-element.js';
import type { Complex } from './scalar-codec.js';

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
 * The format of a view that was made with `F`: the code of one of numpy's names (`'float32'` is `'f'`, `'datetime64[ns]'` is `'q'`),
 * any other format itself.
 */
export type FormatText<F extends string> = F extends keyof NamedFormats
  ? NamedFormats[F]
  : F extends `${'datetime64' | 'timedelta64'}[${string}]`
    ? 'q'
    : F;

type Decoded<F extends string, V> = F extends keyof V
  ? V[F]
  : Uncounted<F> extends infer U
    ? U extends keyof Lengths
      ? Lengths[U]
      : unknown
    : unknown;

type ScalarOrRecord<F extends string, V> = F extends `T{${infer Rest}` ? RecordOf<Rest, V> : Decoded<F, V>;

/** As {@link ElementOf}, of a format that is no name. */
type ElementOfText<F extends string> = F extends `${infer M extends Mark}${infer Rest}`
  ? ScalarOrRecord<Rest, ValuesUnder<M>>
  : ScalarOrRecord<F, NativeValues>;

/**
 * The type that an element of a literal format is read as: `ElementOf<'d'>` is `number`, `ElementOf<'<l'>` too, but
 * `ElementOf<'l'>` is `bigint`, since it has 8 bytes. `ElementOf<'T{<I:id:<d:score:}'>` is `{ id: number; score: number }`: records whose
 * fields all have names, with sub-arrays of up to four dimensions, one in another up to four deep. `unknown` for a computed string,
 * other records and sequences.
 */
export type ElementOf<F extends string> = ElementOfText<FormatText<F>>;

/**
 * The type that an element of a literal format may be written from: any number kind for a number, any value for `?`, a string or
 * one byte for `c`. `unknown` where {@link ElementOf} is, and for a record, which arrays and objects of many kinds can write.
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
          : [ElementOf<F>] extends [string]
            ? F extends `${string}c`
              ? string | Uint8Array
              : string
            : unknown;
