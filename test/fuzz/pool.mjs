// The live objects of a round, and the fuzz's knowledge of them: the bytes of each memory, and the memory of each view.
import { types } from 'node:util';
import * as library from '../../dist/index.js';
import { DLPackCapsule } from '../../dist/interop/dlpack.js';

const { MemoryView, NativeMemory, PyBuffer, Arena } = library;

const MAX_BYTES = 4096;
const MAX_MEMORIES = 24;
/** Views of more elements (or, around a length of 0, of more empty lists) are made, but nothing that goes through all elements is called on them. */
const WIDE = 2 ** 14;

const typedArrayBuffer = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  'buffer',
).get;
const dataViewBuffer = Object.getOwnPropertyDescriptor(DataView.prototype, 'buffer').get;
const lengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;
const sharedLengthOf = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength').get;

const nbytesOf = (buffer) =>
  Reflect.apply(types.isSharedArrayBuffer(buffer) ? sharedLengthOf : lengthOf, buffer, []);

/** Watched memory, and its bytes after the last call that was allowed to write. */
class Watched {
  gone = false;
  /** Asynchronous copies that write into it at any time. */
  writers = 0;
  #shadow = null;
  #bytes = null;

  constructor(object) {
    this.object = object;
    this.sync();
  }

  get isNative() {
    return this.object instanceof NativeMemory;
  }

  #buffer() {
    if (this.isNative) return this.object.buffer;
    return types.isAnyArrayBuffer(this.object) ? this.object : this.object.buffer;
  }

  #now() {
    const buffer = this.#buffer();
    const nbytes = nbytesOf(buffer);
    // Only making an array tells an empty buffer from a detached one.
    if (nbytes === 0 || this.#bytes?.buffer !== buffer || this.#bytes.length !== nbytes) {
      try {
        this.#bytes = new Uint8Array(buffer, 0, nbytes);
      } catch {
        return null;
      }
    }
    return this.#bytes;
  }

  hasEnded() {
    if (this.isNative) return this.object.released;
    return this.#now() === null;
  }

  sync() {
    const bytes = this.#now();
    if (bytes === null) this.#shadow = null;
    else if (this.#shadow?.length === bytes.length) this.#shadow.set(bytes);
    else this.#shadow = new Uint8Array(bytes);
  }

  /** Whether bytes changed since the last sync. A change of size is not a write. */
  isChanged() {
    if (this.writers > 0 || this.#shadow === null) return false;
    const bytes = this.#now();
    if (bytes === null || bytes.length !== this.#shadow.length) return false;
    return Buffer.compare(bytes, this.#shadow) !== 0;
  }

  write(random) {
    const bytes = this.#now();
    if (bytes === null || bytes.length === 0 || this.object.readonly) return;
    bytes[random.below(Math.min(bytes.length, 256))] ^= 0x55;
  }
}

const BUILT_IN = new Set([Object.prototype, Function.prototype, Array.prototype, Map.prototype, null]);

export class Pool {
  /** The memory that is compared at each call. */
  memories = [];
  /** All memory of the round, also what is no longer compared. */
  all = [];
  views = [];
  buffers = [];
  arenas = [];
  handles = [];
  /** DLPack tensors on their way; each pins its memory. */
  capsules = [];
  /** Other holders of memory until a release: the structs of Arrow. */
  holders = [];
  /** Instances of other classes of the library: ranges, snapshots, iterators. */
  others = [];
  /** Engine arrays over whatever memory. */
  arrays = [];
  #watched = new WeakMap();
  #wide = new WeakSet();
  #random;

  constructor(random) {
    this.#random = random;
  }

  #put(list, item, most) {
    if (list.length < most) list.push(item);
    else list[this.#random.below(most)] = item;
  }

  /** The watched memory behind an exporter; null for memory that is not watched. */
  watch(object) {
    let owner = object;
    if (ArrayBuffer.isView(object)) {
      owner = Reflect.apply(types.isDataView(object) ? dataViewBuffer : typedArrayBuffer, object, []);
    }
    const known = this.#watched.get(owner);
    if (known !== undefined) return known;
    const isWasm = owner instanceof WebAssembly.Memory;
    if (!isWasm && !(owner instanceof NativeMemory) && !types.isAnyArrayBuffer(owner)) return null;
    const nbytes = owner instanceof NativeMemory ? owner.nbytes : isWasm ? 0 : nbytesOf(owner);
    if (nbytes > MAX_BYTES) return null;
    const watched = new Watched(owner);
    this.#watched.set(owner, watched);
    if (owner instanceof NativeMemory) this.#watched.set(owner.buffer, watched);
    this.all.push(watched);
    this.#put(this.memories, watched, MAX_MEMORIES);
    return watched;
  }

  isWide(view) {
    return this.#wide.has(view);
  }

  /** Adds the result of a call. */
  adopt(value, roots = []) {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return;
    if (value instanceof MemoryView) this.#adoptView(value, roots);
    else if (value instanceof DLPackCapsule) this.capsules.push(value);
    else if (value instanceof NativeMemory) {
      if (value.nbytes > MAX_BYTES && !value.released && value.kind !== 'arena') value.release();
      else this.watch(value);
    } else if (value instanceof PyBuffer) this.#put(this.buffers, value, 12);
    else if (value instanceof Arena) this.arenas.push(value);
    else if (ArrayBuffer.isView(value)) {
      if (this.#random.chance(0.2) && this.watch(value) !== null) this.#put(this.arrays, value, 24);
    } else if (typeof value.memoryview === 'string') this.handles.push(value);
    else if (types.isAnyArrayBuffer(value)) this.watch(value);
    else if (!types.isPromise(value)) this.#adoptOther(value);
  }

  #adoptView(view, roots) {
    if (view.released) return;
    const nbytes = view.nbytes;
    const root = view.obj;
    if (root instanceof NativeMemory && root.nbytes > MAX_BYTES && root.kind !== 'arena') {
      root.release();
      return;
    }
    const watched = typeof root === 'string' ? null : this.watch(root);
    const others = roots.map((each) => this.watch(each)).filter((each) => each !== null);
    if (nbytes > WIDE || view.shape.reduce((a, b) => a * Math.max(b, 1), 1) > WIDE) this.#wide.add(view);
    this.#put(this.views, { view, roots: watched === null ? others : [watched, ...others] }, 48);
  }

  #adoptOther(value) {
    const prototype = Object.getPrototypeOf(value);
    if (typeof value.release === 'function') this.holders.push(value);
    const isIterator = typeof value.next === 'function';
    if (isIterator || !BUILT_IN.has(prototype)) this.#put(this.others, value, 16);
  }

  /** Changes a byte of some memory, and so of all memory that lies over the same bytes. */
  scribble() {
    this.#random.pick(this.memories)?.write(this.#random);
    this.sync();
  }

  /** The live native memory of a class. */
  native(type = NativeMemory) {
    return this.memories.filter((each) => each.object instanceof type).map((each) => each.object);
  }

  /** The memory that changed though it should not have. */
  changed() {
    return this.memories.filter((each) => each.isChanged());
  }

  /**
   * Forgets native memory without an attached ArrayBuffer: it was released, or has no bytes, or its bytes were moved. What was lent of moved bytes
   * pins them until the ArrayBuffer that they were moved from has been collected too, which the memory holds.
   */
  dropMoved() {
    const isThere = ({ object, isNative }) => !isNative || object.buffer.byteLength > 0;
    this.all = this.all.filter(isThere);
    this.memories = this.memories.filter(isThere);
  }

  sync() {
    for (const each of this.memories) each.sync();
  }

  /** Complaints about objects that still show memory which has ended since the last call. */
  endedComplaints() {
    const complaints = [];
    for (const watched of this.memories) {
      if (watched.gone || !watched.hasEnded()) continue;
      watched.gone = true;
      for (const { view, roots } of this.views) {
        if (roots.includes(watched)) complaints.push(...readableThough(view));
      }
    }
    if (this.memories.some((each) => each.gone)) this.memories = this.memories.filter((each) => !each.gone);
    return complaints;
  }
}

function readableThough(view) {
  const complaints = [];
  if (!view.released) complaints.push('a view of memory that has ended does not say that it is released');
  const reads = {
    get: () => view.get(...Array.from({ length: 2 }, () => 0)),
    toBytes: () => view.toBytes(),
    shape: () => view.shape,
    slice: () => view.slice(),
    iteration: () => view[Symbol.iterator](),
  };
  for (const [name, read] of Object.entries(reads)) {
    try {
      read();
      complaints.push(`${name} of a view of memory that has ended answers`);
    } catch (error) {
      if (error?.code !== 'ERR_RELEASED')
        complaints.push(`${name} of a view of ended memory: ${error?.stack}`);
    }
  }
  return complaints;
}
