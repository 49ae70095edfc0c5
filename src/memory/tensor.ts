/**
 * DLPack tensors as the addon makes and reads them: capsules that one consumer takes, and tensors that become memory of kind 'foreign', whose
 * release calls their deleter.
 */
import { constants } from 'node:buffer';
import { binding, ERROR_CODE, STATUS, TENSOR_ACCESS } from '../binding.js';
import { bufferError, typeError } from '../errors.js';
import { type Adopted, adoptedBy, adoptionError, COPYING } from './adopted.js';
import { requireExternal } from './external.js';

/**
 * Makes a tensor of an exporter's memory, in a capsule. The tensor pins the memory until its deleter is called.
 *
 * @throws TypeError `ERR_INVALID_ARG` for a view that a tensor can't express; BufferError `ERR_RELEASED`
 * @internal
 */
export function exportTensor(subject: string, exporter: unknown, copied: boolean): object {
  const made = binding.exportTensor(exporter, copied);
  if (typeof made === 'number')
    throw typeError('ERR_UNSUPPORTED', `${subject}: the runtime refused an external`);
  if (Array.isArray(made)) {
    const [code, message] = made as [number, string];
    throw adoptionError(`${subject}: the view`, code, message);
  }
  return made;
}

/** Takes the tensor's address out of a capsule. @throws BufferError `ERR_RELEASED` where it was taken before @internal */
export function takeTensor(subject: string, capsule: object): bigint {
  const address = binding.takeTensor(capsule);
  if (typeof address === 'bigint') return address;
  throw takenError(subject);
}

/**
 * Takes a tensor over: out of a capsule, or at an address. It stays where it was when that fails.
 *
 * @throws TypeError `ERR_INVALID_ARG` for a value that is neither, or describes its memory wrongly; `ERR_UNSUPPORTED` for another version, and in a
 *   runtime without external ArrayBuffers;
 *   BufferError `ERR_RELEASED` for a capsule that was taken before; RangeError `ERR_OUT_OF_MEMORY`; TypeError `ERR_READONLY`
 * @param checkFormat - throws where the caller expects another format; the tensor's deleter has then been called
 * @param readonly - the caller's knowledge; undefined uses the tensor's flag, and treats a tensor without flags as read-only
 * @internal
 */
export function adoptTensor(
  subject: string,
  source: unknown,
  versioned: boolean,
  readonly: boolean | undefined,
  checkFormat: (text: string) => void,
): Adopted {
  requireExternal(subject, "a tensor's memory", COPYING);
  return adoptedBy(subject, 'the tensor', (checkSize) => {
    const check = (text: string, itemsize: number): void => {
      checkSize(text, itemsize);
      checkFormat(text);
    };
    const { AS_PRODUCED, READONLY, WRITABLE } = TENSOR_ACCESS;
    const access = readonly === undefined ? AS_PRODUCED : readonly ? READONLY : WRITABLE;
    const answer = binding.adoptTensor(source, versioned, access, constants.MAX_LENGTH, check);
    if (Array.isArray(answer) && answer[0] === ERROR_CODE.BAD_REQUEST) {
      throw typeError('ERR_READONLY', `${subject}: the tensor ${String(answer[1])}`);
    }
    if (answer === STATUS.UNKNOWN) throw takenError(subject);
    if (answer === STATUS.BAD_ARGUMENT) {
      const expected = 'expected a DLPack capsule, or the address of a tensor';
      throw typeError('ERR_INVALID_ARG', `${subject}: the value given is not a tensor, ${expected}`);
    }
    return answer;
  });
}

function takenError(subject: string): Error {
  const why = 'a capsule is for one consumer; call toDLPack again';
  return bufferError(
    'ERR_RELEASED',
    `${subject}: the tensor was taken already, expected a fresh capsule; ${why}`,
  );
}
