/**
 * Arrow structs that this library makes, at addresses: a schema and an array whose buffers are pinned until the array's release, and streams of them.
 * Structs that were made into a part of others, or that a consumer moved out, are empty afterwards.
 */
import { bare } from '../arguments.js';
import { type ArrowAddressPair, type ArrowHead, binding, STATUS } from '../binding.js';
import { bufferError, rangeError, typeError } from '../errors.js';
import { adoptionError, isRefusal } from './adopted.js';

export type { ArrowAddressPair, ArrowHead } from '../binding.js';

/** A schema and an array. */
export interface ArrowStructs {
  /** Keeps the structs; those that were not moved out are released when they are garbage. Null for structs of other libraries. */
  readonly kept: object | null;
  readonly schema: bigint;
  readonly array: bigint;
  /** Whether a caller owns the structs, which then stay when a call fails. */
  readonly lent?: boolean;
}

/** The parts of an array. */
export interface ArrowMaterial {
  readonly head: ArrowHead;
  /** Exporters of dense buffers; null for an absent one. */
  readonly buffers: readonly (object | null)[];
  /** Moved into the new structs. */
  readonly children?: readonly ArrowStructs[];
  readonly dictionary?: ArrowStructs | null;
  readonly metadata?: Uint8Array | null;
}

/** A code of `mv_error` for a batch whose schema is not that of the stream. */
const OTHER_SCHEMA = 5;

function noMemory(subject: string, status: number): Error {
  if (status === STATUS.OUT_OF_MEMORY) {
    return rangeError('ERR_OUT_OF_MEMORY', `${subject}: the system refused memory for the structs`);
  }
  return typeError('ERR_INVALID_ARG', `${subject}: the column is malformed`);
}

const addressesOf = ({ schema, array }: ArrowStructs): ArrowAddressPair => [schema, array];

/** Makes a schema and an array; each buffer is pinned until the array is released. @throws as an acquire @internal */
export function buildArray(subject: string, material: ArrowMaterial): ArrowStructs {
  const { head, buffers, children = [], dictionary = null, metadata = null } = bare({ ...material });
  const answer = binding.buildArray(
    head,
    buffers,
    children.map(addressesOf),
    dictionary === null ? null : addressesOf(dictionary),
    metadata,
  );
  if (typeof answer === 'number') throw noMemory(subject, answer);
  if (isRefusal(answer)) throw adoptionError(`${subject}: the view`, ...answer);
  const [kept, schema, array] = answer as [object, bigint, bigint];
  return { kept, schema, array };
}

/** Gives a schema another name. @throws BufferError `ERR_RELEASED`; RangeError `ERR_OUT_OF_MEMORY` @internal */
export function renameColumn(subject: string, { schema }: ArrowStructs, name: string): void {
  const status = binding.renameColumn(schema, name);
  if (status === STATUS.UNKNOWN) {
    throw bufferError(
      'ERR_RELEASED',
      `${subject}: the column was released or moved away, expected a live one`,
    );
  }
  if (status !== STATUS.OK) throw noMemory(subject, status);
}

/** Releases the structs that were not moved out. @internal */
export function releaseArray({ schema, array }: ArrowStructs): void {
  binding.releaseArray(schema, array);
}

/** A stream of ours. */
export interface ArrowStreamStruct {
  /** Keeps the struct; a stream that was not moved out is released when it is garbage. */
  readonly kept: object;
  readonly address: bigint;
  /** Takes batches; does not keep the struct. */
  readonly queue: object;
}

/**
 * Makes a stream.
 *
 * @param make - makes one batch when it gets 0, and gets 1 when the consumer has released the stream; null where all batches are pushed
 *   before the stream is handed out
 * @param waitMilliseconds - that a consumer waits for JavaScript on another thread
 * @throws RangeError `ERR_OUT_OF_MEMORY`
 * @internal
 */
export function openStream(
  subject: string,
  make: ((errand: number) => void) | null,
  waitMilliseconds: number,
): ArrowStreamStruct {
  const answer = binding.openStream(make, waitMilliseconds);
  if (typeof answer === 'number') throw noMemory(subject, answer);
  const [kept, address, queue] = answer;
  return { kept, address, queue };
}

/** Moves a batch into a stream. @throws TypeError `ERR_INVALID_ARG` for another schema; BufferError `ERR_RELEASED` @internal */
export function pushBatch(subject: string, queue: object, batch: ArrowStructs): void {
  const answer = binding.pushBatch(queue, batch.schema, batch.array);
  if (answer === STATUS.OK) return;
  if (typeof answer === 'number') throw noMemory(subject, answer);
  const [code, message] = answer;
  if (code === OTHER_SCHEMA) throw typeError('ERR_INVALID_ARG', `${subject}: the batch ${message}`);
  throw adoptionError(`${subject}: the batch`, code, message);
}

/** Says that no batch follows, or why. @internal */
export function endStream(queue: object, failure: string | null): void {
  binding.endStream(queue, failure);
}

/** Releases a stream that was not moved out. @internal */
export function releaseStream(stream: ArrowStreamStruct): void {
  binding.releaseStream(stream.kept);
}
