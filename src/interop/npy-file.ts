/** A view as the bytes of a `.npy` file: the header, and the elements a part at a time. */
import { range } from '../layout/index-parts.js';
import { spanOf } from '../span/offer.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/owner-methods.js';
import { descriptorOf, tupleText } from './npy-descr.js';
import { MAGIC, PROLOGUE } from './npy-header.js';
import { bytesOfView } from './npy-source.js';

const ALIGNMENT = 64;
/** Strided elements are gathered in copies of this many bytes, which stay in the processor's cache until they are written. */
const PART_BYTES = 2 ** 20;
/** Elements in the file's own layout are passed on in pieces of this many bytes. */
const RUN_BYTES = 2 ** 26;

/** The content of the file, known before the first byte is written. */
export interface NpyFile {
  readonly view: MemoryView;
  readonly header: Buffer;
  /** Bytes of the whole file. */
  readonly nbytes: number;
  /** The bytes of the file in their order; each part is good until the next one is asked for. */
  parts(): Generator<Uint8Array>;
}

/**
 * Describes a file: in Fortran order where the view is contiguous in that order only, else in C order.
 *
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for formats that numpy has no type for; BufferError `ERR_RELEASED`
 */
export function npyFile(subject: string, exporter: Exporter): NpyFile {
  const span = spanOf(subject, exporter);
  const view = memoryview(exporter);
  const descriptor = descriptorOf(subject, span.format);
  const fortran = descriptor.shape.length === 0 && view.fContiguous && !view.cContiguous;
  const header = headerText(descriptor.text, fortran, [...view.shape, ...descriptor.shape]);
  const inOrder = fortran ? view.T : view;
  return {
    view,
    header,
    nbytes: header.length + view.nbytes,
    *parts() {
      yield header;
      yield* byteRunsOf(inOrder);
    },
  };
}

function headerText(descr: string, fortran: boolean, shape: readonly number[]): Buffer {
  const order = fortran ? 'True' : 'False';
  const dict = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${tupleText(shape)}, }`;
  const latin1 = [...dict].every((char) => char.charCodeAt(0) < 256);
  const text = Buffer.from(dict, latin1 ? 'latin1' : 'utf8');
  // Version 1 has two bytes for the length, 2 has four, 3 has UTF-8 too. The data start at a multiple of 64.
  const padded = (start: number): number => Math.ceil((start + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const short = latin1 && padded(10) - 10 < 2 ** 16;
  const start = short ? 10 : 12;
  const header = Buffer.alloc(padded(start), ' ');
  MAGIC.copy(header);
  header.writeUInt16LE(short ? 1 : latin1 ? 2 : 3, MAGIC.length);
  header.writeUIntLE(header.length - start, PROLOGUE, start - PROLOGUE);
  text.copy(header, start);
  header[header.length - 1] = 10;
  return header;
}

/** The bytes in C order: as they lie where they are contiguous, else in copies of a part at a time. */
function* byteRunsOf(view: MemoryView): Generator<Uint8Array> {
  if (view.nbytes === 0) return;
  if (view.cContiguous) {
    const bytes = bytesOfView(view);
    for (let at = 0; at < bytes.length; at += RUN_BYTES) yield bytes.subarray(at, at + RUN_BYTES);
  } else if (view.nbytes <= PART_BYTES || view.ndim === 0) {
    yield view.toBytes();
  } else {
    const rows = Math.floor(PART_BYTES / (view.nbytes / view.length));
    if (rows === 0) for (let i = 0; i < view.length; i++) yield* byteRunsOf(view.slice(i));
    else for (let i = 0; i < view.length; i += rows) yield* byteRunsOf(view.slice(range(i, i + rows)));
  }
}
