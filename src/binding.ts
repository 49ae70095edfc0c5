/**
 * The typed list of the addon's functions. C++ returns statuses and numbers, never messages, and checks again only what would be
 * unsafe for memory.
 */
import { types } from 'node:util';
import { javascriptEngine } from './engine/javascript.js';
import { loadAddon } from './load-addon.js';

export {
  ADVICE,
  ERROR_CODE,
  KINDS,
  type MemoryKind,
  STATUS,
  TENSOR_ACCESS,
} from './engine/numbers.js';
export { COUNTS, RESULT, SLAB } from './engine/places.js';

/** Bytes as the addon takes them: whole ArrayBuffers, and a Uint8Array over all of a SharedArrayBuffer. */
export type NativeBytes = ArrayBuffer | Uint8Array;

/**
 * An Arrow array: format, name, flags, length, null count (-1: not counted), offset, buffer addresses, children, dictionary, bytes of its
 * metadata (false: unreadable), and the fault of the struct itself.
 */
export type ArrowDescription = [
  string,
  string,
  number,
  number,
  number,
  number,
  number[],
  readonly ArrowDescription[],
  ArrowDescription | null,
  Uint8Array | false | null,
  string | null,
];

/** The numbers and names of an Arrow array itself: format, name, flags, length, null count, offset. */
export type ArrowHead = readonly [string, string, number, number, number, number];

/** The addresses of an ArrowSchema and an ArrowArray. */
export type ArrowAddressPair = readonly [bigint, bigint];

/** The functions of the addon. A block is named by its id, a number; a wrong one is a status. */
export interface Binding {
  /** Which engine does the work: the addon, or TypeScript in its place. */
  readonly engine: Engine;
  /** Whether JavaScript can see memory that the engine does not own; not in Electron, nor with `MEMORYVIEW_NO_EXTERNAL=1`. */
  readonly external: boolean;
  /** The numbers that the last call returned besides its value, at the places that {@link RESULT} names. The next call overwrites them. */
  readonly results: Float64Array;
  /** The layouts that kernels work on, at the places of src/engine/places.ts. */
  readonly layouts: Float64Array;
  /** Asks the system for huge pages under the buffer, ahead of the first write to all of it. */
  preferHugePages(buffer: ArrayBuffer): number;
  /** Copies all items of the second buffer's layout to those of the first one's. */
  copyItems(to: NativeBytes, from: NativeBytes): number;
  /**
   * Copies them on the thread pool, between native memory (named by its block's id) and SharedArrayBuffers (id 0); returns a promise
   * of a status, or a status.
   */
  copyItemsLater(to: NativeBytes, toId: number, from: NativeBytes, fromId: number): Promise<number> | number;
  /** Compares all items. Results: 1 where all are equal, else 0. */
  equalItems(a: NativeBytes, b: NativeBytes): number;
  /** Finds the item that the second buffer holds. Results: its index, or -1. */
  findItem(items: NativeBytes, wanted: NativeBytes): number;
  /** Counts such items. Results: their number. */
  countItems(items: NativeBytes, wanted: NativeBytes): number;
  /**
   * Copies bytes at an address to the start of {@link Binding.layouts}; false, with nothing done, for more than fit there, and for an address
   * that can't be right.
   */
  peek(address: bigint, nbytes: number): boolean;
  /** Copies bytes from there to an address. */
  poke(address: bigint, nbytes: number): boolean;
  /** Returns the bytes before the first zero unit at an address, `most` at most, and copies what fits to the start of the layouts. */
  peekText(address: bigint, most: number, unit: number): number;
  /** Copies to the layout of a buffer from dense items at an address. */
  copyFromAddress(to: NativeBytes, address: bigint): number;
  /** Copies the layout of a buffer to dense items at an address. */
  copyToAddress(from: NativeBytes, address: bigint): number;
  /**
   * Moves `nbytes` bytes of the buffer's layout, from byte `first` of it in C order on, from a file or to it, on the thread pool. Returns a
   * promise of their number, fewer at the end of the file, or of a negative errno; or a status. Both `layouts` hold the same layout.
   *
   * @param id - the buffer's block, or 0 for a SharedArrayBuffer
   * @param position - in the file (bytes), or -1 for the descriptor's own
   */
  transferLater(
    buffer: NativeBytes,
    id: number,
    fd: number,
    position: number,
    first: number,
    nbytes: number,
    write: boolean,
  ): Promise<number> | number;
  /** Copies such bytes from another buffer's start, or to it. */
  moveBytes(buffer: NativeBytes, first: number, nbytes: number, other: NativeBytes, out: boolean): number;
  /** Makes heap memory; returns its ArrayBuffer, or a status. Results: id, address of byte 0. */
  allocate(nbytes: number, alignment: number, zero: boolean, label: string | undefined): ArrayBuffer | number;
  /** Makes memory that is locked and wiped at its end; returns as {@link Binding.allocate}, or a negative errno. */
  allocateSecret(nbytes: number, alignment: number, label: string | undefined): ArrayBuffer | number;
  /** Accounts for an ArrayBuffer that owns its bytes as memory; `kind` is an index of {@link KINDS}. Results: id, address of byte 0. */
  enrol(buffer: ArrayBuffer, kind: number, label: string | undefined): number;
  /**
   * Takes the function that detaches such an ArrayBuffer and returns one that owns the bytes instead, for as long as the object lives
   * that was detached.
   */
  setRetire(retire: (buffer: ArrayBuffer) => ArrayBuffer): void;
  /** Ends this thread's use of a block. Results: the number of pins that forbid it. */
  release(id: number): number;
  /** Ends this thread's use of all those blocks, or of none. Results: the pins that forbid it, the id of the block that has them. */
  releaseAll(ids: readonly number[]): number;
  /** The counter of ids, and this thread's count of parts: `IdCounter` and `PartLane` of native/core/ledger.h. Or a status. */
  partCounters(): [ArrayBuffer, ArrayBuffer] | number;
  /** Makes a zeroed slab for about `nbytes` bytes of parts; answers as {@link Binding.allocate}. */
  makeSlab(nbytes: number, alignment: number): ArrayBuffer | number;
  /**
   * Ends the parts of a slab, and makes another ArrayBuffer over it; it is cleared, and the first one is detached. A status where the slab has ended
   * instead, because the block of a part has its pages. Results: address.
   */
  renewSlab(id: number): ArrayBuffer | number;
  /** Makes a block for the part of that number, with an ArrayBuffer of its own; answers as {@link Binding.allocate}. */
  makePart(slab: number, index: number, label: string | undefined): ArrayBuffer | number;
  /** Ids and sizes of a slab's parts without a block, alternating; or a status. */
  partsOf(slab: number): number[] | number;
  /** Makes zeroed memory of an arena with pages of its own, as {@link Binding.allocate} does. */
  allocateIn(nbytes: number, alignment: number, label: string | undefined): ArrayBuffer | number;
  /** Makes a handle that owns the block; returns its nonce, or a status. */
  share(id: number, readonly: boolean): string | number;
  /** Restricts a handle to read-only views from now on. */
  restrictHandle(id: number, nonce: string): number;
  /**
   * Takes a handle; returns the ArrayBuffer, or a status. Results: id, address, nbytes, kind (its index), 1 where the memory is
   * read-only, 1 where the view has to be. BAD_ARGUMENT, with the handle left as it is, where it is restricted to views and `view` is
   * false.
   *
   * @param view - whether the caller makes a view of the memory
   */
  attach(id: number, nonce: string, view: boolean): ArrayBuffer | number;
  /** Drops a handle that was not taken. */
  unshare(id: number, nonce: string): number;
  /** Takes the engine's own `ArrayBuffer.prototype.transfer`, which detaches ArrayBuffers where it exists. */
  setTransfer(transfer: unknown): void;
  /** Takes the function that throws the error for a C++ allocation that failed. Any function of this list may call it. */
  setOutOfMemory(raise: () => never): void;
  /** Notes that code outside of the library gets the block's ArrayBuffer, or an array over it. */
  expose(id: number): void;
  /** Takes the function that warns of memory that is handed out and dropped within one long turn of the event loop. */
  setWarning(warning: () => void): void;
  /** Pins a block for the life of an object that is handed out; returns the number of the loan, or 0 where the block is gone. */
  lend(id: number, holder: string): number;
  /** Says that the object of a loan has been collected. */
  endLoan(id: number, loan: number): void;
  /** Pins a block under a holder's name. */
  pin(id: number, holder: string): number;
  /** Takes one of this thread's pins off again. */
  unpin(id: number, holder: string): number;
  /** Names and counts of a block's pins, alternating; or a status. */
  holders(id: number): (string | number)[] | number;
  /** Asks for one call of the waker once nothing pins the block. */
  whenUnpinned(id: number): number;
  /** Takes the function that is called with an id, in a turn of its own. */
  setWaker(waker: (id: number) => void): void;
  /**
   * The address of byte 0 of any JS buffer, as a bigint. `0n` for a detached one, and for a zero-length one of the engine's.
   */
  addressOf(buffer: ArrayBuffer | SharedArrayBuffer): bigint;
  /**
   * Maps `nbytes` bytes of an open file from `offset` on; the caller may close the descriptor then. Returns the ArrayBuffer, a
   * status, or a negative errno. Results: id, address of byte 0.
   *
   * @param shared - writes reach the file; else pages are copied when they are written
   * @param named - the file is a shared memory object
   */
  mapFile(
    fd: number,
    offset: number,
    nbytes: number,
    shared: boolean,
    named: boolean,
    label: string | undefined,
  ): ArrayBuffer | number;
  /** Whether pages of a mapping were lost, or a status. */
  isTruncated(id: number): boolean | number;
  /** Asks for one call of the listener once pages are lost. Returns 0, a status or a negative errno, as the next four do. */
  whenTruncated(id: number): number;
  /** Writes changed pages of a mapping to its file and waits. */
  flush(id: number, offset: number, nbytes: number): number;
  /** The same off this thread; the block is pinned meanwhile. */
  flushAsync(id: number): Promise<number> | number;
  /** Passes an index of {@link ADVICE} on. */
  advise(id: number, advice: number, offset: number, nbytes: number): number;
  /** Keeps the pages of a mapping in memory, or no longer. */
  lock(id: number, locked: boolean): number;
  /**
   * The mapping's own descriptor, or a status. On Windows it is the number of a handle by which child processes open shared memory; those
   * that start later inherit it.
   */
  descriptorOf(id: number): number;
  /** Opens or creates shared memory; returns a descriptor or a negative errno. */
  sharedOpen(name: string, create: boolean, readonly: boolean): number;
  /** Gives new shared memory its size; 0 or a negative errno. */
  sharedResize(fd: number, nbytes: number): number;
  /** The size of the shared memory behind a descriptor (bytes), or a negative errno. */
  sharedSize(fd: number): number;
  /** Closes a descriptor of shared memory: not every runtime's `fs` knows descriptors that it did not open. */
  sharedClose(fd: number): void;
  /** Removes a name of shared memory; 0 or a negative errno. */
  sharedUnlink(name: string): number;
  /** Has a created name unlinked by {@link Binding.sharedUnlinkOwned}. */
  sharedOwn(name: string, fd: number): void;
  /** Unlinks the names that this thread created, or the whole process; returns whether any is left. */
  sharedUnlinkOwned(all: boolean): boolean;
  /** Makes nameless memory of a size that can't change; returns a descriptor or a negative errno. */
  sealedOpen(nbytes: number): number;
  /**
   * Makes an ArrayBuffer over memory of another library; or returns a status. Results: id, address.
   *
   * @param tell - whether the listener hears of the end
   * @param fn - a C function to call at the end, with `arg` as its second argument
   */
  wrapPointer(
    address: number,
    nbytes: number,
    tell: boolean,
    label: string | undefined,
    fn: bigint | undefined,
    arg: bigint | undefined,
  ): ArrayBuffer | number;
  /** Whether a wrapped block has ended; true once only. */
  takeEnded(id: number): boolean;
  /** Takes the function that is called, in a turn of its own, with the id of a block that has an event. */
  setListener(listener: (id: number) => void): void;
  /**
   * Makes the tagged external by which other addons reach a block. `sizes` is the shape, then the strides (bytes); the offset
   * counts from the block's first byte.
   */
  exportView(
    id: number,
    offset: number,
    itemsize: number,
    format: string,
    readonly: boolean,
    sizes: Float64Array,
  ): object | number;
  /**
   * Acquires from another addon's exporter, and calls `check` with format and itemsize before anything is kept. Returns the one
   * ArrayBuffer over the region, format, shape and strides; or a code of `mv_error` and its message; or a status. Results: id,
   * address and size of the region, offset of the first element in it, 1 where it is read-only.
   */
  adopt(
    external: unknown,
    most: number,
    check: (format: string, itemsize: number) => void,
  ): [ArrayBuffer, string, number[], number[]] | [number, string] | number;
  /** Makes a DLPack capsule of an exporter's memory; a code of `mv_error` and its message; or a status. */
  exportTensor(exporter: unknown, copied: boolean): object | [number, string] | number;
  /** Takes the address of a capsule's tensor; UNKNOWN where it was taken before. */
  takeTensor(capsule: unknown): bigint | number;
  /** Takes a capsule's tensor, or one at an address, and returns as {@link Binding.adopt} does. */
  adoptTensor(
    source: unknown,
    versioned: boolean,
    access: number,
    most: number,
    check: (format: string, itemsize: number) => void,
  ): [ArrayBuffer, string, number[], number[]] | [number, string] | number;
  /** Describes the Arrow array at an address by the schema at another; a code of `mv_error` and its message; or a status. */
  describeArray(schema: bigint, array: bigint): ArrowDescription | [number, string] | number;
  /** Moves that array out of its struct, and releases the schema. Returns its holding; or a status. */
  takeArray(schema: bigint, array: bigint): object | [number, string] | number;
  /** Takes `nbytes` bytes of one of a holding's buffers, and returns as {@link Binding.adopt} does. */
  adoptBuffer(
    holding: object,
    address: number,
    nbytes: number,
    most: number,
    check: (format: string, itemsize: number) => void,
  ): [ArrayBuffer, string, number[], number[]] | [number, string] | number;
  /** Drops a holding, which from then on lives as long as its buffers. */
  dropArray(holding: object): void;
  /** Moves the Arrow stream at an address; a code of `mv_error` and its message; or a status. */
  takeStream(stream: bigint): object | [number, string] | number;
  /** The schema of a stream, as an array without elements; or as {@link Binding.takeStream}. */
  streamSchema(stream: object): ArrowDescription | [number, string] | number;
  /** The next array of a stream and its holding; null at the end; or as {@link Binding.takeStream}. */
  nextArray(stream: object): [ArrowDescription, object] | [number, string] | number | null;
  /** The same on the thread pool; no other pull meanwhile. */
  nextArrayLater(
    stream: object,
  ): Promise<[ArrowDescription, object] | [number, string] | number | null> | [number, string] | number;
  /** Releases a stream, at once or when the pull under way has ended. */
  closeStream(stream: object): void;
  /** Makes structs of exporters and moves the parts in; returns what keeps the structs, and the addresses of schema and array. */
  buildArray(
    head: ArrowHead,
    buffers: readonly (object | null)[],
    children: readonly ArrowAddressPair[],
    dictionary: ArrowAddressPair | null,
    metadata: Uint8Array | null,
  ): [object, bigint, bigint] | [number, string] | number;
  /** Gives the schema at an address another name. */
  renameColumn(schema: bigint, name: string): number;
  /** Releases the structs that were not moved out. */
  releaseArray(schema: bigint, array: bigint): void;
  /**
   * Makes an Arrow stream; returns what keeps it, its address, and what takes its batches. `make(0)` is to make one batch, `make(1)` says that the consumer has
   * released the stream; null where all batches are pushed at once.
   */
  openStream(
    make: ((errand: number) => void) | null,
    waitMilliseconds: number,
  ): [object, bigint, object] | number;
  /** Moves a batch into a stream; a code of `mv_error` and its message; or a status. */
  pushBatch(queue: object, schema: bigint, array: bigint): [number, string] | number;
  /** Says that no batch follows, or why. */
  endStream(queue: object, failure: string | null): void;
  /** Releases a stream that was not moved out. */
  releaseStream(stream: object): void;
  /** Results: the counts that {@link COUNTS} names, then blocks and bytes of each of {@link KINDS}. */
  stats(): void;
  /** Id, kind (its index), nbytes, label, age (ms), allocation stack, and holders with counts of each live block. */
  snapshot(): [number, number, number, string, number, string, (string | number)[]][];
  /** Notes where a block was allocated. */
  setTrace(id: number, stack: string): void;
  /** The label of a block; or a status. */
  labelOf(id: number): string | number;
  /** Gives back dead memory that was allocated in this turn of the event loop; returns the bytes. */
  reclaim(): number;
  /** Says that the event loop has turned. */
  turn(): void;
}

type Addon = Omit<Binding, 'addressOf' | 'engine'> & { addressOf(buffer: ArrayBuffer | Uint8Array): bigint };

/**
 * The addon; or where none loads, the engine in its place, with one warning. With `MEMORYVIEW_ENGINE=native` a failed load throws, as it
 * does where `MEMORYVIEW_ADDON` names a file; with `javascript` no addon is looked for.
 */
function addonOrEngine(): { readonly addon: Addon; readonly engine: Engine } {
  const { MEMORYVIEW_ENGINE: wanted, MEMORYVIEW_ADDON: named } = process.env;
  if (wanted !== 'javascript') {
    try {
      const addon = loadAddon();
      if (addon !== null) return { addon: addon as Addon, engine: 'native' };
    } catch (error) {
      if (wanted === 'native' || named) throw error;
      const why = error instanceof Error ? error.message : String(error);
      process.emitWarning(
        `${why}. Views work over the engine's own memory instead: nothing is mapped, shared or wrapped`,
        { code: 'MEMORYVIEW_ENGINE' },
      );
    }
  }
  return { addon: javascriptEngine(), engine: 'javascript' };
}

/** The engine in use: the addon, or TypeScript over the JavaScript engine's own memory. */
export type Engine = 'native' | 'javascript';

const { addon, engine } = addonOrEngine();

const transfer: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
if (typeof transfer === 'function') addon.setTransfer(transfer);

/** The addon's functions for this thread. */
export const binding: Binding = {
  ...addon,
  engine: engine,
  // Node-API describes no SharedArrayBuffer on Node 20, but it does describe a TypedArray over one.
  addressOf: (buffer) => addon.addressOf(types.isSharedArrayBuffer(buffer) ? new Uint8Array(buffer) : buffer),
};
