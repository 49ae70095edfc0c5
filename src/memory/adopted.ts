/**
 * Memory of other addons: the view that an exporter under `Symbol.for('memoryview.exporter.v1')` lends becomes a NativeMemory of
 * kind 'foreign', whose release returns it. The addon checks the exporter and all geometry before an ArrayBuffer exists.
 */
import { constants } from 'node:buffer';
import { binding, ERROR_CODE, RESULT } from '../binding.js';
import { bufferError, rangeError, shown, typeError } from '../errors.js';
import { formatFromC } from '../format/c-long.js';
import type { Format } from '../format/format.js';
import { parseFormat } from '../format/parse.js';
import { requireExternal } from './external.js';
import { KEY } from './holding.js';
import { memoryOver, NativeMemory } from './native-memory.js';
import { watchAllocation } from './watch.js';

/** The symbol under which an object carries its exporter for addons. @internal */
export const EXPORTER: symbol = Symbol.for('memoryview.exporter.v1');

/** A view that an exporter lent. @internal */
export interface Adopted {
  /** Its whole region. The same object for each adoption of one region, while its ArrayBuffer lives. */
  readonly memory: NativeMemory;
  readonly format: Format;
  /** Bytes from the region's first byte to the first element. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly readonly: boolean;
}

/** The remedy in a runtime without external ArrayBuffers, for errors. @internal */
export const COPYING = 'have the native code copy it into a Buffer (napi_create_buffer_copy)';

/**
 * Acquires memory from another addon's exporter.
 *
 * @param external - the object's value under {@link EXPORTER}
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not an exporter, or describes its memory wrongly; `ERR_UNSUPPORTED` for another
 *   version, and in a runtime without external ArrayBuffers, where nothing is acquired; `ERR_FORMAT`. BufferError `ERR_RELEASED`, `ERR_EXPORTED`. RangeError `ERR_OUT_OF_MEMORY`
 * @internal
 */
export function adopt(subject: string, external: unknown): Adopted {
  requireExternal(subject, "another addon's memory", COPYING);
  const most = constants.MAX_LENGTH;
  return adoptedBy(subject, 'the object', (check) => binding.adopt(external, most, check));
}

/** The addon's answer to a take-over: the memory's facts, or the refusal. @internal */
export type Adoption = [ArrayBuffer, string, number[], number[]] | [number, string] | number;

/**
 * Makes memory of the view that `take` took over from another library.
 *
 * @param what - the subject of messages: the object that offered it
 * @param take - gets the check of format and itemsize, which the addon calls before it keeps anything
 * @throws as {@link adopt}
 * @internal
 */
export function adoptedBy(
  subject: string,
  what: string,
  take: (check: (format: string, itemsize: number) => void) => Adoption,
): Adopted {
  let read: Format | null = null;
  const answer = take((text, itemsize) => {
    read = checkedFormat(subject, text, itemsize);
  });
  if (typeof answer === 'number') throw tooMuch(subject);
  if (typeof answer[0] === 'number') throw adoptionError(`${subject}: ${what}`, answer[0], String(answer[1]));
  const [buffer, text, shape, strides] = answer as [ArrayBuffer, string, number[], number[]];
  const {
    [RESULT.ID]: id,
    [RESULT.ADDRESS]: address,
    [RESULT.NBYTES]: nbytes,
    [RESULT.OFFSET]: offset,
    [RESULT.READONLY]: readonly,
  } = binding.results;
  const memory = memoryOver(buffer, () => {
    const allocation = { id: id!, kind: 'foreign', nbytes: nbytes!, label: undefined } as const;
    const made = new NativeMemory(KEY, {
      allocation,
      address: address!,
      buffer,
      readonly: readonly !== 0,
      engine: false,
      scope: null,
    });
    watchAllocation(made, allocation);
    return made;
  });
  return {
    memory,
    format: read ?? parseFormat(formatFromC(text)),
    offset: offset!,
    shape,
    strides,
    readonly: readonly !== 0,
  };
}

function checkedFormat(subject: string, text: string, itemsize: number): Format {
  const format = parseFormat(formatFromC(text));
  if (format.itemsize === itemsize) return format;
  throw typeError(
    'ERR_INVALID_ARG',
    `${subject}: the exporter hands out a view of itemsize ${itemsize}, expected ${format.itemsize} for format ${shown(text)}`,
  );
}

function tooMuch(subject: string): Error {
  const most = `this runtime's ArrayBuffers hold at most ${constants.MAX_LENGTH}`;
  return rangeError('ERR_OUT_OF_MEMORY', `${subject}: the exporter's region is too large, ${most}`);
}

/** Whether the addon answered with a code of `mv_error` and its message. @internal */
export function isRefusal(answer: readonly unknown[]): answer is [number, string] {
  return answer.length === 2 && typeof answer[0] === 'number';
}

/** The error for a code of `mv_error`; the message is the end of a sentence about `who`. @internal */
export function adoptionError(who: string, code: number, message: string): Error {
  const text = `${who} ${message}`;
  if (code === ERROR_CODE.RELEASED) return bufferError('ERR_RELEASED', text);
  if (code === ERROR_CODE.BUSY) return bufferError('ERR_EXPORTED', text);
  if (code === ERROR_CODE.NO_MEMORY) return rangeError('ERR_OUT_OF_MEMORY', text);
  const unsupported = code === ERROR_CODE.BAD_VERSION || code === ERROR_CODE.UNSUPPORTED;
  return typeError(unsupported ? 'ERR_UNSUPPORTED' : 'ERR_INVALID_ARG', text);
}
