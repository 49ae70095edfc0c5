/**
 * Files as memory. Relies on the addon for mapping, and for surviving a file that shrinks; file-range.ts decides which bytes of a file are
 * mapped.
 */
import { constants as flags } from 'node:fs';
import { readFunction, readInteger, readOneOf, readOptions } from '../arguments.js';
import { ADVICE, binding, RESULT, STATUS } from '../binding.js';
import { bufferError, systemError, typeError } from '../errors.js';
import { listenFor, stopListeningFor } from './block-events.js';
import { mappingRefusal, requireExternal } from './external.js';
import {
  checkSize,
  type FileMode,
  MAPPED_FILES_KEEP_THEIR_SIZE,
  MODES,
  openFlags,
  type Plan,
  prepare,
} from './file-range.js';
import { type FileReference, type OpenedFile, openFile, readFileReference } from './file-reference.js';
import { type Holding, making } from './holding.js';
import { birthOfMemory, blockOf, internalBuffer, NativeMemory, replaceHolding } from './native-memory.js';
import { heldBy } from './pins.js';
import { type Birth, watchAllocation } from './watch.js';

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

/** What a mapping knows beside its memory. */
interface Source {
  readonly path: string | undefined;
  readonly mode: FileMode;
  /** Where in the file the memory starts (bytes). */
  readonly byteOffset: number;
}

/** Throws while anything pins a block. @throws BufferError `ERR_EXPORTED` */
function refuseHeld(id: number): void {
  const holders = binding.holders(id);
  if (typeof holders === 'number' || holders.length === 0) return;
  let pins = 0;
  for (let i = 1; i < holders.length; i += 2) pins += Number(holders[i]);
  throw bufferError('ERR_EXPORTED', `resize: the memory is ${heldBy(id, pins)}`);
}

/**
 * Mappings with a listener, and the listener, live as long as the buffer: code that keeps only the buffer still hears of
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
   * Gives the file and the memory another size, as Python's `mmap.resize` does. The memory is another one then: address and buffer change,
   * and the views of before end. Another thread's memory over the file stays as it is.
   *
   * @param length - of the memory (bytes); the file ends with it
   * @throws TypeError `ERR_READONLY` in modes `'r'` and `'c'`, `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for memory of size 0 that was made of a
   *   descriptor; RangeError `ERR_OUT_OF_RANGE`, `ERR_OUT_OF_MEMORY`; BufferError `ERR_RELEASED`, and `ERR_EXPORTED` while the memory is
   *   pinned; Node's own error where the system refuses. Nothing changes then
   */
  resize(length: number): void {
    const nbytes = readInteger('resize: length', length, { min: 0 });
    const id = this.#live('resize');
    const { mode, path, byteOffset } = this.#source;
    if (mode === 'r' || mode === 'c') {
      throw typeError('ERR_READONLY', `resize: the file is mapped in mode "${mode}", expected "r+" or "w+"`);
    }
    checkSize(byteOffset, nbytes, 'resize');
    refuseHeld(id);
    const before = this.nbytes;
    const listener = heard.get(internalBuffer(this))?.onTruncated;
    const file = this.#file(id);
    try {
      if (nbytes > before) this.#setSize(file.fd, byteOffset + nbytes);
      const undo = (): void => {
        if (nbytes > before) binding.sharedResize(file.fd, byteOffset + before);
      };
      let holding: Holding;
      try {
        holding = held('resize', file.fd, this.#source, nbytes);
      } catch (error) {
        undo();
        throw error;
      }
      const old = birthOfMemory(this);
      try {
        super.release();
      } catch (error) {
        binding.release(holding.birth.id);
        undo();
        throw error;
      }
      stopListeningFor(old.id);
      let outcome = 0;
      if (nbytes < before && MAPPED_FILES_KEEP_THEIR_SIZE) {
        binding.release(holding.birth.id);
        outcome = binding.sharedResize(file.fd, byteOffset + nbytes);
        holding = held('resize', file.fd, this.#source, nbytes);
      }
      replaceHolding(this, holding);
      this.#truncated = false;
      watchAllocation(this, holding.birth);
      if (nbytes < before && !MAPPED_FILES_KEEP_THEIR_SIZE) {
        outcome = binding.sharedResize(file.fd, byteOffset + nbytes);
      }
      if (listener !== undefined) listen(this, listener);
      if (outcome < 0) throw systemError(outcome, 'ftruncate', path);
    } finally {
      file.close();
    }
  }

  /** A descriptor of the file that outlives the mapping. */
  #file(id: number): { fd: number; close(): void } {
    const { path } = this.#source;
    const own = binding.descriptorOf(id);
    // The path may name another file by now. The block closes its descriptor with the mapping, so another one is opened.
    if (own >= 0 && process.platform === 'linux') return openFile(`/proc/self/fd/${own}`, flags.O_RDWR);
    if (path !== undefined) return openFile(path, flags.O_RDWR);
    throw typeError('ERR_UNSUPPORTED', 'resize: the memory has size 0 and no path; map the file again');
  }

  #setSize(fd: number, nbytes: number): void {
    const outcome = binding.sharedResize(fd, nbytes);
    if (outcome < 0) throw systemError(outcome, 'ftruncate', this.#source.path);
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

/**
 * Maps a file into memory, as numpy's `memmap` and Python's `mmap` do: nothing is read until it is touched.
 *
 * A mapping in mode `'r'` has private pages underneath, so a stray write through its `buffer` neither crashes nor reaches the
 * file. A file that shrinks under its mapping never ends the process: see {@link MappedFile.truncated}.
 *
 * @param file - a path, a `file:` URL, a descriptor or a FileHandle; the latter two may be closed afterwards
 * @param options - mode, part of the file (bytes), advice, and the function to call for lost pages
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
  const make = (nbytes: number): MappedFile => {
    const mapping = mapped(opened, mode, byteOffset, nbytes);
    try {
      if (advice !== undefined) mapping.advise(advice);
      if (onTruncated !== undefined) listen(mapping, onTruncated);
    } catch (error) {
      mapping.release();
      throw error;
    }
    return mapping;
  };
  try {
    const plan = prepare(opened, mode, byteOffset, length);
    return MAPPED_FILES_KEEP_THEIR_SIZE ? madeOfWholeFile(plan, mode, make) : madeAhead(plan, make);
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

function mapped({ fd, path }: OpenedFile, mode: FileMode, byteOffset: number, nbytes: number): MappedFile {
  const source: Source = { path, mode, byteOffset };
  const holding = held('mapFile', fd, source, nbytes);
  const mapping = new MappedFile(making, holding, source);
  watchAllocation(mapping, holding.birth);
  return mapping;
}

/** Maps the bytes of a file. */
function held(subject: string, fd: number, source: Source, nbytes: number): Holding {
  const { path, mode, byteOffset } = source;
  const shared = mode === 'r+' || mode === 'w+';
  const buffer = binding.mapFile(fd, byteOffset, nbytes, shared, false, path);
  if (typeof buffer === 'number') throw mappingRefusal(subject, buffer, nbytes, path);
  const address = binding.results[RESULT.ADDRESS]!;
  const birth: Birth = { id: binding.results[RESULT.ID]!, kind: 'file', nbytes, label: path };
  return { birth, address, buffer, readonly: mode === 'r', engine: false, scope: null };
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
