/**
 * The owner of native memory, as JS sees it. Relies on the addon for every fact about lifetime: a block is named by its id,
 * and its one ArrayBuffer of this thread keeps it alive. The file is long because a class with private fields can't be split, and half of it
 * documents the public members.
 */
import { inspect } from 'node:util';
import { define, readBoolean, readFunction, readOptions } from '../arguments.js';
import { binding, type MemoryKind, RESULT, STATUS } from '../binding.js';
import { bufferError, rangeError, shown, typeError } from '../errors.js';
import { isEmptyDetached } from './buffer-arrays.js';
import { dependentsOf, dependOn } from './dependents.js';
import { noExternal, requireAddresses } from './external.js';
import { type Holding, KEY, type MemoryHandle } from './holding.js';
import { refuseIndices } from './no-array.js';
import { heldBy, unpinned, whilePinned } from './pins.js';
import { SlabPart } from './slab.js';
import { awaitTurn } from './turn.js';
import { refuseCloning } from './uncloneable.js';
import { unmovable } from './unmovable.js';
import { type Allocation, watchRelease } from './watch.js';

/** The memory over each ArrayBuffer that the library may meet again: from a caller, a handle or another addon's exporter. */
const memories = new WeakMap<ArrayBuffer, NativeMemory>();

/** The allocation of the memory's block; a part of a slab gets a block by this call. @internal */
export let allocationOf: (memory: NativeMemory) => Allocation;
/**
 * Whether the engine owns the memory, as in runtimes without external ArrayBuffers. Any code can transfer its ArrayBuffer in spite of pins,
 * so the memory is good for one call on this thread.
 *
 * @internal
 */
export let isEngineMemory: (memory: NativeMemory) => boolean;
/**
 * The ArrayBuffer over the memory alone, for the library's own reads and writes. A part of a slab gets one by this call, so `memoryRegion`
 * of src/span/region.ts avoids it. Neither it nor an array over it may reach code outside of
 * the library, which gets {@link exposedBuffer}: an ArrayBuffer that was never handed out can't have been moved, so its pages go back as soon as
 * it is dead. test/exposure.test.ts lists all places that hand it out.
 *
 * @internal
 */
export let internalBuffer: (memory: NativeMemory) => ArrayBuffer;
/** The ArrayBuffer over the memory for code outside of the library, which may transfer or keep it from now on. @internal */
export let exposedBuffer: (memory: NativeMemory) => ArrayBuffer;
/** Where the memory lies in an arena's slab; null for other memory. @internal */
export let partOfMemory: (memory: NativeMemory) => SlabPart | null;
/** Makes the object of a part, which has none yet. @internal */
export let memoryOfPart: (part: SlabPart) => NativeMemory;
/** The address of byte 0, also where it is not real. @internal */
export let addressOfMemory: (memory: NativeMemory) => number;
/**
 * Makes a block for the part of a slab, under a label.
 *
 * @throws RangeError `ERR_OUT_OF_MEMORY`
 * @internal
 */
export let giveBlockTo: (memory: NativeMemory, label: string | undefined) => Allocation;
/** Gives memory another block once its own is released, whose views end. @internal */
export let replaceHolding: (memory: NativeMemory, holding: Holding) => void;
/** Whether the value is a NativeMemory, or a subclass of it; runs no code of the value's. @internal */
export let isNativeMemory: (value: unknown) => value is NativeMemory;

function noConstructor(): TypeError {
  return typeError(
    'ERR_INVALID_ARG',
    'NativeMemory: has no public constructor; use allocate(nbytes) to make one',
  );
}

const ARRAY_REMEDY = 'memory.buffer or memory.view() for its bytes';

/** Why a release without pins is refused, and the remedy. @internal */
export const UNDETACHABLE: string =
  'ArrayBuffer cannot be detached, it was marked untransferable or an operation of the runtime is using it; ' +
  'release it afterwards, or drop it, and GC frees the memory';

/**
 * Memory that the engine does not own. It is aligned, has a fixed address, and goes back to the system when `release()` is called.
 *
 * ```text
 *   NativeMemory ── owns ──▶ [ byte 0 ........................ byte nbytes-1 ]
 *        │                        ▲                     ▲
 *      buffer (one a thread)      │ looks               │ looks
 *                             MemoryView 'd'     MemoryView 'B', every 2nd
 * ```
 *
 * Any number of views look at one memory; they end with it. A borrow pins it: `release()` throws while one lasts. Memory that is never
 * released goes back when it is garbage, also in a loop that never yields, unless code asked for its `buffer`.
 */
export class NativeMemory {
  // Few fields, and little in the constructor, so that V8 inlines it where an arena allocates.
  /** Its part of an arena's slab; null for other memory. */
  readonly #part: SlabPart | null;
  /** Null for a part without a block. */
  #holding: Holding | null;
  #exposed = false;
  #released = false;

  static {
    allocationOf = (memory) => NativeMemory.#of(memory, 'memory').#withBlock();
    isEngineMemory = (memory) => NativeMemory.#of(memory, 'memory').#isEngines;
    internalBuffer = (memory) => NativeMemory.#of(memory, 'memory').#ownBuffer();
    partOfMemory = (memory) => memory.#part;
    memoryOfPart = (part) => new NativeMemory(KEY, part);
    addressOfMemory = (memory) => memory.#address;
    giveBlockTo = (memory, label) => memory.#withBlock(label);
    replaceHolding = (memory, holding) => {
      memory.#holding = holding;
      memory.#exposed = false;
      memory.#released = false;
    };
    exposedBuffer = (memory) => NativeMemory.#of(memory, 'memory').#exposedBuffer();
    isNativeMemory = (value): value is NativeMemory =>
      typeof value === 'object' && value !== null && #part in value;
    define(NativeMemory.prototype, inspect.custom, {
      value(this: NativeMemory): string {
        return isNativeMemory(this) ? this.#shown() : 'NativeMemory {}';
      },
      writable: true,
      configurable: true,
    });
    refuseIndices(NativeMemory.prototype, 'NativeMemory', () => ARRAY_REMEDY);
    // Code that reads array-likes takes one without a length for empty.
    define(NativeMemory.prototype, 'length', {
      get(): never {
        throw typeError(
          'ERR_UNSUPPORTED',
          `length: NativeMemory is not an array; use memory.nbytes for the size, ${ARRAY_REMEDY}`,
        );
      },
      configurable: true,
    });
  }

  /** @internal */
  constructor(key?: symbol, holding?: Holding | SlabPart) {
    if (key !== KEY || holding === undefined) throw noConstructor();
    const isPart = holding instanceof SlabPart;
    this.#part = isPart ? holding : null;
    this.#holding = isPart ? null : holding;
    refuseCloning(this);
    awaitTurn();
  }

  static #of(value: unknown, subject: string): NativeMemory {
    if (isNativeMemory(value)) return value;
    throw typeError('ERR_INVALID_ARG', `${subject}: called on ${shown(value)}, expected a NativeMemory`);
  }

  get #scope(): { readonly released: boolean } | null {
    return this.#part !== null ? this.#part.slab.round.scope : this.#holding!.scope;
  }

  get #readonly(): boolean {
    return this.#holding?.readonly ?? false;
  }

  get #isEngines(): boolean {
    return this.#holding?.engine ?? false;
  }

  get #address(): number {
    return this.#part !== null ? this.#part.slab.address + this.#part.at : this.#holding!.address;
  }

  /** The facts about the allocation, for a part of a slab without a block too. */
  #facts(): Allocation {
    if (this.#holding !== null) return this.#holding.allocation;
    const { id, nbytes } = this.#part!;
    return { id, kind: 'arena', nbytes, label: undefined };
  }

  /**
   * The same, after a live part of a slab has got a block, by which other code can reach it.
   *
   * @throws RangeError `ERR_OUT_OF_MEMORY`
   */
  #withBlock(label?: string): Allocation {
    const part = this.#part;
    if (part === null || this.#holding !== null || part.slab.round.scope.released) return this.#facts();
    const { scope, allocations } = part.slab.round;
    const allocation: Allocation = { id: part.id, kind: 'arena', nbytes: part.nbytes, label };
    const buffer = binding.makePart(part.slab.id, part.index, label);
    if (typeof buffer === 'number') {
      const expected = 'expected room to describe it; release memory, or raise the limit of the process';
      throw rangeError(
        'ERR_OUT_OF_MEMORY',
        `arena: memory of ${part.nbytes} bytes gets no block, ${expected}`,
      );
    }
    const address = this.#address;
    this.#holding = { allocation, address, buffer, readonly: false, engine: false, scope };
    allocations.push(allocation);
    return allocation;
  }

  /** The ArrayBuffer over the memory alone; of a part that ended without one, that of the slab, which is detached. */
  #ownBuffer(): ArrayBuffer {
    this.#withBlock();
    return this.#holding?.buffer ?? this.#part!.slab.buffer;
  }

  /** The size in bytes; stays after a release. */
  get nbytes(): number {
    const self = NativeMemory.#of(this, 'nbytes');
    return self.#part !== null ? self.#part.nbytes : self.#holding!.allocation.nbytes;
  }

  /**
   * The address of byte 0, for native code; stays after a release, when it must not be used.
   *
   * @throws TypeError `ERR_UNSUPPORTED` without the native addon
   */
  get address(): bigint {
    const self = NativeMemory.#of(this, 'address');
    requireAddresses('address');
    return BigInt(self.#address);
  }

  /** Where the memory comes from. */
  get kind(): MemoryKind {
    return NativeMemory.#of(this, 'kind').#facts().kind;
  }

  /** The name that was given at allocation, for accounting. */
  get label(): string | undefined {
    return NativeMemory.#of(this, 'label').#facts().label;
  }

  /** Whether views of this memory refuse to write. */
  get readonly(): boolean {
    return NativeMemory.#of(this, 'readonly').#readonly;
  }

  /**
   * Whether the memory is gone: released, or detached or shortened by other code. Memory of an arena ends with the arena only; where other code
   * moved its `buffer` away, views still read it, and calls that need the ArrayBuffer throw `ERR_RELEASED`.
   */
  get released(): boolean {
    const self = NativeMemory.#of(this, 'released');
    if (self.#released || self.#scope?.released) return true;
    // A part's bytes are there while its slab is: views reach them through the slab's ArrayBuffer, wherever other code moved the part's own.
    if (self.#part !== null) return false;
    const { buffer, allocation } = self.#holding!;
    const { nbytes } = allocation;
    return buffer.byteLength < nbytes || (nbytes === 0 && isEmptyDetached(buffer));
  }

  /**
   * The one ArrayBuffer of this thread over the memory; detached once it is released. Once it was asked for, memory that is dropped
   * without a release goes back only when the event loop turns, because code that has the ArrayBuffer may have moved its bytes.
   */
  get buffer(): ArrayBuffer {
    return NativeMemory.#of(this, 'buffer').#exposedBuffer();
  }

  #exposedBuffer(): ArrayBuffer {
    const buffer = this.#ownBuffer();
    if (!this.#exposed && buffer === this.#holding?.buffer) {
      this.#exposed = true;
      // It is set now and not at the allocation, because it takes a twentieth of that, and no code outside of the library had the buffer so
      // far.
      unmovable(buffer);
      binding.expose(this.#facts().id);
      memories.set(buffer, this);
    }
    return buffer;
  }

  /**
   * Calls `fn` with this memory and keeps it from being released until `fn` returns or, where it returns a promise, until that
   * settles.
   *
   * @param fn - gets this memory
   * @returns what `fn` returned; for a promise or another thenable, a promise that settles the same way
   * @throws BufferError `ERR_RELEASED` when the memory is gone; TypeError `ERR_INVALID_ARG` where `fn` is no function; whatever `fn` throws
   * @example await memory.borrow((m) => nativeCall(m.address))
   */
  borrow<R>(fn: (memory: this) => R): R {
    const call = readFunction('borrow', fn) as (memory: this) => R;
    pinMemory(this, 'borrow');
    return whilePinned(
      () => call(this),
      () => unpinMemory(this, 'borrow'),
    );
  }

  /**
   * Makes a handle that `attach` takes in another thread (or in this one), which then sees the same bytes. The handle keeps
   * the memory until it is attached, taken back with `unshare`, or the thread that made it ends.
   *
   * @throws BufferError `ERR_RELEASED` when the memory is gone; TypeError `ERR_UNSUPPORTED` in a runtime without external
   *   ArrayBuffers
   */
  share(): MemoryHandle {
    const self = NativeMemory.#of(this, 'share');
    if (self.#isEngines && !this.released) {
      const remedy = 'copy it into a SharedArrayBuffer, and share a view of that';
      throw noExternal('share', 'the memory belongs to this thread', remedy);
    }
    const buffer = self.#ownBuffer();
    const { id } = self.#facts();
    const nonce = this.released ? STATUS.UNKNOWN : binding.share(id, self.#readonly);
    if (typeof nonce === 'number') throw bufferError('ERR_RELEASED', 'share: the memory is released');
    memories.set(buffer, this);
    return { memoryview: 'native', id, nonce };
  }

  /**
   * Gives the memory back at once, empties its ArrayBuffer and every TypedArray over it, and ends its views. Releasing twice
   * does nothing.
   *
   * @param options - `wait`: false, the default
   * @throws BufferError `ERR_EXPORTED`, and nothing changes, while the memory is borrowed, in an asynchronous copy or held by
   *   native code (in any thread), or where the ArrayBuffer was marked untransferable
   * @throws TypeError `ERR_INVALID_ARG` for unknown options, `ERR_UNSUPPORTED` for memory of an arena, which ends with that
   */
  release(options?: { wait?: false }): void;
  /**
   * Gives the memory back as soon as its last pin has gone.
   *
   * @param options - `wait`: true
   * @returns a promise that settles when the last pin has gone and the memory is released
   * @throws BufferError `ERR_EXPORTED` (as a rejection) where the ArrayBuffer was marked untransferable; TypeError `ERR_INVALID_ARG`
   * @example await memory.release({ wait: true })
   */
  release(options: { wait: true }): Promise<void>;
  /**
   * Gives the memory back at once, or as soon as its last pin has gone, as `wait` says.
   *
   * @param options - `wait`: which of the two
   * @returns a promise where `wait` is true
   * @throws as the other two
   */
  release(options: { wait: boolean }): Promise<void> | void;
  release(options?: { wait?: boolean }): Promise<void> | void {
    const self = NativeMemory.#of(this, 'release');
    const { wait } = readOptions('release', options, ['wait']);
    if (wait !== undefined && readBoolean('release: wait', wait)) return self.#releaseUnpinned();
    self.#release();
  }

  /** Releases the memory at the end of a `using` block. */
  [Symbol.dispose](): void {
    NativeMemory.#of(this, 'release').#release();
  }

  #release(): void {
    if (this.#released || this.#scope?.released) return;
    this.#refuseScoped();
    const pinned = this.#tryRelease();
    if (pinned !== null) {
      throw bufferError(
        'ERR_EXPORTED',
        `release: the memory is ${heldBy(pinned, binding.results[RESULT.PINS]!)}`,
      );
    }
  }

  /**
   * Memory of an arena ends with the arena only, because the arena could not use its bytes again before.
   *
   * @throws TypeError `ERR_UNSUPPORTED`
   */
  #refuseScoped(): void {
    if (this.#scope === null) return;
    const remedy = 'use release() or reset() of the arena';
    throw typeError('ERR_UNSUPPORTED', `release: the memory is an arena's, and ends with it; ${remedy}`);
  }

  /**
   * Tries to release; returns the block whose pins forbid it, with nothing changed, else null.
   *
   * @throws BufferError `ERR_EXPORTED` where no wait would help
   */
  #tryRelease(): number | null {
    const allocation = this.#facts();
    const { id } = allocation;
    const dependents = dependentsOf(allocation);
    const status =
      dependents.length === 0
        ? binding.release(id)
        : binding.releaseAll([id, ...dependents.map((dependent) => dependent.id)]);
    if (status === STATUS.PINNED) return dependents.length === 0 ? id : binding.results[RESULT.PINNED_ID]!;
    if (status === STATUS.UNDETACHABLE) {
      const why = 'was marked untransferable, so it cannot be detached';
      throw bufferError(
        'ERR_EXPORTED',
        `release: the memory's ArrayBuffer ${why}; drop it, and GC frees the memory`,
      );
    }
    this.#released = true;
    watchRelease(allocation);
    for (const dependent of dependents) watchRelease(dependent);
    return null;
  }

  async #releaseUnpinned(): Promise<void> {
    // Native code pins and unpins on its own threads, so only an attempt shows whether the memory can be released.
    if (!this.#released && !this.#scope?.released) this.#refuseScoped();
    while (!this.#released && !this.#scope?.released) {
      const pinned = this.#tryRelease();
      if (pinned === null) return;
      await unpinned(pinned);
    }
  }

  /** As Python 2 printed a buffer: the address of the memory, its size, and a number for this object. */
  #shown(): string {
    const { id, nbytes } = this.#facts();
    if (this.released) return `<released buffer, size ${nbytes}>`;
    const mode = this.#readonly ? 'read-only' : 'read-write';
    const address = this.#address.toString(16);
    const identity = (id * 16).toString(16).padStart(8, '0');
    return `<${mode} buffer for 0x${address}, size ${nbytes}, offset 0 at 0x${identity}>`;
  }
}

/**
 * Keeps the memory from being released until {@link unpinMemory}, in every thread.
 *
 * @param holder - the name that a refused release shows
 * @throws BufferError `ERR_RELEASED` when the memory is gone
 * @internal
 */
export function pinMemory(memory: NativeMemory, holder: string): void {
  if (memory.released || binding.pin(allocationOf(memory).id, holder) !== STATUS.OK) {
    throw bufferError('ERR_RELEASED', `${holder}: the memory is released`);
  }
}

/** Takes one pin off again: `holder`'s, or else the last that this thread made. @internal */
export function unpinMemory(memory: NativeMemory, holder = ''): void {
  binding.unpin(allocationOf(memory).id, holder);
}

/** Has memory end with its owner, whose release is refused while either is pinned. @internal */
export function endWith(owner: NativeMemory, memory: NativeMemory): void {
  dependOn(allocationOf(owner), allocationOf(memory), internalBuffer(memory));
}

/** The id of the memory's block. @internal */
export function blockOf(memory: NativeMemory): number {
  return allocationOf(memory).id;
}

/** The memory of this thread whose ArrayBuffer that is; undefined for another ArrayBuffer. @internal */
export function memoryOfBuffer(buffer: ArrayBuffer): NativeMemory | undefined {
  return memories.get(buffer);
}

/**
 * The memory over an ArrayBuffer that an attached handle or another addon's exporter led to: the one that this thread has already, else the
 * result of `make`.
 *
 * @internal
 */
export function memoryOver(buffer: ArrayBuffer, make: () => NativeMemory): NativeMemory {
  const known = memories.get(buffer);
  if (known !== undefined) return known;
  const memory = make();
  memories.set(buffer, memory);
  return memory;
}
