/**
 * numpy's `.npy` files as views of mapped memory, and views as `.npy` files (NEP 1, versions 1.0 to 3.0 of the format). The
 * subpath `memoryview/npy`.
 *
 * @module memoryview/npy
 */
import { readBoolean, readOptions } from '../arguments.js';
import type { FormatText } from '../format/element.js';
import type { FileReference } from '../memory/file-reference.js';
import type { Exporter } from '../view/exporter.js';
import type { MemoryView } from '../view/memory-view.js';
import { npyFile } from './npy-file.js';
import { npyView } from './npy-header.js';
import { openSource, type Source, type SourceOptions } from './npy-source.js';
import { isStream, type Stream, type Target, writeLater, writeNow } from './npy-target.js';

export { type LoadNpzOptions, loadNpz, NpzFile, type OpenNpzOptions, openNpz } from './npz.js';
export { type SaveNpzOptions, saveNpz } from './npz-save.js';
export { loadSafetensors, Safetensors } from './safetensors.js';
export type { Source, SourceOptions, Stream, Target };

/** How to open a `.npy` file; every part may be left out. */
export interface LoadNpyOptions<F extends string = string> extends SourceOptions {
  /**
   * Reads the elements in this format instead of the file's, as `viewAs` does: `'q'` for dates, `'bfloat16'` for two-byte void, or wherever
   * the header names another type than the bytes have.
   */
  readonly format?: F;
}

/**
 * Opens a `.npy` file as a view of its mapped memory, as `numpy.load(path, mmap_mode=…)` does: nothing is read before it is
 * touched. The mapping is the view's `obj`.
 *
 * @param source - a path, a `file:` URL, a descriptor or a FileHandle; or any exporter of the bytes of a file, which the view then looks at
 *   where they are, read-only unless the mode is `'r+'`
 * @param options - format; mode, advice, onTruncated, of which memory takes the modes `'r'` and `'r+'`
 * @throws Node's own errors of opening, and the errors of `mapFile`
 * @throws RangeError `ERR_OUT_OF_RANGE` for a file that is not `.npy`, `ERR_SHAPE` and `ERR_OUT_OF_BOUNDS` for a shape that the file
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

/** Options of {@link saveNpy} for a stream. */
export interface SaveNpyOptions {
  /** True leaves the stream open, for data that follows. */
  readonly preventClose?: boolean;
}

/**
 * Writes the elements of any exporter as a `.npy` file that `numpy.load` reads: in Fortran order where the view is contiguous in
 * that order only, else in C order.
 *
 * A file of that name is replaced at the end, at once: views that map the old one, this very source among them, keep it.
 *
 * @param target - a path or a `file:` URL; a descriptor or a FileHandle, written from where it is
 * @param exporter - the elements to write; memory that is not contiguous is gathered a part at a time
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for formats that numpy has no type for; BufferError `ERR_RELEASED`; Node's
 *   own errors of writing
 * @example saveNpy('grid.npy', array([[1, 2], [3, 4]], 'f'))
 */
export function saveNpy(target: FileReference, exporter: Exporter): void;
/**
 * Writes the elements of any exporter as a `.npy` file to a stream, and closes it. The stream gets copies; the memory is pinned until all are made.
 *
 * @param target - a WritableStream of the web, or one of Node
 * @param exporter - the elements to write
 * @param options - `preventClose`
 * @returns a promise that settles when the stream has taken all, and was closed
 * @throws (as a rejection) the errors of the form for files, and the stream's own error
 */
export function saveNpy(target: Stream, exporter: Exporter, options?: SaveNpyOptions): Promise<void>;
export function saveNpy(target: Target, exporter: Exporter, options?: SaveNpyOptions): void | Promise<void> {
  if (isStream(target)) return saveToStream(target, exporter, options);
  readOptions('saveNpy', options, []);
  const file = npyFile('saveNpy', exporter);
  file.view.borrow(() => writeNow('saveNpy', target, () => file.parts()));
}

async function saveToStream(target: Stream, exporter: Exporter, options: unknown): Promise<void> {
  const read = readOptions('saveNpy', options, ['preventClose']);
  const preventClose =
    read.preventClose !== undefined && readBoolean('saveNpy: preventClose', read.preventClose);
  const file = npyFile('saveNpy', exporter);
  await file.view.borrow(() =>
    writeLater('saveNpy', target, preventClose, async (sink) => {
      for (const part of file.parts()) await sink.write(part);
    }),
  );
}
