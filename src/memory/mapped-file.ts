/**
 * Files as memory. Relies on the addon for mapping, and for surviving a file that shrinks; which bytes of which file, and what
 * becomes of the file, is decided here.
 */
import { constants } from 'node:buffer';
import { constants as flags, fstatSync, ftruncateSync, type Stats } from 'node:fs';
import { readFunction, readInteger, readOneOf, readOptions } from '../arguments.js';
import { ADVICE, binding, RESULT, STATUS } from '../binding.js';
import { bufferError, rangeError, systemError, typeError } from '../errors.js';
import { listenFor, stopListeningFor } from './block-events.js';
import { requireExternal } from './external.js';
import { type FileReference, type OpenedFile, openFile, readFileReference } from './file-reference.js';
import { blockOf, type Holding, internalBuffer, making, NativeMemory } from './native-memory.js';
import { type Birth, watchAllocation } from './watch.js';

/**
 * How a file is mapped, as numpy's `memmap` has it: `'r'` reads; `'r+'` reads and writes; `'w+'` creates or empties the file
 * first; `'c'` writes to copies of the pages that the file never sees.
 */
export type FileMode = 'r' | 'r+' | 'w+' | 'c';

/** What is told to the system about the use of a mapping, as `madvise` has it. */
export type FileAdvice = 'normal' | 'sequential' | 'random' | 'willneed' | 'hugepage';

/** How to map a file; every part may be left out, but for `length` in mode `'w+'`. */
export interface MapFileOptions {
  /** `'r'` by default. */
  readonly mode?: FileMode;
  /** Where in the file the memory starts (bytes); any number, 0 by default. */
  readonly byteOffset?: number;
  /** The size of the memory (bytes); to the end of the file by default. In `'r+'` a file that is shorter is extended. */
  readonly length?: number;
  /** Given to the system at once. */
  readonly advice?: FileAdvice;
  /**
   * Called once, in a later turn of the event loop, when pages turned out to be lost.
   *
   * @param mapping - the memory that lost them
   */
  readonly onTruncated?: (mapping: MappedFile) => void;
}

const MODES: readonly FileMode[] = ['r', 'r+', 'w+', 'c'];
const EISDIR = -21;
const ENODEV = -19;

/** What a mapping knows beside its memory. */
interface Source {
  readonly path: string | undefined;
  readonly mode: FileMode;
}

/**
 * Mappings that somebody listens to, and the listener, live as long as the buffer: who keeps no more than that still hears of
 * lost pages, and a listener that knows its mapping keeps nothing alive.
 */
const heard = new WeakMap<ArrayBuffer, { mapping: MappedFile; onTruncated: (mapping: MappedFile) => void }>();
const gone: FinalizationRegistry<number> = new FinalizationRegistry(stopListeningFor);

/** The memory of a mapped file. Made by {@link mapFile}. */
export class MappedFile extends NativeMemory {
  readonly #source: Source;
  #truncated = false;

  /** @internal */
  constructor(key?: symbol, holding?: Holding, source?: Source) {
    if (key !== making || source === undefined) {
      throw typeError(
        'ERR_INVALID_ARG',
        'MappedFile: has no public constructor; use mapFile(path) to make one',
      );
    }
    super(key, holding);
    this.#source = source;
  }

  /** The path that was given; `undefined` where it was a descriptor. */
  get path(): string | undefined {
    return this.#source.path;
  }

  /** How the file is mapped. */
  get mode(): FileMode {
    return this.#source.mode;
  }

  /**
   * Whether bytes of the mapping are lost: the file has become shorter, or the system could not read or store a page (a full
   * disk). Lost pages read as zeros, and what is written to them goes nowhere. Stays true; map the file again.
   */
  get truncated(): boolean {
    if (!this.#truncated) this.#truncated = binding.isTruncated(blockOf(this)) === true;
    return this.#truncated;
  }

  /**
   * Writes what was changed to the file and waits until it is there. Does nothing in modes `'r'` and `'c'`.
   *
   * @throws BufferError `ERR_RELEASED`; Node's own error where the system could not store everything: `ENOSPC` for a full disk,
   *   `EIO` where the file has become shorter
   */
  flush(): void {
    this.#check('flush', 'msync', binding.flush(this.#live('flush')));
  }

  /**
   * Does what {@link flush} does, off the main thread. The memory is pinned meanwhile.
   *
   * @returns a promise that rejects with what `flush` throws
   */
  async flushAsync(): Promise<void> {
    this.#check('flushAsync', 'msync', await binding.flushAsync(this.#live('flushAsync')));
  }

  /**
   * Tells the system how the memory will be used.
   *
   * @param advice - as `madvise` has it
   * @throws TypeError `ERR_INVALID_ARG`, RangeError `ERR_OUT_OF_RANGE` for another word; BufferError `ERR_RELEASED`; Node's own
   *   `EINVAL` where the system does not know that advice
   */
  advise(advice: FileAdvice): void {
    const index = ADVICE.indexOf(readOneOf('advise', advice, ADVICE));
    this.#check('advise', 'madvise', binding.advise(this.#live('advise'), index));
  }

  /**
   * Keeps all pages in memory, as `mlock` does.
   *
   * @throws BufferError `ERR_RELEASED`; Node's own `ENOMEM`, `EPERM` or `EAGAIN` where the limit for locked memory is too low
   */
  lock(): void {
    this.#check('lock', 'mlock', binding.lock(this.#live('lock'), true));
  }

  /** Ends {@link lock}. @throws BufferError `ERR_RELEASED` */
  unlock(): void {
    this.#check('unlock', 'munlock', binding.lock(this.#live('unlock'), false));
  }

  #live(subject: string): number {
    if (this.released)
      throw bufferError('ERR_RELEASED', `${subject}: the memory was released, expected live memory`);
    return blockOf(this);
  }

  #check(subject: string, syscall: string, outcome: number): void {
    if (outcome < 0) throw systemError(outcome, syscall, this.#source.path);
    if (outcome !== STATUS.OK)
      throw bufferError('ERR_RELEASED', `${subject}: the memory was released meanwhile`);
  }
}

/**
 * Maps a file into memory, as numpy's `memmap` and Python's `mmap` do: nothing is read until it is touched.
 *
 * A mapping in mode `'r'` has private pages underneath, so a stray write through its `buffer` neither crashes nor reaches the
 * file. A file that shrinks under its mapping never ends the process: see {@link MappedFile.truncated}.
 *
 * @param file - a path, a `file:` URL, a descriptor or a FileHandle; the latter two may be closed afterwards
 * @param options - mode, part of the file (bytes), advice, and who is told of lost pages
 * @throws Node's own errors, with `code`, `errno`, `syscall` and `path`: `ENOENT`, `EACCES`, `EISDIR`, `ENODEV` for what can't be
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
      : (readFunction('mapFile: onTruncated', read.onTruncated) as (mapping: MappedFile) => void);
  if (mode === 'w+' && length === undefined) {
    throw typeError('ERR_INVALID_ARG', 'mapFile: mode "w+" makes an empty file; expected length (bytes)');
  }
  if (length !== undefined) checkSize(byteOffset, length);
  requireExternal(
    'mapFile',
    'a mapped file',
    'read it with fs.readFileSync, and give its Buffer to memoryview, loadNpy or loadNpz',
  );
  const opened = openFile(reference, openFlags(mode));
  try {
    const { nbytes, resize } = prepare(opened, mode, byteOffset, length);
    const mapping = mapped(opened, mode, byteOffset, nbytes);
    try {
      if (advice !== undefined) mapping.advise(advice);
      if (onTruncated !== undefined) listen(mapping, onTruncated);
      // Last, since a call that throws leaves the file as it was; until then the mapping reaches beyond its end.
      resize();
    } catch (error) {
      mapping.release();
      throw error;
    }
    return mapping;
  } finally {
    opened.close();
  }
}

function openFlags(mode: FileMode): number {
  // Not TRUNC: the file is emptied only once nothing else can be refused any more.
  if (mode === 'w+') return flags.O_RDWR | flags.O_CREAT;
  return mode === 'r+' ? flags.O_RDWR : flags.O_RDONLY;
}

function checkSize(byteOffset: number, nbytes: number): void {
  if (!Number.isSafeInteger(byteOffset + nbytes)) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `mapFile: byteOffset ${byteOffset} and length ${nbytes} reach beyond 2^53 - 1`,
    );
  }
  if (nbytes > constants.MAX_LENGTH) {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `mapFile: ${nbytes} bytes to map, this runtime's ArrayBuffers hold at most ${constants.MAX_LENGTH}; ` +
        'map a part of the file with byteOffset and length',
    );
  }
}

/** What is to be mapped, and what gives the file that many bytes. */
interface Plan {
  readonly nbytes: number;
  resize(): void;
}

const asItIs = (): void => {};

function prepare(opened: OpenedFile, mode: FileMode, byteOffset: number, length?: number): Plan {
  const { fd } = opened;
  const stats = fstatSync(fd);
  if (!stats.isFile()) return { nbytes: unusual(opened, stats, length), resize: asItIs };
  const end = byteOffset + (length ?? 0);
  if (mode === 'w+') {
    const resize = (): void => {
      // A file that can't have that size is not emptied.
      if (end > stats.size) ftruncateSync(fd, end);
      ftruncateSync(fd, 0);
      ftruncateSync(fd, end);
    };
    return { nbytes: end - byteOffset, resize };
  }
  if (byteOffset > stats.size && (mode !== 'r+' || length === undefined)) {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `mapFile: byteOffset ${byteOffset} given, the file has ${stats.size} bytes`,
    );
  }
  const nbytes = length ?? stats.size - byteOffset;
  checkSize(byteOffset, nbytes);
  if (end <= stats.size) return { nbytes, resize: asItIs };
  if (mode !== 'r+') {
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `mapFile: byteOffset ${byteOffset} and length ${nbytes} given, the file has ${stats.size} bytes`,
    );
  }
  return { nbytes, resize: () => ftruncateSync(fd, end) };
}

/** What is no regular file: the system knows which devices can be mapped, but not how long they are. */
function unusual({ path }: OpenedFile, stats: Stats, length: number | undefined): number {
  if (stats.isDirectory()) throw systemError(EISDIR, 'mmap', path);
  if (length === undefined) throw systemError(ENODEV, 'mmap', path);
  return length;
}

function mapped({ fd, path }: OpenedFile, mode: FileMode, byteOffset: number, nbytes: number): MappedFile {
  const shared = mode === 'r+' || mode === 'w+';
  const buffer = binding.mapFile(fd, byteOffset, nbytes, shared, false, path);
  if (typeof buffer === 'number') throw mappingRefusal('mapFile', buffer, nbytes, path);
  const address = binding.results[RESULT.ADDRESS]!;
  const birth: Birth = { id: binding.results[RESULT.ID]!, kind: 'file', nbytes, label: path };
  const holding: Holding = { birth, address, buffer, readonly: mode === 'r' };
  const mapping = new MappedFile(making, holding, { path, mode });
  watchAllocation(mapping, birth);
  return mapping;
}

/** The error for what `binding.mapFile` answered instead of an ArrayBuffer. @internal */
export function mappingRefusal(subject: string, answer: number, nbytes: number, path?: string): Error {
  if (answer < 0) return systemError(answer, 'mmap', path);
  return rangeError('ERR_OUT_OF_MEMORY', `${subject}: the runtime refused an ArrayBuffer of ${nbytes} bytes`);
}

function listen(mapping: MappedFile, onTruncated: (mapping: MappedFile) => void): void {
  const id = blockOf(mapping);
  const reference = new WeakRef(mapping);
  heard.set(internalBuffer(mapping), { mapping, onTruncated });
  gone.register(mapping, id);
  listenFor(id, () => {
    const known = reference.deref();
    if (known !== undefined) heard.get(internalBuffer(known))?.onTruncated(known);
  });
  const outcome = binding.whenTruncated(id);
  if (outcome < 0) throw systemError(outcome, 'pthread_create', mapping.path);
}
