/**
 * numpy's `.npz` archives: what is stored in them is a view of the archive, mapped or read by the caller, what is deflated is inflated into native
 * memory. Zip archives are read by yauzl, an optional peer that whoever opens archives installs.
 */
import { crc32, createInflateRaw } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { readOptions } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import { allocate } from '../memory/allocate.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/memory-view.js';
import { npyView } from './npy-header.js';
import { openSource, type Source } from './npy-source.js';

/** How to open a `.npz` archive. */
export interface LoadNpzOptions {
  /** `'r'` by default; `'c'` to write to copies of the archive's pages. */
  readonly mode?: 'r' | 'c';
}

const STORED = 0;
const DEFLATED = 8;
/** Deflate can't do better; a member that claims to is no honest one, and gets no memory. */
const MOST_RATIO = 1040;

/**
 * Opens the arrays of a `.npz` archive, as `numpy.load` does, by their names without `.npy`. Members that are no arrays are views
 * of their bytes.
 *
 * @param file - a path, a `file:` URL, a descriptor or a FileHandle; or the bytes of an archive that was read
 * @param options - mode; for bytes `'r'` only
 * @returns a promise of the arrays, in the order of the archive. Arrays that were stored share one mapping, their `obj`, or the bytes that
 *   were given, and start at any byte of it, so `asTypedArray` may want a `copy()` first.
 * @throws (as a rejection) what `loadNpy` throws; RangeError `ERR_OUT_OF_RANGE` for what is no sound archive; TypeError
 *   `ERR_UNSUPPORTED` for encrypted members and other compressions, and where yauzl is not installed
 * @example const weights = (await loadNpz('model.npz')).get('weights')
 */
export async function loadNpz(file: Source, options?: LoadNpzOptions): Promise<Map<string, MemoryView>> {
  const source = openSource('loadNpz', file, readOptions('loadNpz', options, ['mode']), ['r', 'c']);
  try {
    const { fromBufferPromise } = await zipLibrary();
    const bytes = source.view.asBuffer({ allowWrites: true });
    const archive = await zipError(fromBufferPromise(bytes, { lazyEntries: true, strictFileNames: true }));
    const arrays = new Map<string, MemoryView>();
    const entries = archive.eachEntry();
    let used = false;
    for (;;) {
      const next = await zipError(entries.next());
      if (next.done === true) {
        if (!used) source.release();
        return arrays;
      }
      const { fileName, compressionMethod } = next.value;
      if (fileName.endsWith('/')) continue;
      used ||= compressionMethod === STORED;
      arrays.set(fileName.replace(/\.npy$/, ''), await memberOf(source.view, archive, next.value));
    }
  } catch (error) {
    source.release();
    throw error;
  }
}

async function zipLibrary(): Promise<typeof import('yauzl')> {
  try {
    return await import('yauzl');
  } catch (cause) {
    const error = typeError(
      'ERR_UNSUPPORTED',
      'loadNpz: the package yauzl is not installed; "npm install yauzl"',
    );
    error.cause = cause;
    throw error;
  }
}

async function memberOf(view: MemoryView<'B'>, archive: ZipFile, entry: Entry): Promise<MemoryView> {
  const subject = `loadNpz: ${shown(entry.fileName)}`;
  if (entry.isEncrypted())
    throw typeError('ERR_UNSUPPORTED', `${subject} is encrypted, expected a plain member`);
  const { fileDataStart } = await zipError(archive.readLocalFileHeaderPromise(entry, { minimal: true }));
  const end = fileDataStart + entry.compressedSize;
  if (!(end <= view.nbytes)) {
    throw rangeError('ERR_OUT_OF_RANGE', `${subject} ends at byte ${end}, the archive has ${view.nbytes}`);
  }
  if (entry.compressionMethod === STORED) return opened(subject, entry, view, fileDataStart, end);
  if (entry.compressionMethod !== DEFLATED) {
    const method = entry.compressionMethod;
    throw typeError('ERR_UNSUPPORTED', `${subject} has compression method ${method}, expected 0 or 8`);
  }
  const deflated = view.asBuffer({ allowWrites: true }).subarray(fileDataStart, end);
  const inflated = await inflate(subject, entry, deflated);
  return opened(subject, entry, view.readonly ? inflated.toReadonly() : inflated, 0, inflated.nbytes);
}

function opened(subject: string, entry: Entry, exporter: Exporter, start: number, end: number): MemoryView {
  if (entry.fileName.endsWith('.npy')) return npyView(subject, exporter, start, end);
  return memoryview(exporter, { format: 'B', shape: [end - start], byteOffset: start });
}

async function inflate(subject: string, entry: Entry, deflated: Uint8Array): Promise<MemoryView<'B'>> {
  const { uncompressedSize: nbytes, compressedSize } = entry;
  if (nbytes > (compressedSize + 1) * MOST_RATIO) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject} claims ${nbytes} bytes in ${compressedSize}, which can't be`,
    );
  }
  const view = allocate(nbytes).view();
  const bytes = view.asBuffer();
  let at = 0;
  let check = 0;
  // Not yauzl's own stream: on Deno an error in one of its pipes, which the reader is told of, is also thrown at the process.
  const inflater = createInflateRaw();
  inflater.end(deflated);
  await zipError(
    (async () => {
      for await (const chunk of inflater as AsyncIterable<Uint8Array>) {
        at += chunk.length;
        if (at > nbytes) break;
        bytes.set(chunk, at - chunk.length);
        check = crc32(chunk, check);
      }
    })(),
  );
  if (at !== nbytes || check !== entry.crc32) {
    throw rangeError('ERR_OUT_OF_RANGE', `${subject} has another size or checksum than the archive says`);
  }
  return view;
}

/** Gives what the zip library says of an archive a code. */
async function zipError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const error = rangeError('ERR_OUT_OF_RANGE', `loadNpz: not a sound zip archive: ${message}`);
    error.cause = cause;
    throw error;
  }
}
