/**
 * The targets of `.npy` files and archives. A file is written under another name in the same folder and renamed at the end. So views that
 * map the old file keep it, and no reader sees an incomplete one.
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
  write,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { readGuarded } from '../arguments.js';
import { rangeError } from '../errors.js';
import { type FileReference, readFileReference } from '../memory/file-reference.js';

/** A stream that takes bytes: a WritableStream of the web, or one of Node. */
export type Stream = WritableStream<Uint8Array> | NodeJS.WritableStream;

/** A path, a `file:` URL, a descriptor, a FileHandle, or a stream. */
export type Target = FileReference | Stream;

/** Takes bytes, in their order. The caller may change them once the promise has settled. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites bytes that were written before; absent if the target can't seek. */
  patch?(at: number, bytes: Uint8Array): void;
}

/** Whether a target is a stream, which is written to piece by piece. */
export function isStream(target: unknown): target is Stream {
  if (typeof target !== 'object' || target === null) return false;
  return readGuarded('target', target, () => {
    const has = (name: string): boolean => typeof Reflect.get(target, name) === 'function';
    return has('getWriter') || (has('write') && has('end') && has('once'));
  });
}

/** Writes the parts to a file or a descriptor, synchronously. */
export function writeNow(subject: string, target: FileReference, parts: () => Iterable<Uint8Array>): void {
  const file = readFileReference(subject, target);
  const writeParts = (fd: number): void => {
    for (const part of parts()) for (let at = 0; at < part.length; ) at += writeSync(fd, part, at);
  };
  if (typeof file === 'number') {
    writeParts(file);
    return;
  }
  const place = destinationOf(file);
  const fd = openSync(place.path, place.flags, 0o666);
  try {
    if (place.mode !== null) fchmodSync(fd, place.mode);
    writeParts(fd);
    closeSync(fd);
    place.done();
  } catch (error) {
    abandon(fd, place);
    throw error;
  }
}

/** Writes to any target: `fill` writes to the sink that it gets. */
export async function writeLater(
  subject: string,
  target: Target,
  preventClose: boolean,
  fill: (sink: Sink) => Promise<void>,
): Promise<void> {
  if (isStream(target)) return await writeToStream(target, preventClose, fill);
  const file = readFileReference(subject, target);
  if (typeof file === 'number') return await fill(fileSink(file));
  const place = destinationOf(file);
  const fd = openSync(place.path, place.flags, 0o666);
  try {
    if (place.mode !== null) fchmodSync(fd, place.mode);
    const sink = fileSink(fd);
    const patch = (at: number, bytes: Uint8Array): void => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(fd, bytes, done, bytes.length - done, at + done);
      }
    };
    await fill(place.isFile ? { ...sink, patch } : sink);
    closeSync(fd);
    place.done();
  } catch (error) {
    abandon(fd, place);
    throw error;
  }
}

function fileSink(fd: number): Sink {
  const some = (bytes: Uint8Array, at: number): Promise<number> =>
    new Promise((resolve, reject) => {
      write(fd, bytes, at, bytes.length - at, null, (error, count) =>
        error ? reject(error) : resolve(count),
      );
    });
  return {
    write: async (bytes) => {
      for (let at = 0; at < bytes.length; ) at += await some(bytes, at);
    },
  };
}

/** The file that the bytes are written to before it gets its final name. */
interface Destination {
  readonly path: string;
  readonly flags: number;
  /** The permissions of the file that is replaced; null where there is none. */
  readonly mode: number | null;
  readonly isFile: boolean;
  done(): void;
  undo(): void;
}

function destinationOf(path: string): Destination {
  const old = statsOf(path);
  if (old !== null && !old.isFile()) {
    // A device or a pipe is written as it is.
    return { path, flags: constants.O_WRONLY, mode: null, isFile: false, done: () => {}, undo: () => {} };
  }
  const target = old === null ? path : realpathSync(path);
  const name = `.${process.pid}-${process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex')}`;
  const beside = join(dirname(target), `${name}.npy`);
  return {
    path: beside,
    flags: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
    mode: old === null ? null : old.mode & 0o7777,
    isFile: true,
    done: () => renameSync(beside, target),
    undo: () => {
      if (statsOf(beside) !== null) unlinkSync(beside);
    },
  };
}

function abandon(fd: number, place: Destination): void {
  try {
    closeSync(fd);
  } catch (error) {
    // The descriptor was closed before the file got its name.
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'EBADF') throw error;
  }
  place.undo();
}

function statsOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

/** A stream may keep a chunk long after its callback, so it gets copies, of at most this many bytes. */
const CHUNK = 256 * 1024;

function* copiesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) {
    yield new Uint8Array(bytes.subarray(at, at + CHUNK));
  }
}

async function writeToStream(
  stream: Stream,
  preventClose: boolean,
  fill: (sink: Sink) => Promise<void>,
): Promise<void> {
  if ('getWriter' in stream) return await writeToWebStream(stream, preventClose, fill);
  let failed: unknown;
  const onError = (error: unknown): void => {
    failed ??= error ?? rangeError('ERR_OUT_OF_RANGE', 'the stream failed without an error');
  };
  stream.on('error', onError);
  const settled = (start: (call: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      // The error of the destruction says more than the error of a write to a destroyed stream.
      failed ??= Reflect.get(stream, 'errored') ?? undefined;
      if (failed !== undefined) return reject(failed);
      start((error) => (error ? reject(error) : resolve()));
    });
  await fill({
    write: async (bytes) => {
      for (const chunk of copiesOf(bytes)) await settled((call) => stream.write(chunk, call));
    },
  });
  const standard = stream === process.stdout || stream === process.stderr;
  if (!preventClose && !standard) await settled((call) => stream.end(call));
  // After a failure the listener stays: the stream may emit `error` later, which would end the process without one.
  stream.off('error', onError);
}

async function writeToWebStream(
  stream: WritableStream<Uint8Array>,
  preventClose: boolean,
  fill: (sink: Sink) => Promise<void>,
): Promise<void> {
  const writer = stream.getWriter();
  try {
    await fill({
      write: async (bytes) => {
        for (const chunk of copiesOf(bytes)) {
          await writer.ready;
          await writer.write(chunk);
        }
      },
    });
    if (!preventClose) await writer.close();
  } catch (error) {
    // The stream's own error takes precedence.
    if (!preventClose) await writer.abort(error).catch(() => {});
    throw error;
  } finally {
    writer.releaseLock();
  }
}
