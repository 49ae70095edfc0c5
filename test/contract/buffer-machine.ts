/**
 * Runs a vector of Python 2's `buffer`, over a resizable ArrayBuffer in the place of a bytearray.
 */
import { inspect } from 'node:util';
import * as api from '../../src/index.js';
import { call, hex, type Observed } from './machine.js';
import { decoded } from './values.js';
import type { Encoded, Vector } from './vectors.js';

/** Runs a vector of Python 2's `buffer`, which has its own operations. */
export function runBuffer(vector: Vector): Observed {
  const bytes = Buffer.from(vector.base!.bytes, 'hex');
  const owner: ArrayBuffer = Reflect.construct(ArrayBuffer, [
    bytes.length,
    { maxByteLength: 64 + bytes.length },
  ]);
  new Uint8Array(owner).set(bytes);
  const memory = (): string => hex(new Uint8Array(owner));
  let current: unknown = owner;
  let outcome: unknown;
  let at = 0;
  try {
    for (const op of vector.ops) {
      const [name, a, b] = op;
      outcome = undefined;
      if (name === 'buffer')
        current = call(api, 'buffer', [current, ...op.slice(1).map((arg) => decoded(arg))]);
      else if (name === 'resize') call(owner, 'resize', [Number(a)]);
      else if (name === 'poke') new Uint8Array(owner)[Number(a)] = Number(b);
      else outcome = bufferValue(current as api.PyBuffer, name, a, b);
      at++;
    }
  } catch (error) {
    return { error, at, memory };
  }
  if (outcome !== undefined) return { value: { is: outcome }, memory };
  const view = current as api.PyBuffer;
  return {
    value: { is: { bytes: Buffer.from(String(view), 'latin1').toString('hex'), len: view.length } },
    memory,
  };
}

function bufferValue(view: api.PyBuffer, name: string, a?: Encoded, b?: Encoded): unknown {
  switch (name) {
    case 'at':
      return String(call(view, 'get', [decoded(a)])).charCodeAt(0);
    case 'get':
      return Buffer.from(String(call(view, 'slice', [decoded(a), decoded(b)])), 'latin1');
    case 'repr':
      return inspect(view).replace(/0x[0-9a-f]+/g, '0x*');
    default:
      throw new Error(`there is no operation ${name}`);
  }
}
