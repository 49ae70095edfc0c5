/**
 * Refusals of memory that the engine does not own. Some runtimes (Electron) let JavaScript see the engine's memory only, as the addon finds
 * out at load; in the others a single mapping can fail.
 */
import { binding } from '../binding.js';
import { rangeError, systemError, typeError } from '../errors.js';

/** Whether JavaScript can see memory that the engine does not own. @internal */
export const hasExternal: boolean = binding.external;

/** Whether addresses are real; without an addon they are numbers that tell buffers apart. @internal */
export const hasAddresses: boolean = binding.engine === 'native';

const REFUSAL =
  binding.engine === 'native' ? 'this runtime has no external ArrayBuffers' : 'no native addon is loaded';

/** Throws where no address can be had. @throws TypeError `ERR_UNSUPPORTED` @internal */
export function requireAddresses(subject: string): void {
  if (!hasAddresses) throw noExternal(subject, 'there is no address', 'take asTypedArray() or copy()');
}

/**
 * Makes the error for a call that a runtime without external ArrayBuffers can't do.
 *
 * @param so - the consequence, as a clause
 * @param remedy - the call that copies instead
 * @internal
 */
export function noExternal(subject: string, so: string, remedy: string): TypeError {
  return typeError('ERR_UNSUPPORTED', `${subject}: ${REFUSAL}, so ${so}; ${remedy}`);
}

/**
 * Throws where JavaScript can't see memory that the engine does not own. Callers do so before they open, take or change anything.
 *
 * @param what - the memory
 * @throws TypeError `ERR_UNSUPPORTED`
 * @internal
 */
export function requireExternal(subject: string, what: string, remedy: string): void {
  if (!hasExternal) throw noExternal(subject, `JavaScript can't see ${what}`, remedy);
}

/** The error where native memory got no ArrayBuffer: for a status, or for the negative errno of the mapping. @internal */
export function mappingRefusal(subject: string, answer: number, nbytes: number, path?: string): Error {
  if (answer < 0) return systemError(answer, 'mmap', path);
  return rangeError('ERR_OUT_OF_MEMORY', `${subject}: the runtime refused an ArrayBuffer of ${nbytes} bytes`);
}
