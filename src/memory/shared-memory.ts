/**
 * POSIX shared memory: pages that several processes map. Names and sizes are those of Python's `multiprocessing.shared_memory`,
 * so that either side may create and either may open.
 */
import { binding } from '../binding.js';
import { codeFolder } from '../code-folder.js';
import { systemError, typeError } from '../errors.js';
import { type Holding, KEY } from './holding.js';
import { blockOf, NativeMemory } from './native-memory.js';
import { createShared, openShared, pathOf } from './shared-mapping.js';

/** Options of {@link SharedMemory.create}. */
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

/** Options of {@link SharedMemory.open}. */
export interface OpenSharedMemoryOptions {
  /** True refuses to write; the default is to write. */
  readonly readonly?: boolean;
}

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
    if (key !== KEY || name === undefined) {
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
    return createShared(options, sharedMemoryOf);
  }

  /**
   * Opens shared memory that exists, whole.
   *
   * @param name - as it was created; or the descriptor of anonymous memory that a parent process handed over, on Windows its `fd` there
   * @param options - `readonly`: pages are then copied when they are written, so that no stray write reaches the others
   * @throws Node's own errors: `ENOENT` where there is none of that name, `EACCES` where it belongs to another user
   * @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_MEMORY` for more than this runtime's ArrayBuffers hold
   * @example const frames = SharedMemory.open('frames', { readonly: true });
   */
  static open(name: string | number, options?: OpenSharedMemoryOptions): SharedMemory {
    return openShared(name, options, sharedMemoryOf);
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
   *
   * On Windows, whose sections have no descriptors, it is the number of a handle. Each child process that is started after it was read
   * inherits the handle, and opens the memory with `SharedMemory.open(number)`, after it was told the number: by an argument, a variable
   * of its environment or a message.
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

function sharedMemoryOf(holding: Holding, name: string): SharedMemory {
  return new SharedMemory(KEY, holding, name);
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
