// What a call may answer: the errors of the library with their codes, or what the hostile code of the fuzz threw itself.
import { types } from 'node:util';
import { shown } from '../../dist/errors.js';
import { BufferError } from '../../dist/index.js';

const CODES = new Map([
  [
    TypeError,
    ['ERR_INVALID_ARG', 'ERR_READONLY', 'ERR_NOT_CONTIGUOUS', 'ERR_CAST', 'ERR_UNSUPPORTED', 'ERR_FORMAT'],
  ],
  [RangeError, ['ERR_OUT_OF_BOUNDS', 'ERR_OUT_OF_RANGE', 'ERR_SHAPE', 'ERR_OUT_OF_MEMORY']],
  [BufferError, ['ERR_EXPORTED', 'ERR_RELEASED']],
]);

/** What the hostile code threw in this round, so that it is known when it comes out. */
export const thrownByUs = new Set();

/** Throws something of our own. */
export function throwOurs(random) {
  const thing = random.pick([
    () => new Error('ours'),
    () => new TypeError('ours'),
    () => new RangeError('ours'),
    () => Object.freeze({ code: 'ERR_OURS' }),
    () => Symbol('ours'),
    () => 'ours',
    () => null,
    () => undefined,
  ])();
  thrownByUs.add(thing);
  throw thing;
}

/** What is wrong with an error that a call threw, or null. An error of the operating system tells the call that failed. */
export function complaintAbout(error) {
  if (thrownByUs.has(error)) return null;
  for (const [type, codes] of CODES) {
    if (error instanceof type) {
      return codes.includes(error.code) && Object.getPrototypeOf(error) === type.prototype
        ? null
        : `an error without a code of the contract: ${error.stack}`;
    }
  }
  if (error instanceof Error && typeof error.syscall === 'string' && typeof error.errno === 'number')
    return null;
  return `neither a TypeError, RangeError nor BufferError: ${types.isNativeError(error) ? error.stack : shown(error)}`;
}
