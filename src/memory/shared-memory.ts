/**
 * POSIX shared memory: pages that several processes map. Names and sizes are those of Python's `multiprocessing.shared_memory`,
 * so that either side may create and either may open.
 */
import { constants } from 'node:buffer';
import { readBoolean, readInteger, readOptions, readString } from '../arguments.js';
import { binding, RESULT } from '../binding.js';
import { rangeError, shown, systemError, systemErrorName, typeError } from '../errors.js';
import { codeFolder } from '../place.js';
import { mappingRefusal, requireExternal } from './external.js';
import { type Holding, making } from './holding.js';
import { blockOf, NativeMemory } from './native-memory.js';
import { type Birth, watchAllocation } from './watch.js';

/** What to create. */
export interface CreateSharedMemoryOptions {
  /** The size (bytes), at least 1. */
  readonly size: number;
  /** Without slashes inside; a generated `psm_…`, as Python has it, where left out. */
  readonly name?: string;
  /**
   * True makes memory without a name, for the threads and children of this process: nothing can be left behind, and no other process can
   * change its size. Children get it by its `fd`.
   */
  readonly anonymous?: boolean;
  /** True leaves the name when this process exits; else an exit hook unlinks it. */
  readonly persist?: boolean;
}

/** How to open. */
export interface OpenSharedMemoryOptions {
  /** True refuses to write; the default is to write. */
  readonly readonly?: boolean;
}

const ATTEMPTS = 100;

/**
 * Memory that other processes see too, by its name. Made by {@link SharedMemory.create} and {@link SharedMemory.open}.
 *
 * `release()` ends this process's use of it, as Python's `close()` does; `unlink()` takes the name away, and the memory goes
 * when the last process has released it.
 */
export class SharedMemory extends NativeMemory {
  readonly #name: string;

  /** @internal */
  constructor(key?: symbol, holding?: Holding, name?: string) {
    if (key !== making || name === undefined) {
      throw typeError(
        'ERR_INVALID_ARG',
        'SharedMemory: has no public constructor; use SharedMemory.create or SharedMemory.open',
      );
    }
    super(key, holding);
    this.#name = name;
  }

  /**
   * Creates shared memory, zeroed. It must not exist yet.
   *
   * @param options - `size` in bytes, `name`, `anonymous`, `persist`
   * @throws TypeError `ERR_INVALID_ARG`, `ERR_UNSUPPORTED` for `anonymous` where the system has no such memory, and in a runtime
   *   without external ArrayBuffers
   * @throws RangeError `ERR_OUT_OF_RANGE` for a size below 1, `ERR_OUT_OF_MEMORY` for one beyond this runtime's ArrayBuffers
   * @throws Node's own errors: `EEXIST` for a name that is taken, `EINVAL` for one with slashes inside, `ENAMETOOLONG`, `ENOSPC`
   *   where the system has no room for that size
   * @example
   * const shm = SharedMemory.create({ name: 'frames', size: 1920 * 1080 * 3 });
   * // Python: shared_memory.SharedMemory(name='frames')
   */
  static create(options: CreateSharedMemoryOptions): SharedMemory {
    const subject = 'SharedMemory.create';
    const read = readOptions(subject, options, ['size', 'name', 'anonymous', 'persist']);
    const size = readInteger(`${subject}: size`, read.size, { min: 1 });
    const name = read.name === undefined ? undefined : readName(subject, read.name);
    const anonymous =
      read.anonymous === undefined ? false : readBoolean(`${subject}: anonymous`, read.anonymous);
    const persist = read.persist === undefined ? false : readBoolean(`${subject}: persist`, read.persist);
    if (anonymous && name !== undefined) {
      throw typeError(
        'ERR_INVALID_ARG',
        `${subject}: name ${shown(name)} and anonymous given, expected one of them`,
      );
    }
    checkSize(subject, size);
    requireSharing(subject);
    if (anonymous) return sealed(subject, size);
    const { fd, name: given } = name === undefined ? generated() : { fd: created(name), name };
    try {
      const resized = binding.sharedResize(fd, size);
      if (resized < 0) throw systemError(resized, 'ftruncate', given);
      const memory = mapped(subject, fd, size, given, true);
      if (!persist) binding.sharedOwn(pathOf(given), fd);
      return memory;
    } catch (error) {
      binding.sharedUnlink(pathOf(given));
      throw error;
    } finally {
      binding.sharedClose(fd);
    }
  }

  /**
   * Opens shared memory that exists, whole.
   *
   * @param name - as it was created; or the descriptor of anonymous memory that a parent process handed over
   * @param options - `readonly`: pages are then copied when they are written, so that no stray write reaches the others
   * @throws Node's own errors: `ENOENT` where there is none of that name, `EACCES` where it belongs to another user
   * @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_MEMORY` for more than this runtime's ArrayBuffers hold
   * @example const frames = SharedMemory.open('frames', { readonly: true });
   */
  static open(name: string | number, options?: OpenSharedMemoryOptions): SharedMemory {
    const subject = 'SharedMemory.open';
    const read = readOptions(subject, options, ['readonly']);
    const readonly = read.readonly === undefined ? false : readBoolean(`${subject}: readonly`, read.readonly);
    if (typeof name === 'number') {
      const fd = readInteger(`${subject}: descriptor`, name, { min: 0, max: 0x7fffffff });
      requireSharing(subject);
      return mapped(subject, fd, sizeOf(subject, fd), '', !readonly);
    }
    const given = readName(subject, name);
    requireSharing(subject);
    const fd = binding.sharedOpen(pathOf(given), false, readonly);
    if (fd < 0) throw systemError(fd, 'shm_open', given);
    try {
      return mapped(subject, fd, sizeOf(subject, fd), given, !readonly);
    } finally {
      binding.sharedClose(fd);
    }
  }

  /** The name under which others open it, as Python shows it: without the leading slash. Empty for anonymous memory. */
  get name(): string {
    return this.#name;
  }

  /** The size in bytes. */
  get size(): number {
    return this.nbytes;
  }

  /**
   * The descriptor behind the memory, to hand to a child process (`stdio: ['inherit', 'inherit', 'inherit', memory.fd]`), which
   * opens it with `SharedMemory.open(3)`. It belongs to the memory and ends with it; -1 then.
   */
  get fd(): number {
    return Math.max(-1, this.released ? -1 : binding.descriptorOf(blockOf(this)));
  }

  /**
   * Whether bytes of the memory are lost: another process made it smaller, or the system had no room for a page. Lost pages read
   * as zeros, and no other process sees writes to them.
   */
  get truncated(): boolean {
    return binding.isTruncated(blockOf(this)) === true;
  }

  /**
   * Removes the name: the memory can't be opened any more. Processes that have it open keep it.
   *
   * @throws Node's own `ENOENT` where the name is gone already; TypeError `ERR_UNSUPPORTED` for anonymous memory
   */
  unlink(): void {
    if (this.#name === '') {
      throw typeError('ERR_UNSUPPORTED', 'unlink: the memory is anonymous, expected memory with a name');
    }
    const outcome = binding.sharedUnlink(pathOf(this.#name));
    if (outcome < 0) throw systemError(outcome, 'shm_unlink', this.#name);
  }
}

function requireSharing(subject: string): void {
  const remedy = 'send copies, or use a SharedArrayBuffer between threads';
  requireExternal(subject, 'shared memory', remedy);
}

function readName(subject: string, value: unknown): string {
  const name = readString(`${subject}: name`, value);
  if (name.includes('\0')) {
    throw typeError('ERR_INVALID_ARG', `${subject}: name ${shown(name)} given, expected one without NUL`);
  }
  return name;
}

/** Python puts one slash before any name; the C library drops further ones. */
function pathOf(name: string): string {
  return `/${name}`;
}

function checkSize(subject: string, size: number): void {
  if (size <= constants.MAX_LENGTH) return;
  throw rangeError(
    'ERR_OUT_OF_MEMORY',
    `${subject}: ${size} bytes, this runtime's ArrayBuffers hold at most ${constants.MAX_LENGTH}`,
  );
}

function created(name: string): number {
  const fd = binding.sharedOpen(pathOf(name), true, false);
  if (fd < 0) throw systemError(fd, 'shm_open', name);
  return fd;
}

/** A name of Python's own make: 14 characters with the slash, the least that any system allows. */
function generated(): { fd: number; name: string } {
  for (let attempt = 0; ; attempt++) {
    const name = `psm_${process.getBuiltinModule('node:crypto').randomBytes(4).toString('hex')}`;
    const fd = binding.sharedOpen(pathOf(name), true, false);
    if (fd >= 0) return { fd, name };
    if (systemErrorName(fd) !== 'EEXIST' || attempt === ATTEMPTS) throw systemError(fd, 'shm_open', name);
  }
}

function sealed(subject: string, size: number): SharedMemory {
  const fd = binding.sealedOpen(size);
  if (systemErrorName(fd) === 'ENOSYS') {
    throw typeError('ERR_UNSUPPORTED', `${subject}: this system has no anonymous shared memory; give a name`);
  }
  if (fd < 0) throw systemError(fd, 'memfd_create');
  try {
    return mapped(subject, fd, size, '', true);
  } finally {
    binding.sharedClose(fd);
  }
}

function sizeOf(subject: string, fd: number): number {
  const size = binding.sharedSize(fd);
  if (size < 0) throw systemError(size, 'fstat');
  checkSize(subject, size);
  return size;
}

function mapped(subject: string, fd: number, nbytes: number, name: string, writable: boolean): SharedMemory {
  const label = name === '' ? undefined : name;
  const buffer = binding.mapFile(fd, 0, nbytes, writable, true, label);
  if (typeof buffer === 'number') throw mappingRefusal(subject, buffer, nbytes, label);
  const birth: Birth = { id: binding.results[RESULT.ID]!, kind: 'shared', nbytes, label };
  const address = binding.results[RESULT.ADDRESS]!;
  const holding: Holding = { birth, address, buffer, readonly: !writable, engine: false, scope: null };
  const memory = new SharedMemory(making, holding, name);
  watchAllocation(memory, birth);
  return memory;
}

/**
 * Finalizers do not run at `process.exit`, so the names go in an exit hook: in a worker those that the worker created, in the
 * main thread all that are left, since a worker may have been terminated. A program that loads the package again and again, as
 * development servers do, gets one hook: the copies share the addon, and the addon has the names.
 */
const HOOKED = Symbol.for('memoryview.exit');
const hooked: unknown = Reflect.get(process, HOOKED);
const folders: Set<unknown> = hooked instanceof Set ? hooked : new Set();
if (!folders.has(codeFolder)) {
  folders.add(codeFolder);
  Object.defineProperty(process, HOOKED, { value: folders, configurable: true });
  process.on('exit', () => {
    if (!binding.sharedUnlinkOwned(false)) return;
    if (process.getBuiltinModule('node:worker_threads').isMainThread) binding.sharedUnlinkOwned(true);
  });
}
