/** Arrow's key-value metadata: int32 count, then each key and value after its int32 length, in this machine's byte order. Pure. */
import { types } from 'node:util';
import { readGuarded } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { hostIsLittleEndian } from '../format/format.js';

/** Metadata of a field or a schema: text where it is UTF-8, else the bytes. */
export type ArrowMetadata = Readonly<Record<string, string | Uint8Array>>;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOrBytesOf(bytes: Uint8Array): string | Uint8Array {
  try {
    return strict.decode(bytes);
  } catch {
    return Uint8Array.from(bytes);
  }
}

/** Reads metadata; of a key that comes twice the first value stays. The addon has checked that the lengths stay inside of the bytes. */
export function parseMetadata(bytes: Uint8Array): ArrowMetadata {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const number = (): number => {
    const value = data.getInt32(at, hostIsLittleEndian);
    at += 4;
    return value;
  };
  const part = (): Uint8Array => {
    const length = number();
    at += length;
    return bytes.subarray(at - length, at);
  };
  const read: Record<string, string | Uint8Array> = Object.create(null) as Record<string, string>;
  for (let pairs = number(); pairs > 0; pairs--) {
    const key = Buffer.from(part()).toString();
    const value = textOrBytesOf(part());
    if (!(key in read)) read[key] = value;
  }
  return Object.freeze(read);
}

const MAX_BYTES = 64 * 2 ** 20;

/**
 * Reads metadata that a caller passes, a Map or an object of text and bytes, and writes it as Arrow has it.
 *
 * @returns null for nothing
 * @throws TypeError `ERR_INVALID_ARG`
 */
export function encodeMetadata(subject: string, given: unknown): Uint8Array | null {
  if (given === undefined) return null;
  const pairs = readPairs(subject, given);
  if (pairs.length === 0) return null;
  const parts: Buffer[] = [Buffer.alloc(4)];
  for (const [key, value] of pairs) {
    for (const bytes of [readPart(subject, key), readPart(subject, value)]) {
      const length = Buffer.alloc(4);
      writeInt32(length, bytes.length);
      parts.push(length, bytes);
    }
  }
  writeInt32(parts[0]!, pairs.length);
  const encoded = Buffer.concat(parts);
  if (encoded.length <= MAX_BYTES) return encoded;
  throw typeError(
    'ERR_INVALID_ARG',
    `${subject}: metadata has ${encoded.length} bytes, expected at most ${MAX_BYTES}`,
  );
}

function readPairs(subject: string, given: unknown): (readonly [unknown, unknown])[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || ArrayBuffer.isView(given)) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: metadata is ${shown(given)}, expected an object of strings or a Map`,
    );
  }
  return readGuarded(subject, given, () =>
    types.isMap(given) ? [...mapEntries(given)] : Object.entries(given),
  );
}

/** The engine's own entries: a subclass may return anything. */
function mapEntries(map: ReadonlyMap<unknown, unknown>): Iterable<[unknown, unknown]> {
  return Reflect.apply(Map.prototype.entries, map, []) as Iterable<[unknown, unknown]>;
}

function readPart(subject: string, value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  throw typeError(
    'ERR_INVALID_ARG',
    `${subject}: metadata has ${shown(value)}, expected strings or Uint8Arrays`,
  );
}

function writeInt32(into: Buffer, value: number): void {
  if (hostIsLittleEndian) into.writeInt32LE(value);
  else into.writeInt32BE(value);
}
