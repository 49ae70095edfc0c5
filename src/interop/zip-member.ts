/** The content of one member of a zip archive, checked against its size and checksum: in place where it is stored, else inflated. */
import { constants as bufferConstants } from 'node:buffer';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { rangeError, shown, typeError } from '../errors.js';
import { HEADER_LENGTH, unsound, type ZipMember } from './zip-directory.js';

const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const PATCHED = 0x20;
/** Deflate can't compress better; a member that claims more is refused before any memory is allocated. */
const MAX_RATIO = 1040;
/** Checksums and chunks of this many bytes at a time. */
const STEP = 2 ** 20;

/** Where a member's bytes are in the archive, and how they are packed. */
export interface Packed {
  readonly start: number;
  readonly end: number;
  readonly stored: boolean;
}

/**
 * Finds a member's bytes.
 *
 * @param subject - the call, for messages
 * @throws RangeError `ERR_OUT_OF_RANGE` where the member's own header says something else than the directory, or its bytes reach over
 *   another's; TypeError `ERR_UNSUPPORTED` for encryption and other compressions
 */
export function packedBytes(subject: string, bytes: Buffer, member: ZipMember): Packed {
  const { header, flags, method, packed, nbytes, end, nameStart, nameEnd } = member;
  const name = shown(member.name);
  if ((flags & ENCRYPTED) !== 0) {
    throw typeError('ERR_UNSUPPORTED', `${subject}: ${name} is encrypted, expected a plain member`);
  }
  if ((flags & PATCHED) !== 0 || (method !== STORED && method !== DEFLATED)) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: ${name} has compression method ${method}, expected 0 or 8`,
    );
  }
  if (header + HEADER_LENGTH > end || bytes.readUInt32LE(header) !== LOCAL) {
    throw unsound(subject, `${name} has no header at byte ${header}`);
  }
  const ownNameEnd = header + HEADER_LENGTH + bytes.readUInt16LE(header + 26);
  const start = ownNameEnd + bytes.readUInt16LE(header + 28);
  if (start + packed > end) throw unsound(subject, `${name} reaches over byte ${end}, where it should end`);
  const ownName = bytes.subarray(header + HEADER_LENGTH, ownNameEnd);
  if (!ownName.equals(bytes.subarray(nameStart, nameEnd))) {
    throw unsound(subject, `${name} has another name at byte ${header}`);
  }
  if (method === STORED && packed !== nbytes) throw wrongContent(subject, member);
  return { start, end: start + packed, stored: method === STORED };
}

/** Checks a stored member. @throws RangeError `ERR_OUT_OF_RANGE` for another checksum */
export function checkStored(subject: string, content: Uint8Array, member: ZipMember): void {
  if (checksum(content) !== member.crc) throw wrongContent(subject, member);
}

/** The CRC-32 of any number of bytes. */
export function checksum(bytes: Uint8Array, before = 0): number {
  let sum = before;
  for (let at = 0; at < bytes.length; at += STEP) sum = crc32(bytes.subarray(at, at + STEP), sum);
  return sum;
}

/**
 * Refuses a member whose stated size is impossible, or above `room`.
 *
 * @param room - the most bytes that it may have
 * @throws RangeError `ERR_OUT_OF_RANGE` for a size that can't be, `ERR_OUT_OF_MEMORY` for one beyond `room`
 */
export function checkInflated(subject: string, { name, packed, nbytes }: ZipMember, room: number): void {
  if (nbytes > (packed + 1) * MAX_RATIO) {
    throw unsound(subject, `${shown(name)} claims ${nbytes} bytes in ${packed}, which can't be`);
  }
  const most = Math.min(room, bufferConstants.MAX_LENGTH);
  if (nbytes > most) {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: ${shown(name)} has ${nbytes} bytes, expected at most ${most}; pass maxBytes, or fewer names`,
    );
  }
}

/**
 * Inflates into `target`, which has the member's size, on the thread pool.
 *
 * @throws (as a rejection) RangeError `ERR_OUT_OF_RANGE` for another size or checksum, and for data that is not deflated
 */
export async function inflate(
  subject: string,
  deflated: Uint8Array,
  member: ZipMember,
  target: Uint8Array,
): Promise<void> {
  const inflater = createInflateRaw({ chunkSize: Math.min(Math.max(member.nbytes, 1024), STEP) });
  inflater.end(deflated);
  let at = 0;
  let sum = 0;
  try {
    for await (const chunk of inflater as AsyncIterable<Uint8Array>) {
      at += chunk.length;
      if (at > target.length) break;
      target.set(chunk, at - chunk.length);
      sum = crc32(chunk, sum);
    }
  } catch (cause) {
    throw withCause(subject, member, cause);
  }
  if (at !== target.length || sum !== member.crc) throw wrongContent(subject, member);
}

/** Inflates at once. @throws as {@link inflate} */
export function inflateNow(subject: string, deflated: Uint8Array, member: ZipMember): Buffer {
  let content: Buffer;
  try {
    // zlib takes a limit of 0 for no limit.
    content = inflateRawSync(deflated, { maxOutputLength: Math.max(member.nbytes, 1) });
  } catch (cause) {
    throw withCause(subject, member, cause);
  }
  if (content.length !== member.nbytes || checksum(content) !== member.crc)
    throw wrongContent(subject, member);
  return content;
}

function wrongContent(subject: string, { name }: ZipMember): RangeError {
  return unsound(subject, `${shown(name)} has another size or checksum than the archive says`);
}

function withCause(subject: string, member: ZipMember, cause: unknown): RangeError {
  const tooLong = cause instanceof Error && Reflect.get(cause, 'code') === 'ERR_BUFFER_TOO_LARGE';
  const message = cause instanceof Error ? cause.message : String(cause);
  const error = tooLong
    ? wrongContent(subject, member)
    : unsound(subject, `${shown(member.name)}: ${message}`);
  error.cause = cause;
  return error;
}
