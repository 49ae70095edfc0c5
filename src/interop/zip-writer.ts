/**
 * Writes zip archives, one member after the other. The data of stored members start at multiples of 64, as those of `.npy` files do, so
 * that a mapping of the archive has them aligned. Sizes that need it are in zip64.
 */
import { createDeflateRaw } from 'node:zlib';
import { rangeError, shown } from '../errors.js';
import type { Sink } from './npy-target.js';
import { FULL, HEADER_LENGTH, UTF8_NAME, ZIP64_FIELD } from './zip-directory.js';
import { checksum } from './zip-member.js';

const ALIGNMENT = 64;
const ROOM = 2 ** 18;
const MAX_NAME = 0xffff;
/** Android's field for aligned members: the alignment, and any padding. */
const ALIGNMENT_FIELD = 0xd935;
const SIZES_BEHIND = 8;
/** 1980-01-01, where zip's dates begin: archives of the same arrays are the same bytes. */
const DATE = 0x21;
/** Deflate makes nothing larger by more than this share. */
const MAX_GROWTH = 1.001;

/** The content of a member. */
export interface Content {
  readonly nbytes: number;
  /** Its bytes in their order; may be asked for twice. */
  parts(): Iterable<Uint8Array>;
}

interface WrittenMember {
  readonly name: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly header: number;
  crc: number;
  packed: number;
  readonly nbytes: number;
}

/**
 * A name as an archive has it.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for one that zip can't have
 */
export function memberName(subject: string, name: string): Buffer {
  const raw = Buffer.from(name);
  if (name.includes('\0') || raw.length > MAX_NAME || raw.toString() !== name) {
    const expected = `expected at most ${MAX_NAME} bytes of UTF-8 without NUL`;
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: the name ${shown(name)} has ${raw.length} bytes, ${expected}`,
    );
  }
  return raw;
}

/** Writes an archive to a sink. */
export class ZipWriter {
  readonly #sink: Sink;
  readonly #written: WrittenMember[] = [];
  /** Small pieces are collected here, because a write costs more than a copy. */
  readonly #waiting = Buffer.allocUnsafe(ROOM);
  #waits = 0;
  #at = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /**
   * Writes a member.
   *
   * @param name - its bytes
   * @param deflated - whether to compress it
   */
  async add(name: Buffer, content: Content, deflated: boolean): Promise<void> {
    const { nbytes } = content;
    const { patch } = this.#sink;
    const member: WrittenMember = {
      name,
      // Python sets the UTF-8 flag only for names that are not ASCII.
      flags: (name.some((byte) => byte > 127) ? UTF8_NAME : 0) | (deflated && !patch ? SIZES_BEHIND : 0),
      method: deflated ? 8 : 0,
      header: this.#at,
      crc: 0,
      packed: nbytes,
      nbytes,
    };
    const large = nbytes * MAX_GROWTH >= FULL;
    // If the target can't seek, a stored member is read twice, because its checksum comes before it.
    if (!deflated && !patch) {
      for (const part of content.parts()) member.crc = checksum(part, member.crc);
    }
    await this.#write(localHeader(member, large));
    const start = this.#at;
    if (deflated) {
      for await (const chunk of deflatedParts(member, content)) await this.#write(chunk);
    } else {
      let crc = 0;
      for (const part of content.parts()) {
        if (patch) crc = checksum(part, crc);
        await this.#write(part);
      }
      if (patch) member.crc = crc;
    }
    member.packed = this.#at - start;
    if (patch) this.#overwrite(patch, member.header, localHeader(member, large));
    else if (deflated) await this.#write(sizesBehind(member, large));
    this.#written.push(member);
  }

  /** Writes the directory. */
  async end(): Promise<void> {
    const start = this.#at;
    for (const member of this.#written) await this.#write(directoryEntryOf(member));
    const count = this.#written.length;
    const size = this.#at - start;
    if (count >= 0xffff || size >= FULL || start >= FULL)
      await this.#write(end64(count, size, start, this.#at));
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(Math.min(count, 0xffff), 8);
    end.writeUInt16LE(Math.min(count, 0xffff), 10);
    end.writeUInt32LE(Math.min(size, FULL), 12);
    end.writeUInt32LE(Math.min(start, FULL), 16);
    await this.#write(end);
    await this.#flush();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#waits + bytes.length > ROOM) await this.#flush();
    this.#at += bytes.length;
    if (bytes.length > ROOM) {
      await this.#sink.write(bytes);
    } else {
      this.#waiting.set(bytes, this.#waits);
      this.#waits += bytes.length;
    }
  }

  async #flush(): Promise<void> {
    const waits = this.#waits;
    this.#waits = 0;
    if (waits > 0) await this.#sink.write(this.#waiting.subarray(0, waits));
  }

  /** Overwrites bytes in the file or in the buffer. The bytes of one header are wholly in one of the two. */
  #overwrite(patch: (at: number, bytes: Uint8Array) => void, at: number, bytes: Uint8Array): void {
    const waiting = at - (this.#at - this.#waits);
    if (waiting < 0) patch(at, bytes);
    else this.#waiting.set(bytes, waiting);
  }
}

/** Compresses off the main thread. Sets the member's checksum. */
async function* deflatedParts(member: WrittenMember, content: Content): AsyncGenerator<Uint8Array> {
  const deflater = createDeflateRaw({ chunkSize: 2 ** 18 });
  const feeding = (async () => {
    for (const part of content.parts()) {
      member.crc = checksum(part, member.crc);
      await new Promise<void>((resolve, reject) => {
        deflater.write(part, (error) => (error ? reject(error) : resolve()));
      });
    }
    deflater.end();
  })();
  // An error of the parts must end the loop below, which would wait for more.
  feeding.catch((error: unknown) => deflater.destroy(error instanceof Error ? error : undefined));
  yield* deflater as AsyncIterable<Uint8Array>;
  await feeding;
}

/** The fields that the local header and the directory have in common, from the version on. */
function commonHeader(member: WrittenMember, extra: number, large: boolean, known: boolean): Buffer {
  const { name, flags, method, crc, packed, nbytes } = member;
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(large ? 45 : 20, 0);
  bytes.writeUInt16LE(flags, 2);
  bytes.writeUInt16LE(method, 4);
  bytes.writeUInt16LE(DATE, 8);
  if (known) {
    bytes.writeUInt32LE(crc, 10);
    bytes.writeUInt32LE(large ? FULL : packed, 14);
    bytes.writeUInt32LE(large ? FULL : nbytes, 18);
  } else if (large) bytes.fill(0xff, 14, 22);
  bytes.writeUInt16LE(name.length, 22);
  bytes.writeUInt16LE(extra, 24);
  return bytes;
}

/** The header before the data; the same length whether sizes are known by then or not. */
function localHeader(member: WrittenMember, large: boolean): Buffer {
  const { name, method, header } = member;
  const known = (member.flags & SIZES_BEHIND) === 0;
  const zip64 = large ? zip64Field(known ? [member.nbytes, member.packed] : [0, 0]) : Buffer.alloc(0);
  const length = HEADER_LENGTH + name.length + zip64.length;
  const padding = method === 0 ? paddingField(header + length) : Buffer.alloc(0);
  const rest = commonHeader(member, zip64.length + padding.length, large, known);
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), rest, name, zip64, padding]);
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(ZIP64_FIELD, 0);
  field.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, i) => {
    field.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  });
  return field;
}

/** Reaches from `at` to the next multiple of the alignment, in 6 bytes or more. */
function paddingField(at: number): Buffer {
  const short = (ALIGNMENT - (at % ALIGNMENT)) % ALIGNMENT;
  if (short === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(short < 6 ? short + ALIGNMENT : short);
  field.writeUInt16LE(ALIGNMENT_FIELD, 0);
  field.writeUInt16LE(field.length - 4, 2);
  field.writeUInt16LE(ALIGNMENT, 4);
  return field;
}

/** Checksum and sizes behind the data, where the header was written before they were known. */
function sizesBehind({ crc, packed, nbytes }: WrittenMember, large: boolean): Buffer {
  const bytes = Buffer.alloc(large ? 24 : 16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(crc, 4);
  if (large) {
    bytes.writeBigUInt64LE(BigInt(packed), 8);
    bytes.writeBigUInt64LE(BigInt(nbytes), 16);
  } else {
    bytes.writeUInt32LE(packed, 8);
    bytes.writeUInt32LE(nbytes, 12);
  }
  return bytes;
}

function directoryEntryOf(member: WrittenMember): Buffer {
  const { name, packed, nbytes, header } = member;
  const large = nbytes >= FULL || packed >= FULL;
  const far = header >= FULL;
  const zip64 =
    large || far
      ? zip64Field([...(large ? [nbytes, packed] : []), ...(far ? [header] : [])])
      : Buffer.alloc(0);
  const rest = commonHeader(member, zip64.length, large || far, true);
  if (far && !large) {
    rest.writeUInt32LE(packed, 14);
    rest.writeUInt32LE(nbytes, 18);
  }
  const tail = Buffer.alloc(14);
  // The permissions of a plain file, as Python writes them.
  tail.writeUInt32LE(0o600 * 0x10000, 6);
  tail.writeUInt32LE(far ? FULL : header, 10);
  const version = Buffer.from([large || far ? 45 : 20, 3]);
  return Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), version, rest, tail, name, zip64]);
}

/** The zip64 end record, and the locator that leads to it. */
function end64(count: number, size: number, start: number, at: number): Buffer {
  const bytes = Buffer.alloc(56 + 20);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(45, 12);
  bytes.writeUInt16LE(45, 14);
  bytes.writeBigUInt64LE(BigInt(count), 24);
  bytes.writeBigUInt64LE(BigInt(count), 32);
  bytes.writeBigUInt64LE(BigInt(size), 40);
  bytes.writeBigUInt64LE(BigInt(start), 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(BigInt(at), 64);
  bytes.writeUInt32LE(1, 72);
  return bytes;
}
