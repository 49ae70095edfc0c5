/** Turns a caller's name of a file into an open descriptor. Errors of opening are Node's own. */
import { closeSync, constants, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { readGuarded, readProperty } from '../arguments.js';
import { errnoOf, shown, systemError, typeError } from '../errors.js';

/** A path, a `file:` URL, an open descriptor, or an object that has one (a FileHandle). */
export type FileReference =
  | string
  | URL
  | number
  | {
      /** The descriptor. */
      readonly fd: number;
    };

/** An open file: its descriptor, the path where one was given, and whether `close` is due. */
export interface OpenedFile {
  readonly fd: number;
  readonly path: string | undefined;
  /** Closes the descriptor if it was opened here. */
  close(): void;
}

/**
 * Reads a reference to a file: a path as a string, or a descriptor as a number.
 *
 * @throws TypeError `ERR_INVALID_ARG` for anything else; Node's `EBADF` for a closed FileHandle
 */
export function readFileReference(subject: string, file: unknown): string | number {
  if (typeof file === 'string') return readPath(subject, file);
  if (typeof file === 'number' && Number.isInteger(file) && file >= 0 && file <= 0x7fffffff) return file;
  if (typeof file === 'object' && file !== null) {
    const fd: unknown = readGuarded(subject, file, () => readProperty(file, 'fd'));
    if (typeof fd === 'number' && Number.isInteger(fd)) {
      if (fd < 0 || fd > 0x7fffffff) throw systemError(errnoOf('EBADF'), 'fstat');
      return fd;
    }
    if (!types.isProxy(file) && file instanceof URL) return readPath(subject, pathOfUrl(subject, file));
  }
  throw typeError(
    'ERR_INVALID_ARG',
    `${subject}: ${shown(file)} given, expected a path, a file: URL, a file descriptor or a FileHandle`,
  );
}

function readPath(subject: string, path: string): string {
  if (path !== '' && !path.includes('\0')) return path;
  throw typeError(
    'ERR_INVALID_ARG',
    `${subject}: path ${shown(path)} given, expected one without NUL, not empty`,
  );
}

function pathOfUrl(subject: string, url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw typeError('ERR_INVALID_ARG', `${subject}: the URL ${shown(String(url))} names no local file`);
  }
}

/**
 * Opens a file unless it is a descriptor already.
 *
 * @param flags - as of `open(2)`
 * @throws Node's own errors of `open`
 */
export function openFile(file: string | number, flags: number): OpenedFile {
  if (typeof file === 'number') return { fd: file, path: undefined, close: () => {} };
  // With O_NONBLOCK, opening a FIFO without a writer does not block the thread. The flag has no effect on regular files.
  const fd = openSync(file, flags | constants.O_NONBLOCK, 0o666);
  return { fd, path: file, close: () => closeSync(fd) };
}
