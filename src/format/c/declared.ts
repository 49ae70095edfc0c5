/**
 * The type of the record that `cdef` returns for a literal text, as far as the compiler can infer it: the names, and whether each is a
 * format or a value. Statements are split at the semicolons outside braces; the inside of a struct declares no name here.
 */

type Blank = ' ' | '\n' | '\t' | '\r';

type Trim<T extends string> = T extends `${Blank}${infer R}`
  ? Trim<R>
  : T extends `${infer R}${Blank}`
    ? Trim<R>
    : T;

/** Without comments. */
type Bare<T extends string> = T extends `${infer A}/*${string}*/${infer B}`
  ? Bare<`${A} ${B}`>
  : T extends `${infer A}//${string}\n${infer B}`
    ? Bare<`${A}\n${B}`>
    : T;

/** The values of `#define` lines. */
type Defines<T extends string, Found = unknown> = T extends `${string}#define ${infer Line}\n${infer Rest}`
  ? Defines<Rest, Found & Defined<Trim<Line>>>
  : T extends `${string}#define ${infer Line}`
    ? Found & Defined<Trim<Line>>
    : Found;

type Defined<Line extends string> = Line extends `${infer Name} ${infer Value}`
  ? Name extends `${string}(${string}`
    ? unknown
    : { readonly [N in Name]: Trim<Value> extends `${number}` ? number : number | bigint }
  : unknown;

/** Without the lines of directives. */
type Plain<T extends string> = T extends `${infer A}#${string}\n${infer B}`
  ? Plain<`${A}\n${B}`>
  : T extends `${infer A}#${string}`
    ? A
    : T;

/** One more level for each `{`, one less for each `}`. */
type Level<T extends string, Depth extends readonly 0[]> = T extends `${infer A}{${infer B}`
  ? Level<B, [...Closed<A, Depth>, 0]>
  : Closed<T, Depth>;

type Closed<T extends string, Depth extends readonly 0[]> = T extends `${string}}${infer B}`
  ? Closed<B, Depth extends readonly [0, ...infer D extends readonly 0[]] ? D : []>
  : Depth;

/** Splits at the semicolons outside of braces. */
type Statements<
  T extends string,
  Depth extends readonly 0[] = [],
  Before extends string = '',
  Found = unknown,
> = T extends `${infer A};${infer Rest}`
  ? Level<A, Depth> extends infer D extends readonly 0[]
    ? D extends readonly []
      ? Statements<Rest, [], '', Found & Statement<Trim<`${Before}${A}`>>>
      : Statements<Rest, D, `${Before}${A};`, Found>
    : never
  : Found;

type Statement<S extends string> = S extends `typedef ${infer Rest}`
  ? Typedef<Rest> & Tagged<Rest>
  : S extends `struct ${string}` | `enum ${string}`
    ? Tagged<S>
    : unknown;

type Typedef<S extends string> = LastOf<S> extends infer Names extends string ? Named<Names> : unknown;

/** The text behind the last brace; of a typedef without braces, the last word. */
type LastOf<S extends string> = S extends `${string}}${infer Rest}` ? LastOf<Rest> : Trim<S>;

/** The names of declarators: `a`, `*b`, `c[3]`, `(*d)(int)`. */
type Named<S extends string> = S extends `${infer First},${infer Rest}`
  ? First extends `${string}(${string}`
    ? Name<S>
    : Name<First> & Named<Trim<Rest>>
  : Name<S>;

type Name<S extends string> = S extends `${string}(*${infer Inner})${string}`
  ? Word<Trim<Inner>>
  : S extends `${infer A}[${string}`
    ? Word<Trim<A>>
    : S extends `${infer A}__attribute__${string}`
      ? Word<Trim<A>>
      : Word<S>;

type Word<S extends string> = S extends `${string}${Blank | '*'}${infer Rest}`
  ? Word<Trim<Rest>>
  : S extends '' | `${string}${')' | '(' | '"'}${string}`
    ? unknown
    : { readonly [N in S]: string };

/** The tag of a struct or enum that is defined, and the values of an enum. */
type Tagged<S extends string> = S extends `struct ${infer Tag}{${string}`
  ? Word<Trim<Tag>>
  : S extends `enum ${infer Tag}{${infer Values}}${string}`
    ? Word<Trim<Tag>> & Enumerators<Values>
    : S extends `enum{${infer Values}}${string}`
      ? Enumerators<Values>
      : unknown;

type Enumerators<S extends string> = S extends `${infer First},${infer Rest}`
  ? Enumerator<First> & Enumerators<Rest>
  : Enumerator<S>;

type Enumerator<S extends string> = S extends `${infer Name}=${string}`
  ? { readonly [N in Trim<Name>]: number | bigint }
  : Trim<S> extends ''
    ? unknown
    : { readonly [N in Trim<S>]: number | bigint };

type Flat<T> = { readonly [K in keyof T]: T[K] };

/**
 * The names and values that a text declares: a format is a string, an enumerator or `#define`d integer a number (or bigint).
 * Of a text that is no literal, unknown values.
 */
export type CDeclarations<T extends string> = string extends T
  ? Readonly<Record<string, unknown>> & CAlignments
  : Flat<Statements<Plain<Bare<T>>> & Defines<Bare<T>>> & CAlignments;

/** Properties of the record besides the formats. */
export interface CAlignments {
  /** Bytes to which each type is aligned, `aligned(n)` included; not enumerable. */
  readonly alignof: Readonly<Record<string, number>>;
}
