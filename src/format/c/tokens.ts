/**
 * A cursor over tokens. It applies `#pragma pack`, which may occur between any two tokens.
 */
import { shown } from '../../errors.js';
import type { Token } from './lexer.js';
import { unreadable } from './refusal.js';

const MAX_PACKS = 128;
// Types, expressions and declarators together: each level costs up to twelve calls of the stack.
const MAX_LEVELS = 256;

/** A token, for an error. */
export function shownToken(token: Token): string {
  return token.kind === 'end' ? 'its end' : shown(token.text);
}

/** Reads tokens one by one. */
export class Tokens {
  readonly #tokens: readonly Token[];
  readonly #packs: number[] = [];
  #at = 0;
  #pack = 0;
  #level = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#follow();
  }

  /** Bytes that `#pragma pack` allows a member's alignment at this position; 0 for any. */
  get pack(): number {
    return this.#pack;
  }

  /** The next token, which stays. */
  peek(): Token {
    return this.#tokens[this.#at]!;
  }

  /** The token after the next one, pragmas aside. */
  peekSecond(): Token {
    let at = this.#at + 1;
    while (this.#tokens[at]?.kind === 'pack') at++;
    return this.#tokens[at] ?? this.#tokens[this.#tokens.length - 1]!;
  }

  /** Whether the text is at its end. */
  get ended(): boolean {
    return this.peek().kind === 'end';
  }

  /** The next token, which is passed; the last one stays. */
  take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') {
      this.#at++;
      this.#follow();
    }
    return token;
  }

  /** Remembers this position; the function returns to it. */
  save(): () => void {
    const at = this.#at;
    const pack = this.#pack;
    const packs = [...this.#packs];
    const level = this.#level;
    return () => {
      this.#at = at;
      this.#level = level;
      this.#pack = pack;
      this.#packs.splice(0, Number.POSITIVE_INFINITY, ...packs);
    };
  }

  /** Runs a function that reads something nested, one level deeper. */
  nested<T>(read: () => T): T {
    if (this.#level >= MAX_LEVELS)
      throw unreadable(this.peek().position, `nests deeper than ${MAX_LEVELS} levels`);
    this.#level++;
    const result = read();
    this.#level--;
    return result;
  }

  /** Passes a mark where it is the next token. */
  takeMark(text: string): boolean {
    if (!this.isMark(text)) return false;
    this.take();
    return true;
  }

  /** Whether the next token is this mark. */
  isMark(text: string): boolean {
    const token = this.peek();
    return token.kind === 'mark' && token.text === text;
  }

  /** Passes the mark that must come next. */
  expect(text: string): void {
    if (this.takeMark(text)) return;
    throw unreadable(this.peek().position, `has ${this.shownNext()} where ${shown(text)} must come`);
  }

  /** Passes the name that must come next. */
  word(): string {
    const token = this.peek();
    if (token.kind !== 'word')
      throw unreadable(token.position, `has ${this.shownNext()} where a name must come`);
    return this.take().text;
  }

  /** The next token, for an error. */
  shownNext(): string {
    return shownToken(this.peek());
  }

  /** Skips the tokens from an opening bracket, which is next, to the one that closes it. */
  skipBalanced(): void {
    const open = this.peek();
    let depth = 0;
    do {
      const token = this.take();
      if (token.kind === 'end')
        throw unreadable(open.position, `has no mark that closes ${shown(open.text)}`);
      if (token.kind !== 'mark') continue;
      if (token.text === '(' || token.text === '{' || token.text === '[') depth++;
      else if (token.text === ')' || token.text === '}' || token.text === ']') depth--;
    } while (depth > 0);
  }

  #follow(): void {
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'pack') return;
      this.#at++;
      this.#obey(token);
    }
  }

  /** Carries out `pack(…)`: `()`, `(n)`, `(push)`, `(push, n)`, `(pop)`; identifiers of pushed states are not supported. */
  #obey({ text, position }: Token): void {
    if (this.#packs.length >= MAX_PACKS) throw unreadable(position, 'pushes too many #pragma pack');
    const match = /^\( (?:(push|pop)(?: , (\d+))?|(\d+))? ?\)$/.exec(text.replace(/^\(\)$/, '( )'));
    if (match === null)
      throw unreadable(position, `has #pragma pack ${shown(text)}, expected (), (n), (push, n) or (pop)`);
    const [, word, pushed, lone] = match;
    if (word === 'push') this.#packs.push(this.#pack);
    else if (word === 'pop') this.#pack = this.#packs.pop() ?? 0;
    const digits = pushed ?? lone;
    if (digits !== undefined) {
      const bytes = Number(digits);
      if (![0, 1, 2, 4, 8, 16].includes(bytes))
        throw unreadable(position, `packs to ${digits}, expected 1, 2, 4, 8 or 16`);
      this.#pack = bytes;
    } else if (word === undefined) {
      this.#pack = 0;
    }
  }
}
