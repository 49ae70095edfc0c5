/**
 * C declarators, the part of a declaration that is inside out: `(*name[3])(int)`.
 */
import { type Attributes, atAttribute, noAttributes, readAttributes } from './attributes.js';
import { constantExpression, type Names } from './constant.js';
import { type Place, unreadable } from './refusal.js';
import type { Tokens } from './tokens.js';
import { arrayOf, type CType, incomplete, POINTER, refusedType } from './type.js';

type Step =
  | { readonly kind: 'pointer' }
  | { readonly kind: 'function' }
  | { readonly kind: 'array'; readonly length: number; readonly place: Place };

/** A declarator over its base type. */
export interface Declarator {
  /** Null for an abstract one, as in a cast. */
  readonly name: string | null;
  readonly place: Place;
  readonly type: CType;
  readonly attributes: Attributes;
}

const QUALIFIERS =
  /^(?:const|volatile|restrict|__restrict|__restrict__|__const|__const__|__volatile__|__volatile|_Atomic|_Nonnull|_Nullable|_Null_unspecified|__ptr64|__cdecl|__stdcall|__extension__)$/;

/** Whether a word qualifies a type, and changes neither size nor format. */
export function isQualifier(word: string): boolean {
  return QUALIFIERS.test(word);
}

/** Reads one declarator, its attributes and the assembler name after it. */
export function readDeclarator(tokens: Tokens, names: Names, base: CType): Declarator {
  const attributes = noAttributes();
  const { place } = tokens.peek();
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
      const array = arrayOf(type, step.length, step.place);
      if (typeof array === 'string') throw unreadable(step.place, array);
      type = array;
    }
  }
  return { name, place, type, attributes };
}

/** The name, and the steps that derive its type from the base type, in order. */
function declared(
  tokens: Tokens,
  names: Names,
  attributes: Attributes,
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
    const { place } = tokens.peek();
    if (atAttribute(tokens)) {
      readAttributes(tokens, names, attributes);
    } else if (tokens.isMark('(')) {
      tokens.skipBalanced();
      suffixes.push({ kind: 'function' });
    } else if (tokens.takeMark('[')) {
      suffixes.push({ kind: 'array', length: lengthOf(tokens, names), place });
      tokens.expect(']');
    } else break;
  }
  return { name: inner.name, steps: [...steps, ...suffixes.reverse(), ...inner.steps] };
}

/** Whether a parenthesis holds a declarator, and not the parameters of a function without a name. */
function nests(tokens: Tokens, names: Names): boolean {
  const inside = tokens.peekSecond();
  if (inside.kind === 'mark') return inside.text === '*' || inside.text === '^' || inside.text === '(';
  return inside.kind === 'word' && !names.isType(inside.text);
}

function lengthOf(tokens: Tokens, names: Names): number {
  while (tokens.peek().text === 'static' || isQualifier(tokens.peek().text)) tokens.take();
  if (tokens.isMark(']')) return 0;
  const { place } = tokens.peek();
  const { value } = constantExpression(tokens, names);
  if (value < 0n) throw unreadable(place, `has an array of ${value} elements`);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw unreadable(place, 'has a size beyond 2^53 bytes');
  return Number(value);
}

/** Whether a bit-field follows: then a type without a format. Its width is passed. */
export function bitField(tokens: Tokens, names: Names, name: string | null): CType | null {
  const { place } = tokens.peek();
  if (!tokens.takeMark(':')) return null;
  constantExpression(tokens, names);
  const what = name === null ? 'an unnamed bit-field' : `the bit-field ${JSON.stringify(name)}`;
  return refusedType(place, `has ${what}, whose bits no format can say; declare the integers that hold them`);
}
