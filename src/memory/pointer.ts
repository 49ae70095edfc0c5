/**
 * Bytes at addresses that the caller passed. Small items pass through the addon's array of layouts, which TypeScript and C++ read in place.
 * An address can't be checked, except that the first page and the end of memory are refused.
 */
import { readInteger } from '../arguments.js';
import { binding, type NativeBytes, STATUS } from '../binding.js';
import { rangeError, shown, typeError } from '../errors.js';
import { codecOf } from '../format/codec.js';
import type { Codec } from '../format/format.js';
import { parseFormat } from '../format/parse.js';
import { hasAddresses, requireAddresses } from './external.js';

/** No object is below this address: a pointer there is null, or to a member of a struct at null. The addon refuses the same. */
const FIRST_ADDRESS = 4096n;
const BEYOND = 2n ** 64n;

const { layouts } = binding;
const PASSING = layouts.byteLength;
const passing = new DataView(layouts.buffer, layouts.byteOffset, PASSING);
const passingText = Buffer.from(layouts.buffer, layouts.byteOffset, PASSING);

/**
 * Reads an address.
 *
 * @param subject - the call, for the message
 * @param nbytes - how many bytes from it on are touched
 * @throws TypeError `ERR_UNSUPPORTED` without an addon, `ERR_INVALID_ARG` for a value that is not an integer; RangeError `ERR_OUT_OF_RANGE` for null, the first page, and a range that
 *   wraps around
 * @internal
 */
export function readAddress(subject: string, value: unknown, nbytes = 0): bigint {
  requireAddresses(subject);
  let address: bigint;
  if (typeof value === 'bigint') address = value;
  else if (typeof value === 'number' && Number.isSafeInteger(value)) address = BigInt(value);
  else {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: the address is ${shown(value)}, expected a bigint (or a safe integer)`,
    );
  }
  // Most addresses are far from both ends, where a rounded number decides; comparing bigints takes as long as the rest of a read.
  const rounded = Number(address);
  if (rounded >= 8192 && rounded <= 2 ** 63) return address;
  if (address < FIRST_ADDRESS) {
    const what = address === 0n ? `${shown(value)}, a null pointer` : shown(value);
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: the address is ${what}, expected ${FIRST_ADDRESS} or more`,
    );
  }
  if (address + BigInt(nbytes) > BEYOND) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: ${nbytes} bytes at address ${shown(value)} reach beyond the end of memory`,
    );
  }
  return address;
}

interface KnownItem {
  readonly format: unknown;
  readonly codec: Codec;
  readonly itemsize: number;
}

function itemOf(format: unknown): KnownItem {
  const parsed = parseFormat(format);
  return { format, codec: codecOf(parsed), itemsize: parsed.itemsize };
}

/** The format of the last read: looking up its codec takes a tenth of a read, and most programs read many items of one format in a row. */
let lastItem: KnownItem | null = null;

/**
 * Reads one item at an address that the caller passed.
 *
 * @throws TypeError, RangeError as {@link parseFormat}, {@link codecOf} and {@link readAddress} do
 * @internal
 */
export function itemAtAddress(subject: string, address: unknown, format: unknown): unknown {
  if (lastItem === null || lastItem.format !== format) lastItem = itemOf(format);
  const { codec, itemsize } = lastItem;
  // The addon checks a bigint as `readAddress` does, in half the time.
  if (hasAddresses && typeof address === 'bigint' && binding.peek(address, itemsize)) {
    return codec.read(passing, 0);
  }
  return codec.read(peeked(subject, readAddress(subject, address, itemsize), itemsize), 0);
}

/**
 * Copies an item at an address to where it can be read.
 *
 * @param address - read by {@link readAddress} for `nbytes`
 * @returns the item at byte 0; good until the next call of the library
 * @throws RangeError `ERR_OUT_OF_MEMORY`
 * @internal
 */
function peeked(subject: string, address: bigint, nbytes: number): DataView {
  if (nbytes <= PASSING) {
    binding.peek(address, nbytes);
    return passing;
  }
  const bytes = blank(subject, nbytes);
  describeBytes(nbytes);
  binding.copyFromAddress(bytes.buffer as ArrayBuffer, address);
  return new DataView(bytes.buffer);
}

/**
 * Where an item is stored before {@link poke} copies it to its address.
 *
 * @param kept - whether the item has bytes that no value writes: then they are read first
 * @internal
 */
export function itemFor(subject: string, address: bigint, nbytes: number, kept: boolean): DataView {
  if (kept) return peeked(subject, address, nbytes);
  return nbytes <= PASSING ? passing : new DataView(blank(subject, nbytes).buffer);
}

/** Copies an item from where {@link itemFor} had it stored. @internal */
export function poke(item: DataView, address: bigint, nbytes: number): void {
  if (item === passing) {
    binding.poke(address, nbytes);
    return;
  }
  describeBytes(nbytes);
  binding.copyToAddress(item.buffer as ArrayBuffer, address);
}

/**
 * Copies to the layout of a buffer from an address; the layouts stand in the addon's array.
 *
 * @returns false, with nothing written, where items of the target share bytes
 * @internal
 */
export function copyFromAddress(to: NativeBytes, address: bigint): boolean {
  return binding.copyFromAddress(to, address) === STATUS.OK;
}

/** Copies the layout of a buffer to an address; the layouts stand in the addon's array. @internal */
export function copyToAddress(from: NativeBytes, address: bigint): void {
  binding.copyToAddress(from, address);
}

/**
 * The text at an address up to a zero, or `most` bytes.
 *
 * @param unit - bytes of the zero that ends it
 * @throws RangeError `ERR_OUT_OF_MEMORY`
 * @internal
 */
export function textAtAddress(
  subject: string,
  address: bigint,
  encoding: BufferEncoding,
  unit: 1 | 2,
  most: number,
): string {
  const length = binding.peekText(address, most, unit);
  if (length <= PASSING) return passingText.toString(encoding, 0, length);
  const bytes = blank(subject, length);
  describeBytes(length);
  binding.copyFromAddress(bytes.buffer as ArrayBuffer, address);
  try {
    return bytes.toString(encoding);
  } catch (error) {
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ERR_STRING_TOO_LONG') throw error;
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: ${length} bytes are too long for a string; pass maxBytes`,
    );
  }
}

/** Describes one run of bytes in both layouts, from byte 0 on. */
function describeBytes(nbytes: number): void {
  layouts.fill(0, 0, 8);
  layouts[1] = nbytes;
  layouts[4] = nbytes;
}

/** New bytes of the engine's. @throws RangeError `ERR_OUT_OF_MEMORY` @internal */
export function blank(subject: string, nbytes: number): Buffer {
  try {
    return Buffer.from(new ArrayBuffer(nbytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw rangeError('ERR_OUT_OF_MEMORY', `${subject}: ${nbytes} bytes are more than this runtime allocates`);
  }
}

/** Reads how many bytes of text are looked at. @internal */
export function readMost(subject: string, value: unknown, most: number): number {
  return value === undefined ? most : readInteger(subject, value, { min: 0, max: Number.MAX_SAFE_INTEGER });
}
