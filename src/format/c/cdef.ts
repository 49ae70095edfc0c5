/**
 * C declarations to formats and constants, as in Python's cffi. Pure: it uses no compiler and reads no file.
 */
import { shown, typeError } from '../../errors.js';
import { constantExpression, plainValue } from './constant.js';
import type { CDeclarations } from './declared.js';
import { FormatWriter } from './format-writer.js';
import { type Lexed, lex, type Macro, type Token } from './lexer.js';
import { DeclarationParser } from './parser.js';
import { Refusal, type SourcePosition } from './refusal.js';
import { Scope } from './scope.js';
import { Tokens } from './tokens.js';
import { alignOf, type CType, type DataModel, hostModel } from './type.js';

/**
 * Reads C declarations: structs (nested, anonymous, packed, aligned), arrays, pointers, typedefs, enums, the types of
 * `<stddef.h>` and `<stdint.h>`, `#define`d integers and `_Static_assert`. Sizes and offsets are those of this platform's C
 * compilers.
 *
 * A struct becomes a `T{…}`, an array a sub-array, a pointer `P`, `char` `c`, an array of `char` `s`. Functions and variables
 * are passed over. Unions, bit-fields and variadic macros have no format: they are errors, but in the output of a preprocessor
 * (a text with line markers), where a property of that name throws when it is read.
 *
 * @param text - C declarations, or the output of `cc -E`
 * @returns a frozen record: for each struct, enum and typedef its format, for each enumerator and `#define`d integer its value
 *   (a bigint beyond 2^53). A tag whose name means something else too is `'struct name'`. The property `alignof` (not
 *   enumerable) has the alignment of each type in bytes, as no format can say that of `aligned(n)`
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a string, `ERR_FORMAT` for text that is not C (by its line) and for a
 *   `_Static_assert` that is false, `ERR_UNSUPPORTED` for a declaration that no format can express
 * @example
 * const { point } = cdef('typedef struct { int x, y; double w[3]; const char *name; } point;');
 * zeros(100, point); // 'T{i:x:i:y:(3)d:w:P:name:}'
 */
export function cdef<const T extends string>(text: T): CDeclarations<T> {
  return declarationsFor(text, hostModel()) as CDeclarations<T>;
}

/** {@link cdef} for a given platform. */
export function declarationsFor(text: unknown, model: DataModel): Readonly<Record<string, unknown>> {
  if (typeof text !== 'string') {
    throw typeError('ERR_INVALID_ARG', `cdef: ${shown(text)} given, expected the text of C declarations`);
  }
  const lexed = lex(text);
  const scope = new Scope(model);
  new DeclarationParser(new Tokens(lexed.tokens), scope, lexed.preprocessed).run();
  return new Answer(lexed, scope, text.length).record();
}

class Answer {
  readonly #lexed: Lexed;
  readonly #scope: Scope;
  readonly #writer: FormatWriter;
  readonly #record: Record<string, unknown> = Object.create(null);
  readonly #alignments: Record<string, number> = Object.create(null);
  readonly #start: SourcePosition = { line: 1, file: null };

  constructor(lexed: Lexed, scope: Scope, length: number) {
    this.#lexed = lexed;
    this.#scope = scope;
    this.#writer = new FormatWriter((1 << 22) + 64 * length);
  }

  record(): Readonly<Record<string, unknown>> {
    const { ordinary, tags } = this.#scope;
    // Tags first, as a struct mostly comes before its typedef; where both name one type they are one property.
    for (const [key, type] of tags) {
      const tag = key.slice(key.indexOf(' ') + 1);
      const other = ordinary.get(tag);
      const taken = other !== undefined && !(other.kind === 'type' && other.type === type);
      if (other === undefined || taken) this.#type(taken ? key : tag, type);
    }
    for (const [name, meaning] of ordinary) {
      if (meaning.kind === 'type') this.#type(name, meaning.type);
      else if (meaning.kind === 'constant') this.#add(name, plainValue(meaning.constant));
      else this.#refuse(name, meaning.refusal);
    }
    for (const [name, macro] of this.#lexed.macros) this.#macro(name, macro);
    if (!('alignof' in this.#record)) {
      Object.defineProperty(this.#record, 'alignof', { value: Object.freeze(this.#alignments) });
    }
    return Object.freeze(this.#record);
  }

  #type(name: string, type: CType): void {
    if (type.kind === 'incomplete') return;
    const refusal =
      type.kind === 'refused'
        ? type.refusal
        : new Refusal(this.#start, `begins a text in which ${shown(name)} needs too long a format`);
    const text = type.kind === 'refused' ? null : this.#writer.textOf(type);
    if (text === null) {
      this.#refuse(name, refusal);
      return;
    }
    this.#add(name, text);
    Object.defineProperty(this.#alignments, name, { value: alignOf(type), enumerable: true });
  }

  #macro(name: string, { body, refusal }: Macro): void {
    if (name in this.#record) return;
    if (refusal !== null) this.#refuse(name, refusal);
    else if (body.length > 0) {
      const value = this.#valueOf(this.#lexed.expansionOf(name));
      if (value !== null) this.#add(name, value);
    }
  }

  /** The value of a macro's body; null where it is no integer. */
  #valueOf(body: readonly Token[]): number | bigint | null {
    try {
      const tokens = new Tokens(body);
      const constant = constantExpression(tokens, new DeclarationParser(tokens, this.#scope, false));
      return tokens.ended ? plainValue(constant) : null;
    } catch (error) {
      if (error instanceof TypeError && 'code' in error) return null;
      throw error;
    }
  }

  #add(name: string, value: unknown): void {
    Object.defineProperty(this.#record, name, { value, enumerable: true });
  }

  #refuse(name: string, refusal: Refusal): void {
    if (!this.#lexed.preprocessed) throw refusal.error();
    Object.defineProperty(this.#record, name, {
      get() {
        throw refusal.error();
      },
    });
  }
}
