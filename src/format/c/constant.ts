/**
 * Integer constant expressions of C: values with C's integer types, its promotions and its wrapping. `sizeof`, `_Alignof`,
 * `offsetof` and casts ask the parser for a type.
 */
import { shown } from '../../errors.js';
import type { Token } from './lexer.js';
import { unreadable } from './refusal.js';
import { shownToken, type Tokens } from './tokens.js';
import { alignOf, type CType, type DataModel, sizeOf } from './type.js';

/** A value and its type. */
export interface Constant {
  readonly value: bigint;
  readonly bits: 32 | 64;
  readonly unsigned: boolean;
}

/** The names and types that an expression may refer to. */
export interface ConstantContext {
  readonly model: DataModel;
  /** The value of an enumerator; undefined where there is none. */
  enumerator(name: string): Constant | undefined;
  /** Whether a word begins a type name. */
  isType(word: string): boolean;
  /** Whether a type name begins at the next token. */
  atType(): boolean;
  /** Reads a type name, up to the parenthesis that ends it. */
  typeName(): CType;
  /** The offset of a member; a string says why there is none. */
  offsetOf(type: CType, path: readonly string[]): number | string;
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

/** A value of type `int`, or of the first wider type that holds it. */
export function constantOf(value: bigint): Constant {
  const fits = value === BigInt.asIntN(32, value);
  return { value, bits: fits ? 32 : 64, unsigned: value > 0x7fffffffffffffffn };
}

/** The value of a constant for callers: a number if it is exact, else a bigint. */
export function plainValue({ value }: Constant): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * Reads a conditional expression.
 *
 * @throws TypeError `ERR_FORMAT` for a value that is not an integer constant expression
 */
export function constantExpression(tokens: Tokens, names: ConstantContext): Constant {
  return new Expression(tokens, names).conditional();
}

class Expression {
  readonly #tokens: Tokens;
  readonly #names: ConstantContext;

  constructor(tokens: Tokens, names: ConstantContext) {
    this.#tokens = tokens;
    this.#names = names;
  }

  conditional(): Constant {
    const condition = this.#binary(1);
    if (!this.#tokens.takeMark('?')) return condition;
    const yes = this.#tokens.nested(() => this.conditional());
    this.#tokens.expect(':');
    const no = this.#tokens.nested(() => this.conditional());
    const { bits, unsigned } = common(yes, no);
    return ofWidth(condition.value === 0n ? no.value : yes.value, bits, unsigned);
  }

  #binary(least: number): Constant {
    let left = this.#unary();
    for (;;) {
      const operator = this.#tokens.peek();
      const level = operator.kind === 'mark' ? PRECEDENCE[operator.text] : undefined;
      if (level === undefined || level < least) return left;
      this.#tokens.take();
      const right = this.#binary(level + 1);
      left = combined(operator, left, right);
    }
  }

  #unary(): Constant {
    const tokens = this.#tokens;
    const token = tokens.peek();
    if (token.kind === 'mark' && '-+~!'.includes(token.text)) {
      tokens.take();
      const { value, bits, unsigned } = promoted(tokens.nested(() => this.#unary()));
      if (token.text === '!') return constantOf(value === 0n ? 1n : 0n);
      return ofWidth(token.text === '-' ? -value : token.text === '~' ? ~value : value, bits, unsigned);
    }
    if (token.text === '__extension__') {
      tokens.take();
      return tokens.nested(() => this.#unary());
    }
    if (tokens.takeMark('(')) {
      if (!this.#names.atType()) {
        const inner = this.#tokens.nested(() => this.conditional());
        tokens.expect(')');
        return inner;
      }
      const type = this.#names.typeName();
      tokens.expect(')');
      return this.#cast(
        token,
        type,
        tokens.nested(() => this.#unary()),
      );
    }
    return this.#primary(tokens.take());
  }

  #cast(token: Token, type: CType, { value }: Constant): Constant {
    const integer = type.kind === 'scalar' ? type.integer : null;
    if (integer === null)
      throw unreadable(token.position, 'casts a constant to a type that is not an integer');
    const narrowed = integer.unsigned
      ? BigInt.asUintN(integer.width, value)
      : BigInt.asIntN(integer.width, value);
    return promoted({
      value: narrowed,
      bits: integer.bits,
      unsigned: integer.unsigned && integer.width >= 32,
    });
  }

  #primary(token: Token): Constant {
    if (token.kind === 'number') {
      const constant = integerOf(token.text, this.#names.model);
      if (constant === null)
        throw unreadable(token.position, `has ${shown(token.text)}, which is not an integer`);
      return constant;
    }
    if (token.kind === 'character') {
      const value = characterOf(token.text);
      if (value === null)
        throw unreadable(token.position, `has ${token.text.slice(0, 20)}, expected one character`);
      return constantOf(value);
    }
    if (token.kind === 'word') {
      if (token.text === 'sizeof') return this.#ofType(token, (type) => sizeOf(type));
      if (/^(?:_Alignof|alignof|__alignof__|__alignof)$/.test(token.text))
        return this.#ofType(token, alignOf);
      if (token.text === 'offsetof' || token.text === '__builtin_offsetof') return this.#offset(token);
      if (token.text === 'true' || token.text === 'false') return constantOf(token.text === 'true' ? 1n : 0n);
      const constant = this.#names.enumerator(token.text);
      if (constant !== undefined) return constant;
      throw unreadable(token.position, `has ${shown(token.text)}, which is not a constant`);
    }
    throw unreadable(token.position, `has ${shownToken(token)} where a constant must come`);
  }

  #ofType(token: Token, measure: (type: CType) => number | null): Constant {
    this.#tokens.expect('(');
    if (!this.#names.atType()) {
      throw unreadable(token.position, `has ${token.text} of ${this.#tokens.shownNext()}, expected a type`);
    }
    const type = this.#names.typeName();
    this.#tokens.expect(')');
    const bytes = type.kind === 'incomplete' ? null : measure(type);
    if (bytes === null)
      throw unreadable(token.position, `has ${token.text} of a type whose size is not known`);
    return { value: BigInt(bytes), bits: 64, unsigned: true };
  }

  #offset(token: Token): Constant {
    const tokens = this.#tokens;
    tokens.expect('(');
    const type = this.#names.typeName();
    tokens.expect(',');
    const path = [tokens.word()];
    while (tokens.takeMark('.')) path.push(tokens.word());
    tokens.expect(')');
    const offset = this.#names.offsetOf(type, path);
    if (typeof offset === 'string') throw unreadable(token.position, offset);
    return { value: BigInt(offset), bits: 64, unsigned: true };
  }
}

function ofWidth(value: bigint, bits: 32 | 64, unsigned: boolean): Constant {
  return { value: unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value), bits, unsigned };
}

/** C's integer promotions are done where a value is made: nothing is narrower than 32 bits here. */
function promoted(constant: Constant): Constant {
  return ofWidth(constant.value, constant.bits, constant.unsigned);
}

function common(a: Constant, b: Constant): { bits: 32 | 64; unsigned: boolean } {
  if (a.bits === b.bits) return { bits: a.bits, unsigned: a.unsigned || b.unsigned };
  const wide = a.bits === 64 ? a : b;
  return { bits: 64, unsigned: wide.unsigned };
}

function combined(operator: Token, left: Constant, right: Constant): Constant {
  const { text, position } = operator;
  const truth = (is: boolean): Constant => constantOf(is ? 1n : 0n);
  if (text === '||') return truth(left.value !== 0n || right.value !== 0n);
  if (text === '&&') return truth(left.value !== 0n && right.value !== 0n);
  if (text === '<<' || text === '>>') {
    const { bits, unsigned } = left;
    if (right.value < 0n || right.value >= BigInt(bits)) {
      throw unreadable(position, `shifts a value of ${bits} bits by ${right.value}`);
    }
    return ofWidth(text === '<<' ? left.value << right.value : left.value >> right.value, bits, unsigned);
  }
  const { bits, unsigned } = common(left, right);
  const a = ofWidth(left.value, bits, unsigned).value;
  const b = ofWidth(right.value, bits, unsigned).value;
  switch (text) {
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '|':
      return ofWidth(a | b, bits, unsigned);
    case '^':
      return ofWidth(a ^ b, bits, unsigned);
    case '&':
      return ofWidth(a & b, bits, unsigned);
    case '+':
      return ofWidth(a + b, bits, unsigned);
    case '-':
      return ofWidth(a - b, bits, unsigned);
    case '*':
      return ofWidth(a * b, bits, unsigned);
    default:
      if (b === 0n) throw unreadable(position, 'divides by zero');
      return ofWidth(text === '/' ? a / b : a % b, bits, unsigned);
  }
}

/** An integer literal; null for other text, or one of more than 64 bits. */
function integerOf(text: string, model: DataModel): Constant | null {
  const match =
    /^(0[xX][0-9a-fA-F]{1,64}|0[bB][01]{1,80}|0[0-7]{0,80}|[1-9][0-9]{0,80})([uU]?(?:ll?|LL?)?|(?:ll?|LL?)[uU])$/.exec(
      text,
    );
  if (match === null) return null;
  const digits = match[1]!;
  const suffix = match[2]!.toLowerCase();
  const octal = /^0[0-7]/.test(digits);
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  if (value > 0xffffffffffffffffn) return null;
  const decimal = /^[1-9]/.test(digits);
  const isUnsigned = suffix.includes('u');
  const longs = suffix.split('l').length - 1;
  const wide = longs === 2 || (longs === 1 && model.long === 8);
  if (!wide) {
    if (!isUnsigned && value <= 0x7fffffffn) return { value, bits: 32, unsigned: false };
    if ((isUnsigned || !decimal) && value <= 0xffffffffn) return { value, bits: 32, unsigned: true };
  }
  return { value, bits: 64, unsigned: isUnsigned || value > 0x7fffffffffffffffn };
}

const ESCAPES: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  '0': 0,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  e: 27,
};

/** The value of a character constant; null for more than one character. */
function characterOf(text: string): bigint | null {
  const plain = !text.startsWith("'");
  const inside = text.slice(text.indexOf("'") + 1, -1);
  const coded = /^\\(?:x([0-9a-fA-F]{1,8})|([0-7]{1,3}))$/.exec(inside);
  if (coded !== null) {
    const value = BigInt(
      coded[1] === undefined ? Number.parseInt(coded[2]!, 8) : Number.parseInt(coded[1], 16),
    );
    return plain ? value : BigInt.asIntN(8, value);
  }
  if (inside.length === 2 && inside[0] === '\\') {
    return BigInt(ESCAPES[inside[1]!] ?? inside.charCodeAt(1));
  }
  const point = inside.codePointAt(0);
  if (point === undefined || inside.length !== String.fromCodePoint(point).length) return null;
  return point < 0x80 || plain ? BigInt(point) : null;
}
