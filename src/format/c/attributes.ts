/**
 * `__attribute__`, `_Alignas` and `__declspec`: those that change a layout are applied or refused, the rest is skipped.
 */
import { shown } from '../../errors.js';
import { type ConstantContext, constantExpression } from './constant.js';
import { refused, unreadable } from './refusal.js';
import type { Tokens } from './tokens.js';
import { type Asked, alignOf } from './type.js';

/** The requests of a declaration's attributes, collected as they are read. */
export interface CAttributes {
  /** Bytes; 0 where nothing asks for any. */
  align: number;
  /** The last `aligned(n)`. */
  lastAlign: number;
  packed: boolean;
  /** The mode of `mode(…)`, such as `DI`; null without one. */
  mode: string | null;
}

/** No attributes yet. */
export function noAttributes(): CAttributes {
  return { align: 0, lastAlign: 0, packed: false, mode: null };
}

/** The part of the requests that concerns the layout of a member. */
export function askedBy({ align, packed }: CAttributes, more: CAttributes): Asked {
  return { align: Math.max(align, more.align), packed: packed || more.packed };
}

// The alignment of GCC and Clang on 64-bit machines where no number is given: their `__BIGGEST_ALIGNMENT__`.
const BIGGEST_ALIGNMENT = 16;
const LAYOUT_ATTRIBUTES = /^(?:vector_size|ext_vector_type|neon_vector_type|scalar_storage_order|ms_struct)$/;

/** Whether an attribute comes next. */
export function atAttribute(tokens: Tokens): boolean {
  const { kind, text } = tokens.peek();
  if (kind !== 'word') return tokens.isMark('[') && tokens.peekSecond().text === '[';
  return /^(?:__attribute__|__attribute|__declspec|_Alignas|alignas)$/.test(text);
}

/** Reads the attributes that come next, any number of them. */
export function readAttributes(tokens: Tokens, names: ConstantContext, into: CAttributes): void {
  while (atAttribute(tokens)) {
    if (tokens.isMark('[')) {
      tokens.skipBalanced();
      continue;
    }
    const { text } = tokens.take();
    tokens.expect('(');
    if (text === '_Alignas' || text === 'alignas') {
      askFor(into, readAlignedArgument(tokens, names));
    } else if (text === '__declspec') {
      readAttributeList(tokens, names, into);
    } else {
      tokens.expect('(');
      readAttributeList(tokens, names, into);
      tokens.expect(')');
    }
    tokens.expect(')');
  }
}

/** Attributes up to the parenthesis that ends their list. */
function readAttributeList(tokens: Tokens, names: ConstantContext, into: CAttributes): void {
  while (!tokens.isMark(')')) {
    if (tokens.takeMark(',')) continue;
    const token = tokens.take();
    if (token.kind !== 'word')
      throw unreadable(token.position, `has ${shown(token.text)} where an attribute must come`);
    const name = token.text.replace(/^__(.+)__$/, '$1');
    const called = tokens.isMark('(');
    if (LAYOUT_ATTRIBUTES.test(name)) {
      throw refused(token.position, `has the attribute ${shown(name)}, whose layout cdef does not know`);
    }
    if (name === 'packed') into.packed = true;
    else if ((name === 'aligned' || name === 'align') && !called) askFor(into, BIGGEST_ALIGNMENT);
    else if ((name === 'aligned' || name === 'align' || name === 'mode') && called) {
      tokens.expect('(');
      if (name === 'mode') into.mode = tokens.word().replace(/^__(.+)__$/, '$1');
      else askFor(into, readAlignedArgument(tokens, names));
      tokens.expect(')');
      continue;
    }
    if (called) tokens.skipBalanced();
  }
}

function askFor(into: CAttributes, align: number): void {
  into.align = Math.max(into.align, align);
  into.lastAlign = align;
}

/** The bytes of `aligned(n)`, or of `_Alignas(type)`. */
function readAlignedArgument(tokens: Tokens, names: ConstantContext): number {
  const { position } = tokens.peek();
  if (names.atType()) return alignOf(names.typeName());
  const bytes = Number(constantExpression(tokens, names).value);
  // GCC takes up to 2^28; 0 is no request.
  if (bytes === 0) return 0;
  if (bytes < 0 || bytes > 2 ** 28 || !Number.isInteger(Math.log2(bytes))) {
    throw unreadable(position, `aligns to ${bytes} bytes, expected a power of two up to 2^28`);
  }
  return bytes;
}
