/**
 * numpy's `.npy` files as views of mapped memory, and views as `.npy` files (NEP 1, versions 1.0 to 3.0 of the format). The
 * subpath `memoryview/npy`.
 *
 * @module memoryview/npy
 */
import {
  closeSync,
  constants,
  fchmodSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { readOptions } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import type { FormatText } from '../format/element.js';
import { range } from '../layout/index-parts.js';
import { readFileReference } from '../memory/file-reference.js';
import type { FileAdvice, MappedFile } from '../memory/mapped-file.js';
import { spanOf } from '../span/offer.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/memory-view.js';
import { descriptorOf, tupleText } from './npy-descr.js';
import { MAGIC, npyView, PROLOGUE } from './npy-header.js';
import { openSource, type Source } from './npy-source.js';

export { type LoadNpzOptions, loadNpz, NpzFile, type OpenNpzOptions, openNpz } from './npz.js';

/** How to open a `.npy` file; every part may be left out. */
export interface LoadNpyOptions<F extends string = string> {
  /**
   * Reads the elements in this format instead of the file's, as `viewAs` does: `'q'` for dates, `'bfloat16'` for two-byte void, or what the
   * reader knows better than the writer.
   */
  readonly format?: F;
  /** As numpy's `mmap_mode`: `'r'` by default, `'r+'` to write to the file, `'c'` to write to copies of its pages. */
  readonly mode?: 'r' | 'r+' | 'c';
  /** Given to the system at once. */
  readonly advice?: FileAdvice;
  /**
   * Told of lost pages, as by `mapFile`.
   *
   * @param mapping - that of the file
   */
  readonly onTruncated?: (mapping: MappedFile) => void;
}

const ALIGNMENT = 64;

/**
 * Opens a `.npy` file as a view of its mapped memory, as `numpy.load(path, mmap_mode=…)` does: nothing is read before it is
 * touched. The mapping is the view's `obj`.
 *
 * @param source - a path, a `file:` URL, a descriptor or a FileHandle; or any exporter of the bytes of a file, which the view then looks at
 *   where they are, read-only unless the mode is `'r+'`
 * @param options - format; mode, advice, onTruncated, of which memory takes the modes `'r'` and `'r+'`
 * @throws Node's own errors of opening, and what `mapFile` throws
 * @throws RangeError `ERR_OUT_OF_RANGE` for what is no `.npy` file, `ERR_SHAPE` and `ERR_OUT_OF_BOUNDS` for a shape that the file
 *   does not hold; TypeError `ERR_UNSUPPORTED` for Python objects and other types without a format, `ERR_FORMAT` for records
 *   that no format can describe
 * @example
 * const images = loadNpy('images.npy'); // 'B', [1000, 480, 640, 3]
 * const first = images.slice(0);
 */
export function loadNpy<F extends string = string>(
  source: Source,
  options?: LoadNpyOptions<F>,
): MemoryView<FormatText<F>>;
export function loadNpy(source: Source, options?: LoadNpyOptions): MemoryView {
  const { format, ...rest } = readOptions('loadNpy', options, ['format', 'mode', 'advice', 'onTruncated']);
  const opened = openSource('loadNpy', source, rest, ['r', 'r+', 'c']);
  try {
    return npyView('loadNpy', opened.view, 0, opened.view.nbytes, format);
  } catch (error) {
    opened.release();
    throw error;
  }
}

/**
 * Writes the elements of any exporter as a `.npy` file that `numpy.load` reads: in Fortran order where the view is contiguous in
 * that order only, else in C order.
 *
 * A file of that name is replaced at the end, at once: views that map the old one, this very source among them, keep it.
 *
 * @param path - a path or a `file:` URL
 * @param exporter - what to write; memory that is not contiguous is gathered a part at a time
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for formats that numpy has no type for; BufferError `ERR_RELEASED`; Node's
 *   own errors of writing
 * @example saveNpy('grid.npy', array([[1, 2], [3, 4]], 'f'))
 */
export function saveNpy(path: string | URL, exporter: Exporter): void {
  const target = readFileReference('saveNpy', path);
  if (typeof target === 'number') {
    throw typeError('ERR_INVALID_ARG', `saveNpy: ${shown(path)} given, expected a path`);
  }
  const view = memoryview(exporter);
  const descriptor = descriptorOf('saveNpy', spanOf('saveNpy', view).format);
  const fortran = descriptor.shape.length === 0 && view.fContiguous && !view.cContiguous;
  const shape = [...view.shape, ...descriptor.shape];
  const header = headerText(descriptor.text, fortran, shape);
  view.borrow(() =>
    replace(target, (fd) => {
      writeAll(fd, header);
      for (const part of partsOf(fortran ? view.T : view)) writeAll(fd, part);
    }),
  );
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

const PART = 64 * 1024 * 1024;

/** The bytes in C order: as they lie where they are contiguous, else in copies of a part at a time. */
function* partsOf(view: MemoryView): Generator<Uint8Array> {
  if (view.nbytes === 0) return;
  if (view.cContiguous) {
    const bytes = view.asBuffer({ allowWrites: true });
    for (let at = 0; at < bytes.length; at += PART) yield bytes.subarray(at, at + PART);
  } else if (view.nbytes <= PART || view.ndim === 0) {
    yield view.toBytes();
  } else {
    const rows = Math.floor(PART / (view.nbytes / view.length));
    if (rows === 0) for (let i = 0; i < view.length; i++) yield* partsOf(view.slice(i));
    else for (let i = 0; i < view.length; i += rows) yield* partsOf(view.slice(range(i, i + rows)));
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** Writes beside the file and renames, where there can be a file; a device or a pipe is written as it is. */
function replace(path: string, write: (fd: number) => void): void {
  const old = statsOf(path);
  if (old !== null && !old.isFile()) {
    written(path, constants.O_WRONLY, 0o666, write);
    return;
  }
  const target = old === null ? path : realpathSync(path);
  const beside = join(
    dirname(target),
    `.${process.pid}-${process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex')}.npy`,
  );
  try {
    written(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666, (fd) => {
      if (old !== null) fchmodSync(fd, old.mode & 0o7777);
      write(fd);
    });
    renameSync(beside, target);
  } catch (error) {
    if (statsOf(beside) !== null) unlinkSync(beside);
    throw error;
  }
}

function statsOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

function written(path: string, flags: number, mode: number, write: (fd: number) => void): void {
  const fd = openSync(path, flags, mode);
  try {
    write(fd);
  } finally {
    closeSync(fd);
  }
}
