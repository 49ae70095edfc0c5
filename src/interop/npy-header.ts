/** What stands before the data of a `.npy` file, and the view that it describes. */
import { readOptions } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { formatInfo } from '../format/info.js';
import { cStrides, fStrides } from '../layout/layout.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/owner-methods.js';
// Who imports this subpath alone gets the methods of the owners too.
import '../view/owner-methods.js';
import { formatOfDescriptor, shapeOf } from './npy-dtype.js';
import { type Literal, parseLiteral } from './python-literal.js';

/** The first bytes of each `.npy` file. */
export const MAGIC: Buffer = Buffer.from('\x93NUMPY', 'latin1');
/** Bytes of the magic and the version; the header's length follows. */
export const PROLOGUE = 8;

/** A file's bytes as the caller read them, to look at and not to write. @internal */
export function bytesToRead(subject: string, bytes: Uint8Array, options: unknown): MemoryView<'B'> {
  const { mode = 'r' } = readOptions(subject, options, ['mode']);
  if (mode !== 'r') {
    const why = 'bytes are looked at where they are';
    throw typeError('ERR_INVALID_ARG', `${subject}: mode ${shown(mode)} given, expected "r"; ${why}`);
  }
  return memoryview(bytes, { format: 'B' }).toReadonly();
}

/**
 * The array of a `.npy` file that lies in an exporter's memory.
 *
 * @param start - where the file starts (bytes)
 * @param end - the first byte behind it
 * @internal
 */
export function npyView(subject: string, exporter: Exporter, start: number, end: number): MemoryView {
  const whole = memoryview(exporter, { format: 'B', shape: [end - start], byteOffset: start });
  const bytes = whole.asBuffer({ allowWrites: true });
  const { text, size } = headerOf(subject, bytes);
  const { descr, fortran, lengths } = fieldsOf(subject, text);
  const format = formatOfDescriptor(subject, descr);
  const shape = shapeOf(subject, lengths);
  const { itemsize } = formatInfo(format);
  const nbytes = shape.reduce((product, length) => product * length, itemsize);
  if (!(nbytes <= bytes.length - size)) {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${subject}: the header tells of ${nbytes} bytes, the file has ${bytes.length - size} behind it`,
    );
  }
  const strides = fortran ? fStrides(shape, itemsize) : cStrides(shape, itemsize);
  return memoryview(exporter, { format, shape, strides, byteOffset: start + size });
}

/** The text of the header, and where the data start (bytes). */
function headerOf(subject: string, bytes: Buffer): { text: string; size: number } {
  const refuse = (what: string): Error =>
    rangeError('ERR_OUT_OF_RANGE', `${subject}: ${what}, expected a .npy file`);
  if (bytes.subarray(0, 2).equals(Buffer.from('PK'))) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: this is a zip archive, expected a .npy file; use loadNpz`,
    );
  }
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw refuse('the file starts with other bytes');
  const [major = 0, minor = 0] = bytes.subarray(MAGIC.length, PROLOGUE);
  if (major < 1 || major > 3 || minor !== 0) throw refuse(`the file has version ${major}.${minor}`);
  const width = major === 1 ? 2 : 4;
  if (bytes.length < PROLOGUE + width) throw refuse(`the file ends after ${bytes.length} bytes`);
  const length = bytes.readUIntLE(PROLOGUE, width);
  const size = PROLOGUE + width + length;
  if (size > bytes.length) throw refuse(`the header has ${length} bytes, the file ${bytes.length}`);
  // A header is short; one of many MB only costs time.
  if (length > 2 ** 24) throw refuse(`the header has ${length} bytes`);
  const text = bytes.toString(major === 3 ? 'utf8' : 'latin1', PROLOGUE + width, size);
  return { text, size };
}

function fieldsOf(subject: string, text: string): { descr: Literal; fortran: boolean; lengths: Literal } {
  const header = parseLiteral(subject, text);
  const entries = new Map<string, Literal>();
  for (const [key, value] of header.kind === 'dict' ? header.entries : []) {
    if (key.kind === 'text') entries.set(key.text, value);
  }
  const [descr, order, lengths] = ['descr', 'fortran_order', 'shape'].map((key) => entries.get(key));
  if (header.kind !== 'dict' || header.entries.length !== 3 || !descr || !order || !lengths) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: the header has other keys, expected "descr", "fortran_order" and "shape"`,
    );
  }
  if (order.kind !== 'constant' || order.value === null) {
    throw rangeError('ERR_OUT_OF_RANGE', `${subject}: "fortran_order" is no boolean`);
  }
  return { descr, fortran: order.value, lengths };
}
