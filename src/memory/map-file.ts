/** Maps files as memory. Relies on the addon for surviving a file that shrinks; file-range.ts decides which bytes are mapped. */
import { readFunction, readInteger, readOneOf, readOptions } from '../arguments.js';
import { ADVICE } from '../binding.js';
import { typeError } from '../errors.js';
import { requireExternal } from './external.js';
import { fileHolding, type Listener, listen, type MappedSource } from './file-mapping.js';
import {
  checkFileSize,
  type FileMode,
  MODES,
  mappedFilesKeepTheirSize,
  openFlags,
  type Plan,
  planMapping,
} from './file-range.js';
import { type FileReference, type OpenedFile, openFile, readFileReference } from './file-reference.js';
import { KEY } from './holding.js';
import { type MapFileOptions, MappedFile } from './mapped-file.js';
import { watchAllocation } from './watch.js';

/**
 * Maps a file into memory, as numpy's `memmap` and Python's `mmap` do: nothing is read until it is touched.
 *
 * A mapping in mode `'r'` has private pages underneath, so a stray write through its `buffer` neither crashes nor reaches the
 * file. A file that shrinks under its mapping never ends the process: see {@link MappedFile.truncated}.
 *
 * @param file - a path, a `file:` URL, a descriptor or a FileHandle; the latter two may be closed afterwards
 * @param options - mode, part of the file (bytes), advice, and the function to call for lost pages
 * @throws Node's own errors, with `code`, `errno`, `syscall` and `path`: `ENOENT`, `EACCES`, `EISDIR`, `ENODEV` for a file that can't be
 *   mapped, and others
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` in a runtime without external ArrayBuffers, with the file as it was;
 *   RangeError `ERR_OUT_OF_RANGE`, `ERR_OUT_OF_BOUNDS` for bytes that the file does not have,
 *   `ERR_OUT_OF_MEMORY` where this runtime's ArrayBuffers are too small
 * @example
 * using file = mapFile('samples.bin', { byteOffset: 64, advice: 'sequential' });
 * const samples = file.view('<f');
 */
export function mapFile(file: FileReference, options?: MapFileOptions): MappedFile {
  const read = readOptions('mapFile', options, ['mode', 'byteOffset', 'length', 'advice', 'onTruncated']);
  const reference = readFileReference('mapFile', file);
  const mode = read.mode === undefined ? 'r' : readOneOf('mapFile: mode', read.mode, MODES);
  const byteOffset =
    read.byteOffset === undefined ? 0 : readInteger('mapFile: byteOffset', read.byteOffset, { min: 0 });
  const length =
    read.length === undefined ? undefined : readInteger('mapFile: length', read.length, { min: 0 });
  const advice = read.advice === undefined ? undefined : readOneOf('mapFile: advice', read.advice, ADVICE);
  const onTruncated =
    read.onTruncated === undefined
      ? undefined
      : (readFunction('mapFile: onTruncated', read.onTruncated) as Listener);
  if (mode === 'w+' && length === undefined) {
    throw typeError('ERR_INVALID_ARG', 'mapFile: mode "w+" makes an empty file; expected length (bytes)');
  }
  if (length !== undefined) checkFileSize(byteOffset, length);
  requireExternal(
    'mapFile',
    'a mapped file',
    'read it with fs.readFileSync, and give its Buffer to memoryview, loadNpy or loadNpz',
  );
  const opened = openFile(reference, openFlags(mode));
  const make = (nbytes: number): MappedFile => {
    const mapping = fileMappingOf(opened, mode, byteOffset, nbytes);
    try {
      if (advice !== undefined) mapping.advise(advice);
      if (onTruncated !== undefined) listen(mapping, opened.path, onTruncated);
    } catch (error) {
      mapping.release();
      throw error;
    }
    return mapping;
  };
  try {
    const plan = planMapping(opened, mode, byteOffset, length);
    return mappedFilesKeepTheirSize() ? madeOfWholeFile(plan, mode, make) : madeAhead(plan, make);
  } finally {
    opened.close();
  }
}

/** The file changes last, since a call that throws leaves it as it was; until then the mapping reaches beyond its end. */
function madeAhead({ nbytes, resize }: Plan, make: (nbytes: number) => MappedFile): MappedFile {
  const mapping = make(nbytes);
  try {
    resize();
  } catch (error) {
    mapping.release();
    throw error;
  }
  return mapping;
}

/** On Windows the file is lengthened first. One that is to be emptied is mapped once before, which shows whether it can be. */
function madeOfWholeFile(plan: Plan, mode: FileMode, make: (nbytes: number) => MappedFile): MappedFile {
  const undo = plan.lengthen();
  let mapping: MappedFile;
  try {
    mapping = make(plan.nbytes);
  } catch (error) {
    undo();
    throw error;
  }
  if (mode !== 'w+') return mapping;
  mapping.release();
  plan.resize();
  return make(plan.nbytes);
}

function fileMappingOf(
  { fd, path }: OpenedFile,
  mode: FileMode,
  byteOffset: number,
  nbytes: number,
): MappedFile {
  const source: MappedSource = { path, mode, byteOffset };
  const holding = fileHolding('mapFile', fd, source, nbytes);
  const mapping = new MappedFile(KEY, holding, source);
  watchAllocation(mapping, holding.allocation);
  return mapping;
}
