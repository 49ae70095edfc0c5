/**
 * C text to tokens: comments, strings, line markers of a preprocessor, `#define` and the directives that change layout.
 * Object-like macros are expanded here. One pass; the total of expanded tokens is bounded by the length of the text.
 */
import { shown } from '../../errors.js';
import { Refusal, refused, type SourcePosition, unreadable } from './refusal.js';

/** The kind of a token; `pack` carries the argument of `#pragma pack`. */
export type TokenKind = 'word' | 'number' | 'string' | 'character' | 'mark' | 'pack' | 'end';

/** One token of C. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly position: SourcePosition;
}

/** An object-like macro, or a reason why a macro can't be used. */
export interface Macro {
  readonly position: SourcePosition;
  /** The tokens of its body; empty for a function-like macro. */
  readonly body: readonly Token[];
  /** Whether it takes arguments. */
  readonly takesArguments: boolean;
  /** Set for a variadic macro. */
  readonly refusal: Refusal | null;
}

/** The result of {@link lex}. */
export interface Lexed {
  readonly tokens: readonly Token[];
  /** In the order of their last definition. */
  readonly macros: ReadonlyMap<string, Macro>;
  /** Whether the text has line markers, as the output of a preprocessor has. */
  readonly preprocessed: boolean;
  /**
   * Expands an object-like macro as it is defined at the end of the text.
   *
   * @throws TypeError `ERR_FORMAT` where that is too much
   */
  expansionOf(name: string): readonly Token[];
}

// Headers whose types are known without their text.
const KNOWN_HEADERS =
  /^[<"](?:std(?:def|int|bool|arg|align)|inttypes|uchar|wchar|complex|assert|sys\/types)\.h[>"]$/;
const MAX_LEVELS = 256;
// Marks of more than one character; longer ones first.
const LONG_MARKS = [
  '...',
  '<<=',
  '>>=',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '->',
  '++',
  '--',
  '##',
];
const MARKS = '{}[]()<>;:,.*&=+-/%!~^|?#@\\';

/**
 * Splits C text into tokens, the last of which is of kind `end`.
 *
 * @throws TypeError `ERR_FORMAT` for text that is no C, `ERR_UNSUPPORTED` for a conditional directive
 */
export function lex(text: string): Lexed {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  readonly #macros = new Map<string, Macro>();
  readonly #expanding = new Set<string>();
  #budget: number;
  #at = 0;
  #position: SourcePosition = { line: 1, file: null };
  #preprocessed = false;
  #lineStart = true;

  constructor(text: string) {
    this.#text = text;
    this.#budget = 1024 + 16 * text.length;
  }

  run(): Lexed {
    for (;;) {
      const token = this.#next();
      if (token === null) break;
      if (token.text === '#' && token.kind === 'mark' && this.#lineStart) this.#directive();
      else this.#expand(token, this.#tokens);
      this.#lineStart = false;
    }
    this.#tokens.push({ kind: 'end', text: '', position: this.#position });
    return {
      tokens: this.#tokens,
      macros: this.#macros,
      preprocessed: this.#preprocessed,
      expansionOf: (name) => {
        const tokens: Token[] = [];
        const { position } = this.#macros.get(name) ?? this;
        this.#expand({ kind: 'word', text: name, position }, tokens);
        tokens.push({ kind: 'end', text: '', position });
        return tokens;
      },
    };
  }

  get position(): SourcePosition {
    return this.#position;
  }

  /** Appends a token, or the expansion of a macro of that name. */
  #expand(token: Token, into: Token[]): void {
    if (this.#budget-- <= 0) throw unreadable(token.position, 'has macros that expand to too many tokens');
    const macro = token.kind === 'word' ? this.#macros.get(token.text) : undefined;
    if (macro === undefined || this.#expanding.has(token.text)) {
      into.push(token);
      return;
    }
    if (macro.takesArguments) {
      const at = this.#at;
      this.#skipBlank(true);
      const called = this.#text[this.#at] === '(';
      this.#at = at;
      if (called && this.#expanding.size === 0) {
        throw refused(
          token.position,
          `uses the macro ${shown(token.text)}, which takes arguments; pass the text that "cc -E" prints`,
        );
      }
      into.push(token);
      return;
    }
    if (this.#expanding.size >= MAX_LEVELS) {
      throw unreadable(token.position, `has macros that nest deeper than ${MAX_LEVELS} levels`);
    }
    this.#expanding.add(token.text);
    for (const part of macro.body) this.#expand({ ...part, position: token.position }, into);
    this.#expanding.delete(token.text);
  }

  /** The next token of the text, or null at its end. Newlines before it are counted. */
  #next(): Token | null {
    this.#skipBlank(false);
    const text = this.#text;
    const start = this.#at;
    const first = text.charCodeAt(start);
    if (start >= text.length) return null;
    const position = this.#position;
    if (isWordStart(first)) {
      while (isWordPart(text.charCodeAt(this.#at))) this.#at++;
      const word = text.slice(start, this.#at);
      const quote = text[this.#at];
      if ((quote === '"' || quote === "'") && /^(?:u8|[LuU])$/.test(word)) return this.#quoted(start, quote);
      return { kind: 'word', text: word, position };
    }
    if (isDigit(first) || (first === 46 && isDigit(text.charCodeAt(start + 1)))) {
      while (isWordPart(text.charCodeAt(this.#at)) || text[this.#at] === '.' || this.#atExponentSign())
        this.#at++;
      return { kind: 'number', text: text.slice(start, this.#at), position };
    }
    if (first === 34 || first === 39) return this.#quoted(start, text[start]!);
    const long = LONG_MARKS.find((mark) => text.startsWith(mark, start));
    const mark = long ?? text[start]!;
    if (long === undefined && !MARKS.includes(mark)) {
      const point = String.fromCodePoint(text.codePointAt(start)!);
      throw unreadable(position, `has the character ${shown(point)}, which C does not know`);
    }
    this.#at += mark.length;
    return { kind: 'mark', text: mark, position };
  }

  #atExponentSign(): boolean {
    const sign = this.#text[this.#at];
    return (sign === '+' || sign === '-') && 'eEpP'.includes(this.#text[this.#at - 1]!) && !this.#isHex();
  }

  /** Whether an `e` before a sign belongs to a hexadecimal integer such as `0xe`. */
  #isHex(): boolean {
    let at = this.#at - 1;
    let length = 0;
    while (at >= 0 && isWordPart(this.#text.charCodeAt(at)) && length++ < 64) at--;
    const number = this.#text.slice(at + 1, this.#at);
    return /^0[xX]/.test(number) && !/[pP]$/.test(number);
  }

  #quoted(start: number, quote: string): Token {
    const text = this.#text;
    const position = this.#position;
    let at = this.#at + 1;
    for (; at < text.length && text[at] !== quote && text[at] !== '\n'; at++) {
      if (text[at] === '\\') {
        if (text[at + 1] === '\n') this.#newLine();
        at++;
      }
    }
    if (text[at] !== quote) throw unreadable(position, `has no closing ${quote === '"' ? "'\"'" : '"\'"'}`);
    this.#at = at + 1;
    return { kind: quote === '"' ? 'string' : 'character', text: text.slice(start, this.#at), position };
  }

  #newLine(): void {
    this.#position = { line: this.#position.line + 1, file: this.#position.file };
  }

  /**
   * Skips blanks and comments.
   *
   * @param inLine - stop at the end of the line
   */
  #skipBlank(inLine: boolean): void {
    const text = this.#text;
    for (;;) {
      const unit = text.charCodeAt(this.#at);
      if (unit === 10) {
        if (inLine) return;
        this.#at++;
        this.#newLine();
        this.#lineStart = true;
      } else if (unit === 32 || (unit >= 9 && unit <= 13) || unit === 0xfeff) {
        this.#at++;
      } else if (unit === 92 && /^\\\r?\n/.test(text.slice(this.#at, this.#at + 3))) {
        this.#at = text.indexOf('\n', this.#at) + 1;
        this.#newLine();
      } else if (unit === 47 && text[this.#at + 1] === '/') {
        this.#skipLine();
      } else if (unit === 47 && text[this.#at + 1] === '*') {
        const end = text.indexOf('*/', this.#at + 2);
        if (end < 0) throw unreadable(this.#position, 'has a comment without "*/"');
        for (
          let line = text.indexOf('\n', this.#at);
          line >= 0 && line < end;
          line = text.indexOf('\n', line + 1)
        ) {
          this.#newLine();
        }
        this.#at = end + 2;
      } else {
        return;
      }
    }
  }

  /** Goes to the newline that ends the line, past those that a backslash hides. */
  #skipLine(): void {
    for (;;) {
      const end = this.#text.indexOf('\n', this.#at);
      if (end < 0) {
        this.#at = this.#text.length;
        return;
      }
      const hidden =
        this.#text[end - 1] === '\\' || (this.#text[end - 1] === '\r' && this.#text[end - 2] === '\\');
      if (!hidden || end <= this.#at) {
        this.#at = end;
        return;
      }
      this.#at = end + 1;
      this.#newLine();
    }
  }

  /** The tokens up to the end of the line. */
  #restOfLine(): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      this.#skipBlank(true);
      if (this.#at >= this.#text.length || this.#text[this.#at] === '\n') return tokens;
      tokens.push(this.#next()!);
    }
  }

  #directive(): void {
    this.#skipBlank(true);
    if (this.#at >= this.#text.length || this.#text[this.#at] === '\n') return;
    const position = this.#position;
    const name = this.#next()!;
    if (name.kind === 'number') this.#lineMarker(name);
    else if (name.text === 'define') this.#define(position);
    else if (name.text === 'undef') this.#macros.delete(this.#restOfLine()[0]?.text ?? '');
    else if (name.text === 'pragma') this.#pragma(position);
    else if (name.text === 'line') this.#lineMarker(this.#restOfLine()[0] ?? name);
    else if (name.text === 'include') this.#include(position);
    else if (name.text === 'error') throw unreadable(position, 'has an #error');
    else if (name.text === 'ident' || name.text === 'warning') this.#skipLine();
    else {
      throw refused(
        position,
        `has the directive ${shown(`#${name.text}`)}; pass the text that "cc -E" prints`,
      );
    }
  }

  #lineMarker(number: Token): void {
    const line = Number(number.text);
    const file = this.#restOfLine()[0];
    if (!Number.isSafeInteger(line)) throw unreadable(number.position, `has the line number ${number.text}`);
    const name = file?.kind === 'string' ? file.text.slice(1, -1) : this.#position.file;
    // The newline that ends the marker is counted next.
    this.#position = { line: line - 1, file: name };
    this.#preprocessed = true;
  }

  #include(position: SourcePosition): void {
    const start = this.#at;
    this.#skipLine();
    const header = this.#text
      .slice(start, this.#at)
      .replace(/\/[/*].*$/, '')
      .trim();
    if (KNOWN_HEADERS.test(header)) return;
    throw refused(
      position,
      `includes ${header.slice(0, 60)}, which cdef does not read; pass the text that "cc -E" prints`,
    );
  }

  #pragma(position: SourcePosition): void {
    const tokens = this.#restOfLine();
    if (tokens[0]?.text !== 'pack') return;
    const inside = tokens.slice(1).map(({ text }) => text);
    this.#tokens.push({ kind: 'pack', text: inside.join(' '), position });
  }

  #define(position: SourcePosition): void {
    this.#skipBlank(true);
    const name = this.#at < this.#text.length && this.#text[this.#at] !== '\n' ? this.#next() : null;
    if (name?.kind !== 'word') throw unreadable(position, 'has a #define without a name');
    // C tells the two kinds of macro apart by the absence of a blank before the parenthesis.
    const takesArguments = this.#text[this.#at] === '(';
    const body = this.#restOfLine();
    const end = body.findIndex(({ text }) => text === ')');
    const variadic = takesArguments && body.slice(0, end + 1).some(({ text }) => text === '...');
    this.#macros.delete(name.text);
    this.#macros.set(name.text, {
      position,
      body: takesArguments ? [] : body,
      takesArguments,
      refusal: variadic
        ? new Refusal(
            position,
            `has the variadic macro ${shown(name.text)}, which is not a constant; leave it out`,
          )
        : null,
    });
  }
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function isWordStart(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) ||
    (unit >= 65 && unit <= 90) ||
    unit === 95 ||
    unit === 36 ||
    (unit >= 0x80 && unit !== 0xfeff && unit !== 0x2028 && unit !== 0x2029)
  );
}

function isWordPart(unit: number): boolean {
  return isWordStart(unit) || isDigit(unit);
}
