/**
 * A region is the bytes that a root exporter offers: the buffer that holds them, their place in it, and whether they still exist.
 * All views of one exporter share its region, and with it the engine's array objects over the buffer: a slice makes none.
 */
import { types } from 'node:util';
import { binding } from '../binding.js';
import { bufferError } from '../errors.js';
import type { TypedArrayKind } from '../format/typed-array.js';
import { BufferArrays, type Items, isEmptyDetached } from '../memory/buffer-arrays.js';
import {
  addressOfMemory,
  internalBuffer,
  memoryOfPart,
  type NativeMemory,
  partOfMemory,
  pinMemory,
  unpinMemory,
} from '../memory/native-memory.js';
import type { SlabPart } from '../memory/slab.js';

/** The bytes of a root exporter. */
export class Region {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Where the exporter's first byte is in `buffer` (bytes). */
  readonly start: number;
  /** The size that the exporter had when the region was made (bytes). */
  readonly nbytes: number;
  readonly readonly: boolean;
  /** Whether the buffer may shrink or grow under its views. */
  readonly resizable: boolean;

  readonly #obj: object | string | null;
  /** Where `buffer` is the slab of an arena. */
  readonly #part: SlabPart | null;
  /** Null for a part that has no object yet: most of the views that an arena makes are never asked for one. */
  #memory: NativeMemory | null;
  readonly #length: Getter;
  #arrays: BufferArrays | null;
  #address: bigint | null = null;

  /**
   * @param obj - the root exporter; null where that is the native memory
   * @param memory - the native memory
   * @param part - of the slab that `buffer` is, and that the native memory is; then `memory` may be null
   */
  constructor(
    obj: object | string | null,
    buffer: ArrayBuffer | SharedArrayBuffer,
    start: number,
    nbytes: number,
    readonly = false,
    memory: NativeMemory | null = null,
    part: SlabPart | null = null,
  ) {
    this.#obj = obj;
    this.#part = part;
    this.#memory = memory;
    this.buffer = buffer;
    this.start = start;
    this.nbytes = nbytes;
    this.readonly = readonly;
    // Native memory never changes its size: where other code has shortened its buffer, all of it is gone.
    const isNative = memory !== null || part !== null;
    this.resizable = !isNative && isResizable(buffer);
    this.#length = isNative ? lengthOf : lengthGetter(buffer);
    this.#arrays = part === null ? null : part.slab.arrays;
  }

  /** The root exporter. */
  get obj(): object | string {
    return this.#obj ?? this.memory!;
  }

  /** The native memory behind it, or null for the engine's own. */
  get memory(): NativeMemory | null {
    if (this.#memory === null && this.#part !== null) this.#memory = memoryOfPart(this.#part);
    return this.#memory;
  }

  get #isNative(): boolean {
    return this.#memory !== null || this.#part !== null;
  }

  /** Where the first byte of `memory` is in `buffer` (bytes): not 0 where that is the slab of an arena. */
  get origin(): number {
    return this.#part === null ? 0 : this.#part.at;
  }

  #ofBuffer(): BufferArrays {
    this.#arrays ??= new BufferArrays(this.buffer, this.resizable);
    return this.#arrays;
  }

  /** The whole buffer for access at any byte. Only while the region is not gone. */
  get data(): DataView {
    return this.#ofBuffer().data;
  }

  /**
   * The whole buffer as one typed array, made once for each kind; null where the engine can't make one that long.
   * Only while the region is not gone.
   */
  items(kind: TypedArrayKind): Items | null {
    try {
      return this.#ofBuffer().items(kind);
    } catch (error) {
      // Native memory that other code has transferred; the next check of the region reports it.
      if (this.#isNative && this.isGone(0)) return null;
      throw error;
    }
  }

  /** The bytes `[low, high)` of the buffer. Only while the region is not gone. */
  bytes(low: number, high: number): Uint8Array {
    return new Uint8Array(this.buffer, low, high - low);
  }

  /** The address of the buffer's byte `at`; the caller checks that the region is not gone. */
  addressOf(at: number): bigint {
    // A wasm or resizable buffer keeps its address: V8 reserves the largest size in advance.
    this.#address ??=
      this.#part !== null
        ? BigInt(this.#part.slab.address)
        : this.memory === null
          ? binding.addressOf(this.buffer)
          : BigInt(addressOfMemory(this.memory));
    return this.#address + BigInt(at);
  }

  /**
   * Whether the memory was released, its buffer detached, or shrunk below `end`.
   *
   * @param end - the first byte of the buffer that a view does not reach
   */
  isGone(end: number): boolean {
    const nbytes = Reflect.apply(this.#length, this.buffer, []) as number;
    if (this.#isNative)
      return (
        nbytes < this.start + this.nbytes ||
        (nbytes === 0 && (this.memory!.released || isDetached(this.buffer)))
      );
    if (nbytes === 0) return isDetached(this.buffer) || end > 0;
    return this.resizable && end > nbytes;
  }

  /** Keeps native memory from being released. @throws BufferError `ERR_RELEASED` */
  pin(holder: string): void {
    if (this.memory !== null) pinMemory(this.memory, holder);
  }

  /** Takes one {@link Region.pin} back. */
  unpin(holder: string): void {
    if (this.memory !== null) unpinMemory(this.memory, holder);
  }
}

/** The region of all bytes of native memory: in the slab's buffer where it lies in one, else in its own. */
export function memoryRegion(memory: NativeMemory, readonly = false): Region {
  const part = partOfMemory(memory);
  if (part === null) return new Region(memory, internalBuffer(memory), 0, memory.nbytes, readonly, memory);
  return new Region(memory, part.slab.buffer, part.at, part.nbytes, readonly, memory, part);
}

/** The region of a part that has no object yet. */
export function partRegion(part: SlabPart): Region {
  return new Region(null, part.slab.buffer, part.at, part.nbytes, false, null, part);
}

/** The same bytes in the buffer that is the memory's alone, which other code and the addon's blocks know. Its first byte is the memory's. */
export function ownRegion(region: Region): Region {
  const { obj, memory, start, origin, nbytes, readonly } = region;
  if (memory === null || partOfMemory(memory) === null || region.buffer === internalBuffer(memory))
    return region;
  return new Region(obj, internalBuffer(memory), start - origin, nbytes, readonly, memory);
}

/** For memory of an arena, other code may have transferred its own ArrayBuffer while the slab still has the bytes. */
function endingOf({ memory }: Region): string {
  return memory!.released ? 'the memory was released' : "other code has moved the memory's ArrayBuffer away";
}

/** Makes the error that calls on ended memory throw. */
export function goneError(subject: string, region: Region): Error {
  const what =
    region.memory !== null
      ? endingOf(region)
      : byteLengthOf(region.buffer) > 0
        ? `the exporter shrank to ${byteLengthOf(region.buffer)} bytes, below what the view reaches`
        : 'the exporter was detached or shrank';
  return bufferError('ERR_RELEASED', `${subject}: ${what}, expected live memory; take a new view`);
}

type Getter = (this: unknown) => unknown;

/** The engine's own getters, since a buffer's own properties may have been redefined. */
function getterOf(prototype: object, name: string): Getter {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  // In a runtime without resizable buffers no buffer is.
  return get ?? (() => false);
}

const shared: unknown = Reflect.get(globalThis, 'SharedArrayBuffer');

/** What SharedArrayBuffers inherit from. Pages without cross-origin isolation have none, so there nothing does. */
export const sharedPrototype: object =
  typeof shared === 'function' ? (shared.prototype as object) : Object.create(null);

const lengthOf = getterOf(ArrayBuffer.prototype, 'byteLength');
const sharedLengthOf = getterOf(sharedPrototype, 'byteLength');
const resizableOf = getterOf(ArrayBuffer.prototype, 'resizable');
const growableOf = getterOf(sharedPrototype, 'growable');

/** The bytes that a buffer has now; 0 for a detached one. */
export function byteLengthOf(buffer: ArrayBuffer | SharedArrayBuffer): number {
  return Reflect.apply(lengthGetter(buffer), buffer, []) as number;
}

function lengthGetter(buffer: ArrayBuffer | SharedArrayBuffer): Getter {
  return types.isSharedArrayBuffer(buffer) ? sharedLengthOf : lengthOf;
}

/** Whether a buffer was detached (a SharedArrayBuffer can't be). */
export function isDetached(buffer: ArrayBuffer | SharedArrayBuffer): boolean {
  return byteLengthOf(buffer) === 0 && !types.isSharedArrayBuffer(buffer) && isEmptyDetached(buffer);
}

function isResizable(buffer: ArrayBuffer | SharedArrayBuffer): boolean {
  return Boolean(Reflect.apply(types.isSharedArrayBuffer(buffer) ? growableOf : resizableOf, buffer, []));
}
