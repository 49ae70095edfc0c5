/**
 * Memory that another library owns: an address, a size, and how to give it back. It can't check the pointer, but it keeps the
 * lifetime of the wrapped memory.
 */
import { constants } from 'node:buffer';
import { readAtLeast, readBoolean, readFunction, readOptions, readString } from '../arguments.js';
import { binding, RESULT } from '../binding.js';
import { rangeError, shown, typeError } from '../errors.js';
import { COPYING } from './adopted.js';
import { listenFor } from './block-events.js';
import { mappingRefusal, requireExternal } from './external.js';
import { type Holding, KEY, type MemoryHandle } from './holding.js';
import { blockOf, internalBuffer, NativeMemory } from './native-memory.js';
import { type Allocation, watchAllocation } from './watch.js';

/** A C function that gives memory back: called once with `(void* data, void* arg)`, from any thread. */
export interface NativeRelease {
  /** The address of the function; it must stay loaded. */
  readonly fn: bigint;
  /** Its second argument, 0 by default. */
  readonly arg?: bigint;
}

/** How to wrap; every part may be left out. */
export interface WrapPointerOptions {
  /** True where the memory must not be written. */
  readonly readonly?: boolean;
  /** An object that must not be collected while the memory is in use. */
  readonly owner?: unknown;
  /**
   * How to give the memory back, once, after the last pin: a function that is called with address and size in this thread, or a C
   * function that is called in the thread that ends the memory. Where this thread ends before, a JS function is not called.
   */
  readonly release?: ((address: bigint, nbytes: number) => void) | NativeRelease;
  /** A name for accounting. */
  readonly label?: string;
}

/** The buffer keeps the owner alive. A Map would keep both forever where the owner refers to its memory. */
const ownersOfBuffers = new WeakMap<ArrayBuffer, unknown>();
/** Owners of memory, by block, that another thread may still use when this thread's buffer is dead. */
const ownersOfBlocks = new Map<number, unknown>();

/** Foreign memory; for users a NativeMemory like others. */
class ForeignMemory extends NativeMemory {
  override share(): MemoryHandle {
    const handle = super.share();
    keepOwner(this);
    return handle;
  }

  override release(options?: { wait?: false }): void;
  override release(options: { wait: true }): Promise<void>;
  override release(options: { wait: boolean }): Promise<void> | void;
  override release(options?: { wait?: boolean }): Promise<void> | void {
    const releasing = super.release(options as { wait: boolean });
    if (releasing === undefined) return this.#ended();
    return releasing.then(() => this.#ended());
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#ended();
  }

  #ended(): void {
    const id = blockOf(this);
    if (!releasesOfBlocks.has(id)) return;
    // Other users of the memory have the owner in `ownersOfBlocks`.
    ownersOfBuffers.delete(internalBuffer(this));
    end(id);
  }
}

/**
 * Keeps the owner of foreign memory until the memory has ended, also when this thread's buffer is dead: for memory that another
 * thread or native code gets. Does nothing for other memory.
 *
 * @internal
 */
export function keepOwner(memory: NativeMemory): void {
  if (memory.kind !== 'foreign') return;
  const buffer = internalBuffer(memory);
  if (ownersOfBuffers.has(buffer)) ownersOfBlocks.set(blockOf(memory), ownersOfBuffers.get(buffer));
}

/** The blocks of whose end this thread is told, with the release function where there is one. */
const releasesOfBlocks = new Map<number, (() => void) | null>();

/** Runs the release function when a block has ended: at once after a release in this thread, else when the event arrives. */
function end(id: number): void {
  if (!binding.takeEnded(id)) return;
  const release = releasesOfBlocks.get(id);
  releasesOfBlocks.delete(id);
  ownersOfBlocks.delete(id);
  release?.();
}

/**
 * Wraps memory that other code owns. The pointer can't be checked: the bytes must stay readable (and writable, unless
 * `readonly`) until the release.
 *
 * @param address - of the first byte; not 0
 * @param nbytes - the size (bytes)
 * @param options - `owner`, `release`, `readonly`, `label`
 * @throws TypeError `ERR_INVALID_ARG` for another kind of argument, `ERR_UNSUPPORTED` in a runtime without external ArrayBuffers;
 *   RangeError `ERR_OUT_OF_RANGE` for address 0 and a size that wraps around, `ERR_OUT_OF_MEMORY` for more than this runtime's
 *   ArrayBuffers hold. The release is not called then.
 * @example
 * const pixels = wrapPointer(address, width * height, { release: { fn: addressOfFree } });
 */
export function wrapPointer(address: bigint, nbytes: number, options?: WrapPointerOptions): NativeMemory {
  const at = readAtLeast('wrapPointer: address', address, 1);
  const size = readAtLeast('wrapPointer: nbytes', nbytes, 0);
  const read = readOptions('wrapPointer', options, ['readonly', 'owner', 'release', 'label']);
  const readonly = read.readonly === undefined ? false : readBoolean('wrapPointer: readonly', read.readonly);
  const label = read.label === undefined ? undefined : readString('wrapPointer: label', read.label);
  const { call, fn, arg } = readRelease(read.release);
  if (at + size > Number.MAX_SAFE_INTEGER) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `wrapPointer: ${size} bytes at address ${shown(at)} reach beyond the end of memory`,
    );
  }
  if (size > constants.MAX_LENGTH) {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `wrapPointer: ${size} bytes, this runtime's ArrayBuffers hold at most ${constants.MAX_LENGTH}`,
    );
  }
  requireExternal('wrapPointer', "another library's memory", COPYING);
  const told = call !== undefined || read.owner !== undefined;
  const buffer = binding.wrapPointer(at, size, told, label, fn, arg);
  if (typeof buffer === 'number') throw mappingRefusal('wrapPointer', buffer, size);
  const id = binding.results[RESULT.ID]!;
  const allocation: Allocation = { id, kind: 'foreign', nbytes: size, label };
  const holding: Holding = { allocation, address: at, buffer, readonly, engine: false, scope: null };
  const memory = new ForeignMemory(KEY, holding);
  if (told) {
    listenFor(id, () => end(id));
    releasesOfBlocks.set(id, call === undefined ? null : () => call(BigInt(at), size));
  }
  if (read.owner !== undefined) ownersOfBuffers.set(buffer, read.owner);
  watchAllocation(memory, allocation);
  return memory;
}

interface Release {
  readonly call: ((address: bigint, nbytes: number) => void) | undefined;
  readonly fn: bigint | undefined;
  readonly arg: bigint | undefined;
}

const NO_RELEASE: Release = { call: undefined, fn: undefined, arg: undefined };

function readRelease(value: unknown): Release {
  if (value === undefined) return NO_RELEASE;
  if (typeof value === 'function') {
    const call = readFunction('wrapPointer: release', value) as (address: bigint, nbytes: number) => void;
    return { call, fn: undefined, arg: undefined };
  }
  if (typeof value !== 'object' || value === null) {
    throw typeError(
      'ERR_INVALID_ARG',
      `wrapPointer: release is ${shown(value)}, expected a function or { fn, arg } with the address of a C function`,
    );
  }
  const { fn, arg } = readOptions('wrapPointer: release', value, ['fn', 'arg']);
  return {
    call: undefined,
    fn: readPointer('wrapPointer: release.fn', fn, 1n),
    arg: arg === undefined ? 0n : readPointer('wrapPointer: release.arg', arg, 0n),
  };
}

function readPointer(subject: string, value: unknown, least: bigint): bigint {
  if (typeof value !== 'bigint') {
    throw typeError('ERR_INVALID_ARG', `${subject}: ${shown(value)} given, expected an address as a bigint`);
  }
  if (value < least || value >= 2n ** 64n) {
    throw rangeError('ERR_OUT_OF_RANGE', `${subject}: ${shown(value)} given, expected ${least} to 2^64 - 1`);
  }
  return value;
}
