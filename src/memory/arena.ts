/** A scope for many small allocations that end together. */
import { inspect } from 'node:util';
import { define, readInteger, readOptions } from '../arguments.js';
import { binding, RESULT, STATUS } from '../binding.js';
import { bufferError, rangeError, shown, typeError } from '../errors.js';
import { type AllocateOptions, memoryFromAnswer, readRequest } from './allocate.js';
import { dependentsOf } from './dependents.js';
import { type NativeMemory, UNDETACHABLE } from './native-memory.js';
import { heldBy } from './pins.js';
import { type Birth, watchRelease } from './watch.js';

/** How to make an arena. */
export interface ArenaOptions {
  /** The size of a slab, 4 KiB to 1 GiB (bytes); 1 MiB by default. An allocation of more than half of it gets its own slab. */
  slabBytes?: number;
}

/**
 * Allocates beside each other in slabs, and releases all of it at once.
 *
 * Each allocation is a {@link NativeMemory} of its own kind `'arena'`, zeroed. It ends with the arena, or at its `reset()`, and can't be
 * released by itself. An arena that is dropped without a release leaves its allocations to the garbage collector.
 *
 * @example
 * using arena = new Arena({ slabBytes: 1 << 16 });
 * const header = arena.allocate(64);
 * const body = arena.allocate(4096, { alignment: 4096 });
 */
export class Arena {
  readonly #slabBytes: number;
  readonly #births: Birth[] = [];
  #arena: object;
  /** What the memory of before a reset knows of it is another one. */
  #scope = { released: false };

  /**
   * Makes an empty arena; slabs come with the first allocation.
   *
   * @param options - `slabBytes`
   * @throws TypeError `ERR_INVALID_ARG` for another kind of argument or an unknown option
   * @throws RangeError `ERR_OUT_OF_RANGE` for a slab size out of bounds
   */
  constructor(options?: ArenaOptions) {
    const read = readOptions('Arena', options, ['slabBytes']);
    const range = { min: 4096, max: 2 ** 30 };
    const slabBytes =
      read.slabBytes === undefined ? 2 ** 20 : readInteger('Arena: slabBytes', read.slabBytes, range);
    this.#slabBytes = slabBytes;
    this.#arena = Arena.#made(slabBytes);
  }

  static #made(slabBytes: number): object {
    const arena = binding.makeArena(slabBytes);
    if (typeof arena === 'number')
      throw rangeError('ERR_OUT_OF_MEMORY', 'Arena: the runtime refused a new arena');
    return arena;
  }

  static #is(value: unknown): value is Arena {
    return typeof value === 'object' && value !== null && #arena in value;
  }

  static #of(value: unknown, subject: string): Arena {
    if (Arena.#is(value)) return value;
    throw typeError('ERR_INVALID_ARG', `${subject}: called on ${shown(value)}, expected an Arena`);
  }

  /** Whether the arena, and with it all that was allocated from it, is released. */
  get released(): boolean {
    return Arena.#of(this, 'released').#scope.released;
  }

  /**
   * Allocates zeroed memory that ends with the arena.
   *
   * @param nbytes - the size in bytes
   * @param options - as for the function `allocate`; arena memory is always zeroed
   * @throws BufferError `ERR_RELEASED` when the arena is released
   * @throws TypeError, RangeError as the function `allocate` does
   */
  allocate(nbytes: number, options?: AllocateOptions): NativeMemory {
    const self = Arena.#of(this, 'allocate');
    const request = readRequest(nbytes, options);
    if (request.secret) {
      throw typeError(
        'ERR_UNSUPPORTED',
        'allocate: memory of an arena lies beside other memory, so none of it is secret; use allocate(nbytes, { secret: true })',
      );
    }
    if (self.#scope.released) throw bufferError('ERR_RELEASED', 'allocate: the arena is released');
    const buffer = binding.allocateIn(self.#arena, request.size, request.alignment, request.label);
    return memoryFromAnswer(request, 'arena', buffer, { scope: self.#scope, births: self.#births });
  }

  /**
   * Ends all memory that was allocated here, at once. Releasing twice does nothing.
   *
   * @throws BufferError `ERR_EXPORTED`, and nothing changes, while any of it is pinned
   */
  release(): void {
    const self = Arena.#of(this, 'release');
    if (self.#scope.released) return;
    self.#end('release');
    binding.closeArena(self.#arena);
  }

  /**
   * Ends all memory that was allocated here, at once, and starts over: the arena is as new.
   *
   * @throws BufferError `ERR_RELEASED` when the arena is released, `ERR_EXPORTED`, and nothing changes, while any of its memory is pinned
   * @example for (const request of requests) { answer(request, arena); arena.reset(); }
   */
  reset(): void {
    const self = Arena.#of(this, 'reset');
    if (self.#scope.released) throw bufferError('ERR_RELEASED', 'reset: the arena is released');
    const next = Arena.#made(self.#slabBytes);
    try {
      self.#end('reset');
    } catch (error) {
      binding.closeArena(next);
      throw error;
    }
    binding.closeArena(self.#arena);
    self.#arena = next;
    self.#scope = { released: false };
  }

  /** Ends all memory, or none. @throws BufferError `ERR_EXPORTED` */
  #end(subject: string): void {
    const births = this.#births.flatMap((birth) => [birth, ...dependentsOf(birth)]);
    const status = binding.releaseAll(births.map(({ id }) => id));
    if (status === STATUS.PINNED) {
      const [pins, id] = [binding.results[RESULT.PINS]!, binding.results[RESULT.PINNED_ID]!];
      const of = this.#births.find((birth) => birth.id === id)?.label;
      const which = of === undefined ? 'memory of the arena' : `memory ${shown(of)} of the arena`;
      throw bufferError('ERR_EXPORTED', `${subject}: ${which} is ${heldBy(id, pins)}`);
    }
    if (status === STATUS.UNDETACHABLE) {
      throw bufferError('ERR_EXPORTED', `${subject}: the arena's ${UNDETACHABLE}`);
    }
    this.#scope.released = true;
    this.#births.length = 0;
    for (const birth of births) watchRelease(birth);
  }

  /** Releases the arena at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }

  static {
    define(Arena.prototype, inspect.custom, {
      value(this: Arena): string {
        if (!(#arena in this)) return 'Arena {}';
        if (this.#scope.released) return '<released arena>';
        const nbytes = this.#births.reduce((sum, birth) => sum + birth.nbytes, 0);
        return `<arena of ${this.#births.length} allocations, ${nbytes} bytes>`;
      },
      writable: true,
      configurable: true,
    });
  }
}
