/**
 * C declarators, which are read from the inside out: `(*name[3])(int)`.
 */
import { atAttribute, type CAttributes, noAttributes, readAttributes } from './attributes.js';
import { type ConstantContext, constantExpression } from './constant.js';
import { type SourcePosition, unreadable } from './refusal.js';
import type { Tokens } from './tokens.js';
import { arrayType, type CType, incomplete, POINTER, refusedType } from './type.js';

type Step =
  | { readonly kind: 'pointer' }
  | { readonly kind: 'function' }
  | { readonly kind: 'array'; readonly length: number; readonly position: SourcePosition };

/** A declarator over its base type. */
export interface Declarator {
  /** Null for an abstract one, as in a cast. */
  readonly name: string | null;
  readonly position: SourcePosition;
  readonly type: CType;
  readonly attributes: CAttributes;
}

const QUALIFIERS =
  /^(?:const|volatile|restrict|__restrict|__restrict__|__const|__const__|__volatile__|__volatile|_Atomic|_Nonnull|_Nullable|_Null_unspecified|__ptr64|__cdecl|__stdcall|__extension__)$/;

/** Whether a word qualifies a type, and changes neither size nor format. */
export function isQualifier(word: string): boolean {
  return QUALIFIERS.test(word);
}

/** Reads one declarator, its attributes and the assembler name after it. */
export function readDeclarator(tokens: Tokens, names: ConstantContext, base: CType): Declarator {
  const attributes = noAttributes();
  const { position } = tokens.peek();
  const { name, steps } = declared(tokens, names, attributes);
  for (;;) {
    if (atAttribute(tokens)) readAttributes(tokens, names, attributes);
    else if (/^(?:__asm__|__asm|asm)$/.test(tokens.peek().text)) {
      tokens.take();
      tokens.skipBalanced();
    } else break;
  }
  let type = base;
  for (const step of steps) {
    if (step.kind === 'pointer') type = POINTER;
    else if (step.kind === 'function') type = incomplete('a function', true);
    else {
      const array = arrayType(type, step.length, step.position);
      if (typeof array === 'string') throw unreadable(step.position, array);
      type = array;
    }
  }
  return { name, position, type, attributes };
}

/** The name, and the steps that derive its type from the base type, in order. */
function declared(
  tokens: Tokens,
  names: ConstantContext,
  attributes: CAttributes,
): { name: string | null; steps: Step[] } {
  const steps: Step[] = [];
  for (;;) {
    if (tokens.takeMark('*') || tokens.takeMark('^')) steps.push({ kind: 'pointer' });
    else if (atAttribute(tokens)) readAttributes(tokens, names, attributes);
    else if (tokens.peek().kind === 'word' && isQualifier(tokens.peek().text)) tokens.take();
    else break;
  }
  let inner: { name: string | null; steps: Step[] } = { name: null, steps: [] };
  if (tokens.peek().kind === 'word') {
    inner = { name: tokens.take().text, steps: [] };
  } else if (tokens.isMark('(') && nests(tokens, names)) {
    tokens.take();
    inner = tokens.nested(() => declared(tokens, names, attributes));
    tokens.expect(')');
  }
  const suffixes: Step[] = [];
  for (;;) {
    const { position } = tokens.peek();
    if (atAttribute(tokens)) {
      readAttributes(tokens, names, attributes);
    } else if (tokens.isMark('(')) {
      tokens.skipBalanced();
      suffixes.push({ kind: 'function' });
    } else if (tokens.takeMark('[')) {
      suffixes.push({ kind: 'array', length: arrayLengthOf(tokens, names), position });
      tokens.expect(']');
    } else break;
  }
  return { name: inner.name, steps: [...steps, ...suffixes.reverse(), ...inner.steps] };
}

/** Whether a parenthesis holds a declarator, and not the parameters of a function without a name. */
function nests(tokens: Tokens, names: ConstantContext): boolean {
  const inside = tokens.peekSecond();
  if (inside.kind === 'mark') return inside.text === '*' || inside.text === '^' || inside.text === '(';
  return inside.kind === 'word' && !names.isType(inside.text);
}

function arrayLengthOf(tokens: Tokens, names: ConstantContext): number {
  while (tokens.peek().text === 'static' || isQualifier(tokens.peek().text)) tokens.take();
  if (tokens.isMark(']')) return 0;
  const { position } = tokens.peek();
  const { value } = constantExpression(tokens, names);
  if (value < 0n) throw unreadable(position, `has an array of ${value} elements`);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw unreadable(position, 'has a size beyond 2^53 bytes');
  return Number(value);
}

/** Reads a bit-field's width if one follows, and returns a type without a format for it. */
export function bitField(tokens: Tokens, names: ConstantContext, name: string | null): CType | null {
  const { position } = tokens.peek();
  if (!tokens.takeMark(':')) return null;
  constantExpression(tokens, names);
  const what = name === null ? 'an unnamed bit-field' : `the bit-field ${JSON.stringify(name)}`;
  return refusedType(
    position,
    `has ${what}, whose bits no format can say; declare the integers that hold them`,
  );
}
