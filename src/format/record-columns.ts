/**
 * The formats of a literal record's fields, for the compiler alone: `T{<h:a:d:b:}` has `{ a: '<h', b: '<d' }`. The grammar is that of
 * `parse.ts`. Records in which a field has no name, or is a record itself, are left to `string`.
 */
import type { Digit, Lengths, Mark, Uncounted, ValuesUnder } from './element-codes.js';

/** The formats by the fields' names; by any name for a format that is not read here. */
export type FieldFormats<F extends string> = F extends `${infer M extends Mark}${infer Rest}`
  ? RecordUnder<Rest, M>
  : RecordUnder<F, '@'>;

type Unread = Record<string, string>;
type Space = ' ' | '\t' | '\n' | '\r';

type RecordUnder<F extends string, M extends Mark> = F extends `T{${infer Rest}`
  ? string extends Rest
    ? Unread
    : Fields<Rest, M, unknown> extends infer Found
      ? unknown extends Found
        ? Unread
        : { [K in keyof Found]: Found[K] }
      : Unread
  : Unread;

/** Reads fields up to the closing brace; `M` is the byte order in force. `unknown` for what is not read. */
type Fields<R extends string, M extends Mark, Found> = R extends '}'
  ? Found
  : R extends `${Space}${infer Rest}`
    ? Fields<Rest, M, Found>
    : R extends `(${string})${infer Rest}`
      ? Ordered<Rest, M, Found>
      : Ordered<R, M, Found>;

type Ordered<R extends string, M extends Mark, Found> = R extends `${infer Next extends Mark}${infer Rest}`
  ? Ordered<Rest, Next, Found>
  : R extends `${Space}${infer Rest}`
    ? Ordered<Rest, M, Found>
    : R extends `${Digit}${string}`
      ? R extends `${infer Count}${Uncounted<R>}`
        ? Coded<Uncounted<R>, Count, M, Found>
        : unknown
      : Coded<R, '', M, Found>;

type Coded<R extends string, Count extends string, M extends Mark, Found> = R extends `T{${string}`
  ? unknown
  : R extends `Z${infer Part extends 'f' | 'd' | 'g'}${infer Rest}`
    ? Named<Rest, M, Found, `Z${Part}`>
    : R extends `bfloat16${infer Rest}`
      ? Named<Rest, M, Found, 'bfloat16'>
      : R extends `${infer Code}${infer Rest}`
        ? Code extends 'x'
          ? Rest extends `:${string}`
            ? Named<Rest, M, Found, `${Count}s`>
            : Fields<Rest, M, Found>
          : Code extends keyof Lengths
            ? Named<Rest, M, Found, `${Count}${Code}`>
            : Code extends keyof ValuesUnder<M> & string
              ? Named<Rest, M, Found, Code>
              : unknown
        : unknown;

type Named<R extends string, M extends Mark, Found, Text extends string> = R extends `${Space}${infer Rest}`
  ? Named<Rest, M, Found, Text>
  : R extends `:${infer Name}:${infer Rest}`
    ? Fields<Rest, M, Found & { [K in Name]: M extends '@' ? Text : `${M}${Text}` }>
    : unknown;
