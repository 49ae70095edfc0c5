/** The header of a `.npy` file, and the view that it describes. */
import { readString } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { parseFormat } from '../format/parse.js';
import { cStrides, fStrides } from '../layout/layout.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/owner-methods.js';
import { type ElementType, elementType, shapeOfLiteral } from './npy-dtype.js';
import { bytesOfView } from './npy-source.js';
import { type Literal, parseLiteral } from './python-literal.js';

/** The first bytes of each `.npy` file. */
export const MAGIC: Buffer = Buffer.from('\x93NUMPY', 'latin1');
/** Bytes of the magic and the version; the header's length follows. */
export const PROLOGUE = 8;

/** Whether bytes start as a `.npy` file does. */
export function isNpy(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** A header is short: numpy itself refuses one of more than 10,000 characters. */
const MAX_HEADER_BYTES = 2 ** 20;

/**
 * The array of a `.npy` file that lies in an exporter's memory.
 *
 * @param start - where the file starts (bytes)
 * @param end - the first byte behind it
 * @param override - the format to read the elements in; undefined for the header's own
 * @throws RangeError `ERR_OUT_OF_RANGE`, `ERR_SHAPE`, `ERR_OUT_OF_BOUNDS`; TypeError `ERR_UNSUPPORTED`, `ERR_FORMAT`
 * @internal
 */
export function npyView(
  subject: string,
  exporter: Exporter,
  start: number,
  end: number,
  override?: unknown,
): MemoryView {
  const whole = memoryview(exporter, { format: 'B', shape: [end - start], byteOffset: start });
  const bytes = bytesOfView(whole);
  const { text, size } = headerOf(subject, bytes);
  const { descr, fortran, lengths } = headerFieldsOf(subject, text);
  const type = elementType(subject, descr);
  const own = shapeOfLiteral(subject, lengths);
  const inside = type.shapes.flat();
  const shape = [...own, ...inside];
  const wanted = override === undefined ? elementFormatOf(subject, type) : `void${8 * type.nbytes}`;
  if (type.nbytes === 0) {
    throw typeError('ERR_UNSUPPORTED', `${subject}: the elements have 0 bytes, expected at least 1`);
  }
  const nbytes = shape.reduce((product, length) => product * length, type.nbytes);
  if (!(nbytes <= bytes.length - size)) {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${subject}: the header describes ${nbytes} bytes, the file has ${bytes.length - size} behind it`,
    );
  }
  const inner = inside.reduce((product, length) => product * length, type.nbytes);
  const outer = fortran ? fStrides(own, inner) : cStrides(own, inner);
  const strides = [...outer, ...cStrides(inside, type.nbytes)];
  const view = memoryview(exporter, { format: wanted, shape, strides, byteOffset: start + size });
  return override === undefined ? view : view.viewAs(readString(`${subject}: format`, override));
}

function elementFormatOf(subject: string, { text, why, nbytes }: ElementType): string {
  if (text === null) {
    const remedy = `pass a format of ${nbytes} bytes, such as ${shown(`${nbytes}s`)}`;
    throw typeError('ERR_UNSUPPORTED', `${subject}: ${why}, expected a type that has a format; ${remedy}`);
  }
  const { itemsize } = parseFormat(text);
  if (itemsize === nbytes) return text;
  throw typeError(
    'ERR_UNSUPPORTED',
    `${subject}: numpy's type has ${nbytes} bytes, format ${shown(text)} has ${itemsize}`,
  );
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
  if (length > MAX_HEADER_BYTES)
    throw refuse(`the header has ${length} bytes, of at most ${MAX_HEADER_BYTES}`);
  if (size > bytes.length) throw refuse(`the header has ${length} bytes, the file ${bytes.length}`);
  const text = bytes.toString(major === 3 ? 'utf8' : 'latin1', PROLOGUE + width, size);
  return { text, size };
}

function headerFieldsOf(
  subject: string,
  text: string,
): { descr: Literal; fortran: boolean; lengths: Literal } {
  const header = parseLiteral(subject, text);
  // Of a key that is repeated Python keeps the last value.
  const entries = new Map<string | null, Literal>();
  for (const [key, value] of header.kind === 'dict' ? header.entries : []) {
    entries.set(key.kind === 'text' ? key.text : null, value);
  }
  const [descr, order, lengths] = ['descr', 'fortran_order', 'shape'].map((key) => entries.get(key));
  if (header.kind !== 'dict' || entries.size !== 3 || !descr || !order || !lengths) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: the header has other keys, expected "descr", "fortran_order" and "shape"`,
    );
  }
  if (order.kind !== 'constant' || order.value === null) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: "fortran_order" is not a boolean, expected True or False`,
    );
  }
  return { descr, fortran: order.value, lengths };
}
