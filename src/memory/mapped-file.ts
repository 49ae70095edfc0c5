/** Files as memory: the class. map-file.ts makes its objects, and file-mapping.ts does its work. */
import { readInteger, readOneOf } from '../arguments.js';
import { ADVICE, binding, STATUS } from '../binding.js';
import { bufferError, systemError, typeError } from '../errors.js';
import { type MappedSource, resizeMapping } from './file-mapping.js';
import type { FileMode } from './file-range.js';
import { type Holding, KEY } from './holding.js';
import { blockOf, NativeMemory } from './native-memory.js';

/** Advice to the system about the use of a mapping, as for `madvise`. */
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

/** The memory of a mapped file. Made by `mapFile`. */
export class MappedFile extends NativeMemory {
  readonly #source: MappedSource;
  #truncated = false;

  /** @internal */
  constructor(key?: symbol, holding?: Holding, source?: MappedSource) {
    if (key !== KEY || source === undefined) {
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
   * disk). Lost pages read as zeros, and writes to them never reach the file. Stays true; map the file again.
   */
  get truncated(): boolean {
    if (!this.#truncated) this.#truncated = binding.isTruncated(blockOf(this)) === true;
    return this.#truncated;
  }

  /**
   * Writes changed pages to the file and waits until it has them. Does nothing in modes `'r'` and `'c'`.
   *
   * @param offset - where in the memory (bytes); 0 by default. Whole pages are written
   * @param length - how many bytes; to the end by default
   * @throws RangeError `ERR_OUT_OF_BOUNDS`; BufferError `ERR_RELEASED`; Node's own error where the system could not store everything: `ENOSPC` for a full disk,
   *   `EIO` where the file has become shorter
   */
  flush(offset?: number, length?: number): void {
    const id = this.#live('flush');
    const part = this.#part('flush', offset, length);
    this.#check('flush', 'msync', binding.flush(id, part.offset, part.nbytes));
  }

  /**
   * Does what {@link flush} does, off the main thread. The memory is pinned meanwhile.
   *
   * @returns a promise that rejects with the errors of `flush`
   */
  async flushAsync(): Promise<void> {
    this.#check('flushAsync', 'msync', await binding.flushAsync(this.#live('flushAsync')));
  }

  /**
   * Tells the system how the memory will be used.
   *
   * @param advice - as `madvise` has it
   * @param offset - where in the memory (bytes); 0 by default. The advice holds for whole pages
   * @param length - how many bytes; to the end by default
   * @throws RangeError `ERR_OUT_OF_BOUNDS`; TypeError `ERR_INVALID_ARG`, RangeError `ERR_OUT_OF_RANGE` for another word; BufferError `ERR_RELEASED`; Node's own
   *   `EINVAL` where the system does not know that advice
   */
  advise(advice: FileAdvice, offset?: number, length?: number): void {
    const index = ADVICE.indexOf(readOneOf('advise', advice, ADVICE));
    const id = this.#live('advise');
    const part = this.#part('advise', offset, length);
    this.#check('advise', 'madvise', binding.advise(id, index, part.offset, part.nbytes));
  }

  /**
   * Resizes the file and the memory, as Python's `mmap.resize` does. The memory moves: its address and buffer change, and
   * earlier views end. Another thread's memory over the file stays as it is.
   *
   * @param length - of the memory (bytes); the file ends with it
   * @throws TypeError `ERR_READONLY` in modes `'r'` and `'c'`, `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for memory of size 0 that was made of a
   *   descriptor; RangeError `ERR_OUT_OF_RANGE`, `ERR_OUT_OF_MEMORY`; BufferError `ERR_RELEASED`, and `ERR_EXPORTED` while the memory is
   *   pinned; Node's own error where the system refuses. Nothing changes then
   */
  resize(length: number): void {
    const nbytes = readInteger('resize: length', length, { min: 0 });
    this.#live('resize');
    try {
      resizeMapping(this, this.#source, nbytes, () => super.release());
    } finally {
      // Asked for anew.
      this.#truncated = false;
    }
  }

  /** A part of the memory that a caller named. */
  #part(subject: string, offset: unknown, length: unknown): { offset: number; nbytes: number } {
    const code = 'ERR_OUT_OF_BOUNDS';
    const size = this.nbytes;
    const first =
      offset === undefined ? 0 : readInteger(`${subject}: offset`, offset, { min: 0, max: size, code });
    const most = size - first;
    const nbytes =
      length === undefined ? most : readInteger(`${subject}: length`, length, { min: 0, max: most, code });
    return { offset: first, nbytes };
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
