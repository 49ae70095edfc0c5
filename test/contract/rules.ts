/**
 * The vectors that do not apply here, with reasons. Each rule names a difference between Python and the contract; none names a vector.
 */
import { tagged } from './values.js';
import type { Encoded, Vector } from './vectors.js';

export interface Rule {
  readonly name: string;
  readonly reason: string;
  readonly excludes: (vector: Vector) => boolean;
}

const has = (vector: Vector, ...names: string[]): boolean =>
  vector.ops.some(([name]) => names.includes(name));

export const RULES: readonly Rule[] = [
  {
    name: 'hash',
    reason: 'the contract has no hash: JavaScript has no objects that are keys by content',
    excludes: (vector) => has(vector, 'hash', 'hash_eq'),
  },
  {
    name: 'getbuffer',
    reason: "the contract has no PyObject_GetBuffer: its flags are C's affair",
    excludes: (vector) => has(vector, 'getbuffer'),
  },
  {
    name: 'resize_base',
    reason:
      'only MappedFile.resize resizes native memory, and it ends the views instead of being refused by them',
    excludes: (vector) => has(vector, 'resize_base'),
  },
  {
    name: 'delitem',
    reason: 'JavaScript has no deletion of an item that an object could refuse',
    excludes: (vector) => has(vector, 'delitem'),
  },
  {
    name: 'python 2 operators',
    reason: 'a PyBuffer is no string: no ordering, concatenation, repetition or assignment',
    excludes: (vector) => vector.group === 'py2_buffer' && has(vector, 'cmp', 'concat', 'repeat', 'set'),
  },
  {
    name: 'float_type',
    reason: 'JavaScript has no 1.0 apart from 1, so an integral float is an integer',
    excludes: (vector) => vector.needs?.includes('float_type') === true && !takesFloats(vector),
  },
  {
    name: 'codes that numpy refuses',
    reason: 'n, N, P, p, & and t are formats here, as PEP 3118 and struct have them',
    excludes: ({ ops, expect }) => {
      const [name, format] = ops[0] ?? [''];
      return name === 'layout' && expect.error !== undefined && /[nNPp&t]/.test(withoutNames(format));
    },
  },
];

function withoutNames(format: Encoded | undefined): string {
  return String(format).replace(/:[^:]*:/g, '');
}

/** Whether a vector's float is stored where JavaScript, too, distinguishes a float from an integer: in `e f d s p c`. */
function takesFloats({ base, ops }: Vector): boolean {
  if (base !== null && ops.some(([name, key]) => name === 'index' && tagged(key, '$float') !== undefined))
    return false;
  const [name, first] = ops[0] ?? [''];
  const format = name === 'pack' ? String(first) : (base?.format ?? '');
  return !/[bBhHiIlLqQnNP]/.test(format);
}

/** The rule that excludes a vector, or null. */
export function ruleOf(vector: Vector): Rule | null {
  return RULES.find((rule) => rule.excludes(vector)) ?? null;
}
