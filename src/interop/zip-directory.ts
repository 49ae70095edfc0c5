/**
 * The central directory of a zip archive: its members by name, and where each lies. It reads the archives that Python's zipfile reads
 * (bytes before and behind the archive, zip64, streamed members), and refuses one whose members overlap. It inflates nothing.
 *
 * The library has its own reader because names are keys here and not paths, stored members must be found in place, and each limit below
 * is checked before anything is allocated.
 */
import { rangeError, shown } from '../errors.js';

/** A member of an archive, as the directory describes it. A class, since an archive may have a hundred thousand. */
export class ZipMember {
  readonly name: string;
  /** Where the name's bytes are in the directory; the member's own header repeats them. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly flags: number;
  /** 0 for stored, 8 for deflated. */
  readonly method: number;
  readonly crc: number;
  /** Bytes in the archive. */
  readonly packed: number;
  /** Bytes of the content. */
  readonly nbytes: number;
  /** Where its own header starts (bytes). */
  readonly header: number;
  /** The first byte behind the member. */
  end = 0;

  /**
   * @param at - where the entry stands
   * @param sizes - of the content, in the archive, and where the header starts
   */
  constructor(bytes: Buffer, at: number, nameEnd: number, sizes: Sizes) {
    this.nameStart = at + ENTRY_LENGTH;
    this.nameEnd = nameEnd;
    this.flags = bytes.readUInt16LE(at + 8);
    this.method = bytes.readUInt16LE(at + 10);
    this.crc = bytes.readUInt32LE(at + 16);
    this.name = memberNameOf(bytes, this.nameStart, nameEnd, (this.flags & UTF8_NAME) !== 0);
    this.nbytes = sizes.nbytes;
    this.packed = sizes.packed;
    this.header = sizes.header;
  }
}

interface Sizes {
  readonly nbytes: number;
  readonly packed: number;
  readonly header: number;
}

const END = 0x06054b50;
const END_LENGTH = 22;
const LOCATOR = 0x07064b50;
const LOCATOR_LENGTH = 20;
const END64 = 0x06064b50;
const END64_LENGTH = 56;
const ENTRY = 0x02014b50;
const ENTRY_LENGTH = 46;
/** Bytes of the header before a member's data, without its name. */
export const HEADER_LENGTH = 30;
/** The flag of a member whose name is UTF-8. */
export const UTF8_NAME = 0x800;
/** The extra field that has the sizes which are {@link FULL} elsewhere. */
export const ZIP64_FIELD = 1;
/** Stands for a size or an offset that 32 bits can't hold. */
export const FULL = 0xffffffff;
/** Twice the most members of an archive without zip64. */
const MAX_MEMBERS = 2 ** 17;

/** Makes the error for bytes that are not a sound archive. */
export function unsound(subject: string, what: string): RangeError {
  return rangeError('ERR_OUT_OF_RANGE', `${subject}: not a sound zip archive: ${what}`);
}

/**
 * Reads the directory.
 *
 * @param subject - the call, for messages
 * @param bytes - the whole archive
 * @returns the members in their order
 * @throws RangeError `ERR_OUT_OF_RANGE` for a file that is not an archive, or one whose members overlap
 */
export function directoryOf(subject: string, bytes: Buffer): ZipMember[] {
  const { start, size, shift } = directoryRange(subject, bytes);
  const limit = start + size;
  const members: ZipMember[] = [];
  for (let at = start; at < limit; ) {
    if (members.length === MAX_MEMBERS) throw unsound(subject, `it has more than ${MAX_MEMBERS} members`);
    if (at + ENTRY_LENGTH > limit || bytes.readUInt32LE(at) !== ENTRY) {
      throw unsound(subject, `its directory has no entry at byte ${at}`);
    }
    const nameEnd = at + ENTRY_LENGTH + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    if (next > limit) throw unsound(subject, `its directory ends in the entry at byte ${at}`);
    members.push(
      new ZipMember(bytes, at, nameEnd, memberSizesOf(subject, bytes, at, nameEnd, extraEnd, shift)),
    );
    at = next;
  }
  setEnds(subject, members, start);
  return members;
}

/** A member ends at the next one's header, the last one at the directory. */
function setEnds(subject: string, members: readonly ZipMember[], directory: number): void {
  const inOrder = members.every(({ header }, i) => i === 0 || members[i - 1]!.header <= header);
  const sorted = inOrder ? members : members.toSorted((a, b) => a.header - b.header);
  sorted.forEach((member, i) => {
    const { header, nameStart, nameEnd, packed } = member;
    member.end = sorted[i + 1]?.header ?? directory;
    const least = header + HEADER_LENGTH + (nameEnd - nameStart) + packed;
    if (header < 0 || !(least <= member.end)) throw overlapping(subject, header);
  });
}

function overlapping(subject: string, header: number): RangeError {
  return unsound(subject, `the member at byte ${header} overlaps another, or the directory`);
}

interface DirectoryRange {
  /** Where the directory starts. */
  readonly start: number;
  readonly size: number;
  /** The bytes before the archive, such as a program that unpacks it; the archive's offsets do not count them. */
  readonly shift: number;
}

function directoryRange(subject: string, bytes: Buffer): DirectoryRange {
  const end = endRecordOf(bytes);
  if (end < 0) throw unsound(subject, 'it has no end record, or ends before it');
  let size = bytes.readUInt32LE(end + 12);
  let offset = bytes.readUInt32LE(end + 16);
  let behind = end;
  const locator = end - LOCATOR_LENGTH;
  if (locator >= 0 && bytes.readUInt32LE(locator) === LOCATOR) {
    const end64 = end64Of(bytes, locator);
    if (end64 < 0) throw unsound(subject, 'its zip64 end record is missing');
    size = integerAt(subject, bytes, end64 + 40);
    offset = integerAt(subject, bytes, end64 + 48);
    behind = end64;
  }
  const start = behind - size;
  const shift = start - offset;
  if (start < 0 || shift < 0) throw unsound(subject, 'its directory lies outside of it');
  return { start, size, shift };
}

/** The end record: at the very end, else the last one in the file, with a comment of any bytes after it. */
function endRecordOf(bytes: Buffer): number {
  const last = bytes.length - END_LENGTH;
  if (last < 0) return -1;
  if (bytes.readUInt32LE(last) === END && bytes.readUInt16LE(last + 20) === 0) return last;
  const from = Math.max(0, last - 0xffff);
  const found = bytes.subarray(from).lastIndexOf('PK\x05\x06', undefined, 'latin1');
  return found < 0 || from + found > last ? -1 : from + found;
}

/** The zip64 end record stands before its locator, or where the locator says. */
function end64Of(bytes: Buffer, locator: number): number {
  const told = bytes.readBigUInt64LE(locator + 8);
  for (const at of [locator - END64_LENGTH, told > BigInt(locator) ? -1 : Number(told)]) {
    if (at >= 0 && at + END64_LENGTH <= locator && bytes.readUInt32LE(at) === END64) return at;
  }
  return -1;
}

/** Size, packed size and offset; the zip64 field holds those that are full, in this order. */
function memberSizesOf(
  subject: string,
  bytes: Buffer,
  at: number,
  extra: number,
  extraEnd: number,
  shift: number,
): Sizes {
  const nbytes = bytes.readUInt32LE(at + 24);
  const packed = bytes.readUInt32LE(at + 20);
  const header = bytes.readUInt32LE(at + 42);
  if (nbytes !== FULL && packed !== FULL && header !== FULL)
    return { nbytes, packed, header: header + shift };
  for (let field = extra; field + 4 <= extraEnd; field += 4 + bytes.readUInt16LE(field + 2)) {
    if (bytes.readUInt16LE(field) !== ZIP64_FIELD) continue;
    const end = Math.min(extraEnd, field + 4 + bytes.readUInt16LE(field + 2));
    let value = field + 4;
    const full = (size: number): number => {
      if (size !== FULL) return size;
      if (value + 8 > end) throw unsound(subject, `the zip64 field at byte ${field} is too short`);
      value += 8;
      return integerAt(subject, bytes, value - 8);
    };
    return { nbytes: full(nbytes), packed: full(packed), header: full(header) + shift };
  }
  return { nbytes, packed, header: header + shift };
}

function integerAt(subject: string, bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at));
  if (Number.isSafeInteger(value)) return value;
  throw unsound(subject, `it has the size ${shown(value)} at byte ${at}`);
}

// The characters from 128 on of IBM's code page 437, the encoding of names without the UTF-8 flag.
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

function memberNameOf(bytes: Buffer, start: number, end: number, utf8: boolean): string {
  const text = bytes.toString(utf8 ? 'utf8' : 'latin1', start, end);
  // As in Python a name ends at a NUL.
  const length = text.indexOf('\0');
  const name = length < 0 ? text : text.slice(0, length);
  return utf8 ? name : name.replace(/[\x80-\xff]/g, (char) => CP437[char.charCodeAt(0) - 128]!);
}
