/** A scope for many small allocations that end together. */
import { inspect } from 'node:util';
import { define, readInteger, readOptions } from '../arguments.js';
import { binding, RESULT, STATUS } from '../binding.js';
import { bufferError, shown, typeError } from '../errors.js';
import { type AllocateOptions, memoryFromAnswer, readRequest, USUAL_ALIGNMENT } from './allocate.js';
import { dependentsOf } from './dependents.js';
import { type ArenaRound, KEY } from './holding.js';
import { giveBlockTo, NativeMemory, UNDETACHABLE } from './native-memory.js';
import { heldBy } from './pins.js';
import { hasSlabs, partsWithoutBlock, Slab, type SlabPart } from './slab.js';
import {
  type Allocation,
  areReleasesWatched,
  isGuarded,
  isWatched,
  watchAllocation,
  watchRelease,
} from './watch.js';

/**
 * The first slab of an arena (bytes of parts), which with its records fills a slot of 8 KiB. It needs no mapping, which takes five times as
 * long as the rest of an arena that serves one call.
 */
const FIRST_SLAB = 6144;

/**
 * Takes the next part of an arena without making an object of it, for a view that holds it; null where only `allocate` can allocate it or
 * throw the error.
 *
 * @internal
 */
export let partIn: (arena: Arena, nbytes: number) => SlabPart | null;

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
  /** Memory that has a block. */
  readonly #allocations: Allocation[] = [];
  /** The slab that parts are taken from; null where there is none yet, or none is possible. */
  #slab: Slab | null = null;
  /** The slabs of this round. Their parts and this arena keep their ArrayBuffers; the addon knows them by these numbers. */
  #slabs: number[] = [];
  /** Slabs that the last reset has cleared. */
  #spares: Slab[] = [];
  /** What was allocated outside of the current slab. */
  #others = { count: 0, bytes: 0 };
  /** A reset replaces this object, so memory from before the reset stays ended. */
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
    this.#slabBytes =
      read.slabBytes === undefined ? 2 ** 20 : readInteger('Arena: slabBytes', read.slabBytes, range);
  }

  static #is(value: unknown): value is Arena {
    return typeof value === 'object' && value !== null && #scope in value;
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
    // The fast path of most calls.
    const part = options === undefined ? self.#nextPart(nbytes) : null;
    if (part !== null) return new NativeMemory(KEY, part);
    return self.#allocated(nbytes, options);
  }

  /** The next part of the current slab, for an allocation without options; null where the general path is needed. */
  #nextPart(nbytes: unknown): SlabPart | null {
    const slab = this.#slab;
    // The size is an integer of 32 bits; asking for the type first runs no code of the caller's.
    if (
      slab === null ||
      typeof nbytes !== 'number' ||
      nbytes >>> 0 !== nbytes ||
      nbytes > this.#slabBytes / 2 ||
      isWatched()
    ) {
      return null;
    }
    return slab.take(nbytes, USUAL_ALIGNMENT);
  }

  #allocated(nbytes: unknown, options: unknown): NativeMemory {
    const request = readRequest(nbytes, options);
    if (request.secret) {
      throw typeError(
        'ERR_UNSUPPORTED',
        'allocate: memory of an arena lies beside other memory, so none of it is secret; use allocate(nbytes, { secret: true })',
      );
    }
    if (this.#scope.released) throw bufferError('ERR_RELEASED', 'allocate: the arena is released');
    const { size, alignment, label } = request;
    const round: ArenaRound = { scope: this.#scope, allocations: this.#allocations };
    // In the guard mode each allocation lies between pages of its own.
    const alone = size > this.#slabBytes / 2 || isGuarded || !hasSlabs();
    const part = alone ? null : this.#part(size, alignment, round);
    if (part === null || typeof part === 'number') {
      const answer = part ?? binding.allocateIn(size, alignment, label);
      const memory = memoryFromAnswer(request, 'arena', answer, round);
      this.#others.count += 1;
      this.#others.bytes += size;
      return memory;
    }
    const memory = new NativeMemory(KEY, part);
    if (label !== undefined || isWatched()) {
      try {
        watchAllocation(memory, giveBlockTo(memory, label));
      } catch (error) {
        part.slab.giveUp(part);
        throw error;
      }
    }
    return memory;
  }

  /** The next part, of another slab where this one is full; or a status. */
  #part(nbytes: number, alignment: number, round: ArenaRound): SlabPart | number {
    const here = this.#slab?.take(nbytes, alignment);
    if (here !== undefined && here !== null) return here;
    const spare = this.#spares.pop();
    const isFirst = this.#slabs.length === 0 && nbytes <= FIRST_SLAB / 2 && alignment <= USUAL_ALIGNMENT;
    const slabBytes = isFirst ? Math.min(this.#slabBytes, FIRST_SLAB) : Math.max(this.#slabBytes, nbytes);
    const next = spare ?? Slab.made(slabBytes, Math.max(alignment, 64), round);
    if (typeof next === 'number') return next;
    this.#leaveSlab();
    this.#slab = next;
    this.#slabs.push(next.id);
    // A spare slab may be too small for a large alignment.
    return (
      next.take(nbytes, alignment) ??
      (spare === undefined ? STATUS.OUT_OF_MEMORY : this.#part(nbytes, alignment, round))
    );
  }

  #leaveSlab(): void {
    this.#others.count += this.#slab?.count ?? 0;
    this.#others.bytes += this.#slab?.bytes ?? 0;
    this.#slab = null;
  }

  /**
   * Ends all memory that was allocated here, at once. Releasing twice does nothing.
   *
   * @throws BufferError `ERR_EXPORTED`, and nothing changes, while any of it is pinned
   */
  release(): void {
    const self = Arena.#of(this, 'release');
    if (self.#scope.released) return;
    self.#end('release', [...self.#slabs, ...self.#spares.map(({ id }) => id)]);
    self.#spares = [];
  }

  /**
   * Ends all memory that was allocated here, at once, and starts over. Pages that no other code holds are used again.
   *
   * @throws BufferError `ERR_RELEASED` when the arena is released, `ERR_EXPORTED`, and nothing changes, while any of its memory is pinned
   * @example for (const request of requests) { answer(request, arena); arena.reset(); }
   */
  reset(): void {
    const self = Arena.#of(this, 'reset');
    if (self.#scope.released) throw bufferError('ERR_RELEASED', 'reset: the arena is released');
    const slabs = self.#slabs;
    // Slabs that the round before needed and this one did not.
    const unused = self.#spares.map(({ id }) => id);
    self.#end('reset', unused);
    self.#scope = { released: false };
    const round: ArenaRound = { scope: self.#scope, allocations: self.#allocations };
    self.#spares = [];
    // The newest first, so that the first one is taken next.
    for (const id of slabs.reverse()) {
      const renewed = Slab.renewed(id, round);
      if (renewed !== null) self.#spares.push(renewed);
    }
  }

  /** Ends all memory with a block and those slabs, or none. @throws BufferError `ERR_EXPORTED` */
  #end(subject: string, slabs: readonly number[]): void {
    const allocations = this.#allocations.flatMap((allocation) => [allocation, ...dependentsOf(allocation)]);
    const parts = areReleasesWatched() ? this.#slabs.flatMap(partsWithoutBlock) : [];
    const ids = allocations.map(({ id }) => id);
    // Slabs come last: blocks can be refused, and then nothing of a slab has changed.
    const status = ids.length + slabs.length === 0 ? STATUS.OK : binding.releaseAll([...ids, ...slabs]);
    if (status === STATUS.PINNED) {
      const [pins, id] = [binding.results[RESULT.PINS]!, binding.results[RESULT.PINNED_ID]!];
      const of = this.#allocations.find((allocation) => allocation.id === id)?.label;
      const which = of === undefined ? 'memory of the arena' : `memory ${shown(of)} of the arena`;
      throw bufferError('ERR_EXPORTED', `${subject}: ${which} is ${heldBy(id, pins)}`);
    }
    if (status === STATUS.UNDETACHABLE) {
      throw bufferError('ERR_EXPORTED', `${subject}: the arena's ${UNDETACHABLE}`);
    }
    this.#scope.released = true;
    this.#allocations.length = 0;
    this.#slab = null;
    this.#slabs = [];
    this.#others = { count: 0, bytes: 0 };
    for (const allocation of allocations) watchRelease(allocation);
    for (const allocation of parts) watchRelease(allocation);
  }

  /** Releases the arena at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }

  static {
    partIn = (arena, nbytes) => Arena.#of(arena, 'allocate').#nextPart(nbytes);
    define(Arena.prototype, inspect.custom, {
      value(this: Arena): string {
        if (!(#scope in this)) return 'Arena {}';
        if (this.#scope.released) return '<released arena>';
        const count = this.#others.count + (this.#slab?.count ?? 0);
        const nbytes = this.#others.bytes + (this.#slab?.bytes ?? 0);
        return `<arena of ${count} allocations, ${nbytes} bytes>`;
      },
      writable: true,
      configurable: true,
    });
  }
}
