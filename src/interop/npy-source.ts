/** The sources of `.npy` files and archives: a file, which is mapped, or any exporter of its bytes. */
import { bare, readGuarded, readOneOf, readProperty } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import type { FileReference } from '../memory/file-reference.js';
import { mapFile } from '../memory/map-file.js';
import type { FileAdvice, MapFileOptions, MappedFile } from '../memory/mapped-file.js';
import { spanOf } from '../span/offer.js';
import { startOf } from '../span/span.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/owner-methods.js';
// Adds the methods of owners (`view`, `zeros`) for programs that import this subpath alone.
import '../view/owner-methods.js';

/** A path, a `file:` URL, a descriptor or a FileHandle; or any exporter of the bytes of a file. */
export type Source = FileReference | Exporter;

/** How to open a source; every part may be left out. Of these memory takes the modes `'r'` and `'r+'`. */
export interface SourceOptions {
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

/** The bytes of a source, and the function that ends them. */
export interface SourceBytes {
  readonly view: MemoryView<'B'>;
  /** Gives a mapping back; the memory of an exporter is the caller's. With `wait` once nothing pins it any more. */
  release(wait?: boolean): void | Promise<void>;
}

/** The bytes of a C-contiguous view, for calls that take a Buffer and do not keep it. */
export function bytesOfView(view: MemoryView): Buffer {
  const span = spanOf('bytes', view);
  return Buffer.from(span.region.buffer, startOf(span), view.nbytes);
}

/**
 * Opens a source.
 *
 * @param options - `mode` and, for a file, the other options of `mapFile`
 * @param modes - the modes that it has for a file
 * @throws the errors of `mapFile` and `memoryview`; TypeError `ERR_INVALID_ARG` for options that only files have
 */
export function openSource<M extends string>(
  subject: string,
  source: unknown,
  options: { readonly mode?: unknown; readonly advice?: unknown; readonly onTruncated?: unknown },
  modes: readonly M[],
): SourceBytes {
  const { mode = 'r', ...rest } = bare({ ...options });
  if (isFile(source)) {
    const read = readOneOf(`${subject}: mode`, mode, modes);
    // The other options are read by mapFile, which names them alike.
    const mapping = mapFile(source, { ...(rest as MapFileOptions), mode: read as 'r' });
    return {
      view: mapping.view(),
      release: (wait) => (wait ? mapping.release({ wait }) : mapping.release()),
    };
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: ${unknown} given for memory, expected it for a file only`,
    );
  }
  if (mode !== 'r' && mode !== 'r+') {
    const why = 'memory is looked at where it is';
    throw typeError('ERR_INVALID_ARG', `${subject}: mode ${shown(mode)} given, expected "r" or "r+"; ${why}`);
  }
  const bytes = memoryOf(subject, source);
  if (mode === 'r') return { view: bytes.toReadonly(), release: () => {} };
  if (!bytes.readonly) return { view: bytes, release: () => {} };
  throw typeError('ERR_READONLY', `${subject}: mode "r+" given, but the memory is read-only`);
}

function memoryOf(subject: string, source: unknown): MemoryView<'B'> {
  if (typeof source !== 'object' || source === null) throw noSource(subject, source);
  try {
    return memoryview(source, { format: 'B' });
  } catch (error) {
    if (!(error instanceof TypeError) || Reflect.get(error, 'code') !== 'ERR_INVALID_ARG') throw error;
    throw noSource(subject, source);
  }
}

function noSource(subject: string, source: unknown): TypeError {
  return typeError(
    'ERR_INVALID_ARG',
    `${subject}: ${shown(source)} given, expected a path, a file: URL, a file descriptor, a FileHandle, or an exporter of the bytes`,
  );
}

function isFile(source: unknown): source is FileReference {
  if (typeof source === 'string' || typeof source === 'number') return true;
  if (typeof source !== 'object' || source === null || ArrayBuffer.isView(source)) return false;
  return readGuarded(
    'source',
    source,
    () => source instanceof URL || typeof readProperty(source, 'fd') === 'number',
  );
}
