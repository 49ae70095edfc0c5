/**
 * Runtimes that let JavaScript see no memory but the engine's own (Electron): the calls that are refused there, and the messages. The addon
 * found out at load whether this runtime is one of them.
 */
import { binding } from '../binding.js';
import { typeError } from '../errors.js';

/** Whether JavaScript can see memory that the engine does not own. @internal */
export const hasExternal: boolean = binding.external;

/** Whether addresses are those of the process; else they are numbers that tell buffers apart. @internal */
export const hasAddresses: boolean = binding.engine === 'native';

const REFUSAL =
  binding.engine === 'native' ? 'this runtime has no external ArrayBuffers' : 'no native addon is loaded';

/** Throws where no address can be had. @throws TypeError `ERR_UNSUPPORTED` @internal */
export function requireAddresses(subject: string): void {
  if (!hasAddresses) throw noExternal(subject, 'no address can be had', 'take asTypedArray() or copy()');
}

/**
 * Makes the error for a call that such a runtime can't do.
 *
 * @param so - the consequence, as a clause
 * @param remedy - the call that copies instead
 * @internal
 */
export function noExternal(subject: string, so: string, remedy: string): TypeError {
  return typeError('ERR_UNSUPPORTED', `${subject}: ${REFUSAL}, so ${so}; ${remedy}`);
}

/**
 * Throws where JavaScript can't see memory that the engine does not own. To be called before anything is opened, taken or changed.
 *
 * @param what - the memory
 * @throws TypeError `ERR_UNSUPPORTED`
 * @internal
 */
export function requireExternal(subject: string, what: string, remedy: string): void {
  if (!hasExternal) throw noExternal(subject, `JavaScript can't see ${what}`, remedy);
}
