/**
 * Decides which bytes of a file are mapped, and how the file is opened for that. Everything is checked before the file changes: a plan
 * carries the call that resizes it.
 */
import { constants } from 'node:buffer';
import { constants as flags, fstatSync, ftruncateSync, type Stats } from 'node:fs';
import { errnoOf, rangeError, systemError } from '../errors.js';
import type { OpenedFile } from './file-reference.js';

/**
 * How a file is mapped, as numpy's `memmap` has it: `'r'` reads; `'r+'` reads and writes; `'w+'` creates or empties the file
 * first; `'c'` writes to copies of the pages that the file never sees.
 */
export type FileMode = 'r' | 'r+' | 'w+' | 'c';

/** All of them. */
export const MODES: readonly FileMode[] = ['r', 'r+', 'w+', 'c'];

/** The flags for `open`. */
export function openFlags(mode: FileMode): number {
  // Without O_TRUNC: the file is emptied last, when nothing can be refused any more.
  if (mode === 'w+') return flags.O_RDWR | flags.O_CREAT;
  return mode === 'r+' ? flags.O_RDWR : flags.O_RDONLY;
}

/** @throws RangeError `ERR_OUT_OF_RANGE`, `ERR_OUT_OF_MEMORY` for a range that no ArrayBuffer can have */
export function checkFileSize(byteOffset: number, nbytes: number, subject = 'mapFile'): void {
  if (!Number.isSafeInteger(byteOffset + nbytes)) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: byteOffset ${byteOffset} and length ${nbytes} reach beyond 2^53 - 1`,
    );
  }
  if (nbytes > constants.MAX_LENGTH) {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `${subject}: ${nbytes} bytes to map, this runtime's ArrayBuffers hold at most ${constants.MAX_LENGTH}; ` +
        'map a part of the file with byteOffset and length',
    );
  }
}

/** The range to map, and the calls that give the file that many bytes. */
export interface Plan {
  readonly nbytes: number;
  resize(): void;
  /** Makes the file long enough, for systems where no mapping reaches beyond its end; the function that it returns undoes that. */
  lengthen(): () => void;
}

/** Whether no mapping reaches beyond the end of its file, and a mapped file can't become shorter. */
export function mappedFilesKeepTheirSize(): boolean {
  return process.platform === 'win32';
}

const doNothing = (): void => {};
const unchanged = { resize: doNothing, lengthen: () => doNothing };

/**
 * Decides what is mapped.
 *
 * @throws RangeError `ERR_OUT_OF_BOUNDS` for bytes that the file does not have; Node's own errors for a file that can't be mapped
 */
export function planMapping(opened: OpenedFile, mode: FileMode, byteOffset: number, length?: number): Plan {
  const { fd } = opened;
  const stats = fstatSync(fd);
  if (!stats.isFile()) return { nbytes: deviceLength(opened, stats, length), ...unchanged };
  const end = byteOffset + (length ?? 0);
  const lengthen = (): (() => void) => {
    if (end <= stats.size) return doNothing;
    ftruncateSync(fd, end);
    return () => ftruncateSync(fd, stats.size);
  };
  if (mode === 'w+') {
    const resize = (): void => {
      // A file that can't have that size is not emptied.
      if (end > stats.size) ftruncateSync(fd, end);
      ftruncateSync(fd, 0);
      ftruncateSync(fd, end);
    };
    return { nbytes: end - byteOffset, resize, lengthen };
  }
  if (byteOffset > stats.size && (mode !== 'r+' || length === undefined)) {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `mapFile: byteOffset ${byteOffset} given, the file has ${stats.size} bytes`,
    );
  }
  const nbytes = length ?? stats.size - byteOffset;
  checkFileSize(byteOffset, nbytes);
  if (end <= stats.size) return { nbytes, ...unchanged };
  if (mode !== 'r+') {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `mapFile: byteOffset ${byteOffset} and length ${nbytes} given, the file has ${stats.size} bytes`,
    );
  }
  return { nbytes, resize: () => ftruncateSync(fd, end), lengthen };
}

/** The length to map of a file that is not regular: the system knows which devices can be mapped, but not their length. */
function deviceLength({ path }: OpenedFile, stats: Stats, length: number | undefined): number {
  if (stats.isDirectory()) throw systemError(errnoOf('EISDIR'), 'mmap', path);
  if (length === undefined) throw systemError(errnoOf('ENODEV'), 'mmap', path);
  return length;
}
