// The outcomes that a call may have: errors of the library with their codes, or errors that the fuzz's own hostile code threw.
import { AssertionError } from 'node:assert';
import { types } from 'node:util';
import { BufferError } from '../../dist/index.js';
import { shown } from './shown.mjs';

const CODES = new Map([
  [
    TypeError,
    ['ERR_INVALID_ARG', 'ERR_READONLY', 'ERR_NOT_CONTIGUOUS', 'ERR_CAST', 'ERR_UNSUPPORTED', 'ERR_FORMAT'],
  ],
  [RangeError, ['ERR_OUT_OF_BOUNDS', 'ERR_OUT_OF_RANGE', 'ERR_SHAPE', 'ERR_OUT_OF_MEMORY']],
  [BufferError, ['ERR_EXPORTED', 'ERR_RELEASED']],
]);

const objects = new WeakSet();
const PRIMITIVES = new Set([Symbol('ours'), 'ours', null, undefined]);

/** Whether an error was thrown by hostile code and therefore passes through unchanged. */
export function isOurs(error) {
  return objects.has(error) || PRIMITIVES.has(error);
}

/** Something of our own to throw. */
export function ours(random) {
  const make = random.pick([
    () => new Error('ours'),
    () => new TypeError('ours'),
    () => new RangeError('ours'),
    () => Object.freeze({ code: 'ERR_OURS' }),
    () => random.pick([...PRIMITIVES]),
  ]);
  const thing = make();
  if (!PRIMITIVES.has(thing)) objects.add(thing);
  return thing;
}

/** Throws something of our own. */
export function throwOurs(random) {
  throw ours(random);
}

/** The fault of an error that a call threw, or null. An error of the operating system names the call that failed. */
export function complaintAbout(error) {
  if (isOurs(error)) return null;
  // A method or getter that is called on what merely inherits from its class throws for its caller.
  const isForeign = / called on incompatible receiver |^Receiver must be an instance of class /;
  if (error instanceof TypeError && isForeign.test(error.message)) return null;
  for (const [type, codes] of CODES) {
    if (error instanceof type) {
      return codes.includes(error.code) && Object.getPrototypeOf(error) === type.prototype
        ? null
        : `an error without a code of the contract: ${error.stack}`;
    }
  }
  // What assertViewEqual says of views that differ.
  if (error instanceof AssertionError && error.operator === 'assertViewEqual') return null;
  if (error instanceof Error && typeof error.syscall === 'string' && typeof error.errno === 'number')
    return null;
  return `neither a TypeError, RangeError nor BufferError: ${types.isNativeError(error) ? error.stack : shown(error)}`;
}
