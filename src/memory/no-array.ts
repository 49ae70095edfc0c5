/**
 * Objects that have bytes but are not arrays. JavaScript reads an array-like by its indices, and a missing index as undefined, which
 * TypedArrays convert to zero. So an index on such an object throws.
 */
import { bare } from '../arguments.js';
import { shown, typeError } from '../errors.js';

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Whether a key is a number: one that could be an index, a negative one, a fraction. */
function isIndex(key: string | symbol): key is string {
  if (typeof key !== 'string') return false;
  const first = key.charCodeAt(0);
  return isDigit(first) || (first === 45 && isDigit(key.charCodeAt(1)));
}

/**
 * Whether Node's `inspect` reads the index. Of an object behind a proxy it reads index 0, as if the object were the pair of target and
 * handler. Only the stack tells who calls.
 */
function isInspecting(): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 4;
  const { stack } = new Error('who reads');
  Error.stackTraceLimit = limit;
  return typeof stack === 'string' && /\binternal[:/]util\/inspect/.test(stack);
}

/**
 * Makes an index on objects of a class throw. A proxy throws it, as the prototype of the class's prototype: it sees only names that the
 * class lacks, so reads of members are as fast as without it (measured on Node 20 and 24).
 *
 * @param name - of the class, for messages
 * @param instead - the call that the message recommends for an index
 */
export function refuseIndices(prototype: object, name: string, instead: (index: string) => string): void {
  const refused = (index: string): Error =>
    typeError(
      'ERR_UNSUPPORTED',
      `index ${shown(index)}: ${name} has no elements as properties; use ${instead(index)}`,
    );
  const behind: object = Object.create(Reflect.getPrototypeOf(prototype));
  const traps: ProxyHandler<object> = {
    get(target, key, receiver): unknown {
      if (isIndex(key) && !(key === '0' && isInspecting())) throw refused(key);
      return Reflect.get(target, key, receiver);
    },
    set(target, key, value, receiver): boolean {
      if (isIndex(key)) throw refused(key);
      return Reflect.set(target, key, value, receiver);
    },
    // Code that first asks whether an index exists must go on to read it, and not take it for a hole.
    has: (target, key) => isIndex(key) || Reflect.has(target, key),
  };
  Object.setPrototypeOf(prototype, new Proxy(behind, bare(traps)));
}
