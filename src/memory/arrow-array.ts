/**
 * Arrow arrays of other libraries as the addon reads them. The buffers that were taken of an imported array hold it: when the last
 * of their memory ends, the array's own release is called, once.
 */
import { constants } from 'node:buffer';
import { type ArrowDescription, binding, STATUS } from '../binding.js';
import { rangeError, typeError } from '../errors.js';
import { type Adopted, adoptedBy, adoptionError, isRefusal } from './adopted.js';
import { requireExternal } from './external.js';

/** One array of a tree. */
export interface ArrowNode {
  /** Arrow's format string. */
  readonly format: string;
  readonly name: string;
  readonly flags: number;
  /** In elements, without the offset. */
  readonly length: number;
  /** -1 where the producer did not count. */
  readonly nullCount: number;
  /** Elements before the first. */
  readonly offset: number;
  /** Addresses; 0 where there is none. */
  readonly buffers: readonly number[];
  readonly children: readonly ArrowNode[];
  readonly dictionary: ArrowNode | null;
  /** Arrow's bytes of key-value metadata; null without any, false where they contradict themselves. */
  readonly metadata: Uint8Array | false | null;
  /** The fault of this array itself, as the end of a sentence; the other members are then empty. */
  readonly fault: string | null;
}

function nodeOf(description: ArrowDescription): ArrowNode {
  const [format, name, flags, length, nullCount, offset, buffers, children, dictionary, metadata, fault] =
    description;
  return {
    ...{ format, name, flags, length, nullCount, offset, buffers, metadata, fault },
    children: children.map(nodeOf),
    dictionary: dictionary === null ? null : nodeOf(dictionary),
  };
}

function statusError(subject: string, status: number): Error {
  if (status !== STATUS.OUT_OF_MEMORY) return noAddress(subject);
  return rangeError('ERR_OUT_OF_MEMORY', `${subject}: the system refused memory for the array's holder`);
}

function noAddress(subject: string): Error {
  return typeError('ERR_INVALID_ARG', `${subject}: the address is 0, expected that of a struct`);
}

/** Reads the structs at two addresses; it moves nothing. @throws as `fromArrow` @internal */
export function describeArray(subject: string, schema: bigint, array: bigint): ArrowNode {
  const answer = binding.describeArray(schema, array);
  if (typeof answer === 'number') throw noAddress(subject);
  if (isRefusal(answer)) throw adoptionError(`${subject}: the array`, ...answer);
  return nodeOf(answer);
}

/** Throws where the buffers of an array can't be seen. @throws TypeError `ERR_UNSUPPORTED` @internal */
export function requireArrow(subject: string): void {
  requireExternal(subject, "Arrow's buffers", 'have the library write them, as Arrow IPC or plain bytes');
}

/** Moves the array out of its struct and releases the schema; the caller drops the holding when it has its buffers. @internal */
export function takeArray(subject: string, schema: bigint, array: bigint): object {
  const holding = binding.takeArray(schema, array);
  if (typeof holding === 'number') throw statusError(subject, holding);
  if (Array.isArray(holding) && isRefusal(holding)) throw adoptionError(`${subject}: the array`, ...holding);
  return holding;
}

/** Takes some bytes of a buffer as memory. @throws TypeError, RangeError where that can't be @internal */
export function adoptBuffer(subject: string, holding: object, address: number, nbytes: number): Adopted {
  if (address === 0 && nbytes !== 0) {
    throw typeError('ERR_INVALID_ARG', `${subject}: a buffer is missing, expected ${nbytes} bytes`);
  }
  if (!Number.isSafeInteger(nbytes)) {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: a buffer has ${nbytes} bytes, expected fewer than 2^53`,
    );
  }
  return adoptedBy(subject, 'the buffer', (check) =>
    binding.adoptBuffer(holding, address, nbytes, constants.MAX_LENGTH, check),
  );
}

/** Drops the holding of an array, which from then on lives as long as the memory that was taken of it. @internal */
export function dropArray(holding: object): void {
  binding.dropArray(holding);
}

/** Moves a stream. @throws BufferError `ERR_RELEASED` @internal */
export function takeStream(subject: string, address: bigint): object {
  const answer = binding.takeStream(address);
  if (typeof answer === 'number') throw statusError(subject, answer);
  if (Array.isArray(answer) && isRefusal(answer)) throw adoptionError(`${subject}: the stream`, ...answer);
  return answer;
}

/** The schema of a stream, as an array without elements. @throws as the stream says; BufferError `ERR_RELEASED` @internal */
export function streamSchema(subject: string, stream: object): ArrowNode {
  const answer = binding.streamSchema(stream);
  if (typeof answer === 'number') throw statusError(subject, answer);
  if (isRefusal(answer)) throw adoptionError(`${subject}: the stream`, ...answer);
  return nodeOf(answer);
}

/** An array of a stream that was moved here. */
export interface NextArray {
  readonly root: ArrowNode;
  readonly holding: object;
}

type NextAnswer = [ArrowDescription, object] | [number, string] | number | null;

function nextOf(subject: string, answer: NextAnswer): NextArray | null {
  if (answer === null) return null;
  if (typeof answer === 'number') throw statusError(subject, answer);
  if (isRefusal(answer)) throw adoptionError(`${subject}: the stream`, ...answer);
  return { root: nodeOf(answer[0]), holding: answer[1] };
}

/** The next array of a stream, or null at its end. @throws as the stream says @internal */
export function nextArray(subject: string, stream: object): NextArray | null {
  return nextOf(subject, binding.nextArray(stream));
}

/** The same, pulled on the thread pool. @throws as {@link nextArray}; BufferError `ERR_EXPORTED` while it is pulled @internal */
export async function nextArrayLater(subject: string, stream: object): Promise<NextArray | null> {
  return nextOf(subject, await binding.nextArrayLater(stream));
}

/** Releases a stream. @internal */
export function closeStream(stream: object): void {
  binding.closeStream(stream);
}
