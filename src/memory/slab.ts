/**
 * Slabs of arenas. A part is taken by moving a mark, without a call of the addon, which reads this file's records when it counts or lists
 * memory. native/core/arena.h draws a slab. A slab's ArrayBuffer never leaves the library.
 */
import { binding, RESULT, SLAB } from '../binding.js';
import { BufferArrays } from './buffer-arrays.js';
import type { ArenaRound } from './holding.js';
import { now, turnTime } from './turn.js';
import type { Allocation } from './watch.js';

/** Memory in a slab. */
export class SlabPart {
  readonly slab: Slab;
  /** Its first byte in the slab. */
  readonly at: number;
  readonly nbytes: number;
  /** Which part of the slab it is. */
  readonly index: number;
  readonly id: number;

  constructor(slab: Slab, at: number, nbytes: number, index: number, id: number) {
    this.slab = slab;
    this.at = at;
    this.nbytes = nbytes;
    this.index = index;
    this.id = id;
  }
}

const PAGE = 4096;
/** In a record's size: the addon has made a block of the part. */
const HAS_BLOCK = 2 ** 31;

interface Counters {
  /** The counter of all ids in the process: `IdCounter` of native/core/ledger.h. */
  readonly ids: Int32Array;
  /** How many parts this thread has made, and their bytes: `PartLane`. */
  readonly made: Float64Array;
}

let counters: Counters | null = null;

/** The counters that this thread shares with the addon; null where no memory of the system's is had. */
function sharedCounters(): Counters | null {
  if (counters !== null) return counters;
  const buffers = binding.partCounters();
  if (typeof buffers === 'number') return null;
  counters = { ids: new Int32Array(buffers[0]), made: new Float64Array(buffers[1]) };
  return counters;
}

/** So many at a time: an atomic addition takes as long as a quarter of an allocation. */
const IDS_AT_ONCE = 32;
let nextId = 0;
let endOfIds = 0;

/** The next id of the process that this thread has. */
function takeId(ids: Int32Array): number {
  if (nextId === endOfIds) reserveIds(ids);
  return nextId++;
}

/** Takes ids of the process, each as `TakeId` of native/core/ledger.cc does it: the thread that passes a multiple of 2^31 counts that. */
function reserveIds(ids: Int32Array): void {
  const low = (Atomics.add(ids, 0, IDS_AT_ONCE) + IDS_AT_ONCE) | 0;
  if ((low & 0x7fffffff) < IDS_AT_ONCE) Atomics.add(ids, 1, 1);
  const halfRounds = ids[1]! >>> 0;
  const seen = (halfRounds & 1) === low >>> 31 ? halfRounds : halfRounds + 1;
  endOfIds = seen * 0x80000000 + (low & 0x7fffffff) + 1;
  nextId = endOfIds - IDS_AT_ONCE;
}

/** One slab, between two resets of its arena. */
export class Slab {
  /** The number of its block. */
  readonly id: number;
  /** Of byte 0. */
  readonly address: number;
  readonly buffer: ArrayBuffer;
  readonly round: ArenaRound;
  readonly arrays: BufferArrays;
  readonly #counters: Counters;
  readonly #words: Uint32Array;
  readonly #header: Float64Array;
  readonly #since: number = now();
  /** Bytes that parts have, from byte 0 on. */
  #mark = 0;
  /** The first word that a record has. */
  #records: number;
  #count = 0;
  #bytes = 0;

  private constructor(id: number, address: number, buffer: ArrayBuffer, round: ArenaRound, shared: Counters) {
    this.id = id;
    this.address = address;
    this.buffer = buffer;
    this.round = round;
    this.arrays = new BufferArrays(buffer, false);
    this.#counters = shared;
    const end = buffer.byteLength - SLAB.HEADER_BYTES;
    this.#words = new Uint32Array(buffer, 0, end / 4);
    this.#header = new Float64Array(buffer, end, 2);
    this.#records = end / 4;
  }

  /**
   * Makes a slab for about `nbytes` bytes of parts, the first with that alignment.
   *
   * @returns a status where there is none
   */
  static made(nbytes: number, alignment: number, round: ArenaRound): Slab | number {
    const buffer = binding.makeSlab(nbytes, alignment);
    if (typeof buffer === 'number') return buffer;
    const { [RESULT.ID]: id, [RESULT.ADDRESS]: address } = binding.results;
    return new Slab(id!, address!, buffer, round, sharedCounters()!);
  }

  /**
   * Ends all parts of a slab, and starts over on its pages.
   *
   * @param id - of the slab
   * @returns null where the slab has ended instead, because other code has some of the pages, or because all of its parts are garbage
   */
  static renewed(id: number, round: ArenaRound): Slab | null {
    const buffer = binding.renewSlab(id);
    if (typeof buffer === 'number') return null;
    return new Slab(id, binding.results[RESULT.ADDRESS]!, buffer, round, sharedCounters()!);
  }

  /** How many parts were taken. */
  get count(): number {
    return this.#count;
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next part; null where there is no room. `alignment` is a power of two. */
  take(nbytes: number, alignment: number): SlabPart | null {
    const at = alignment <= PAGE ? (this.#mark + alignment - 1) & -alignment : this.#alignedMark(alignment);
    // An empty part takes a byte too, so that no two parts share an address.
    const end = at + (nbytes === 0 ? 1 : nbytes);
    const record = this.#records - SLAB.RECORD_WORDS;
    if (end > record * 4) return null;
    const index = this.#count;
    const born = turnTime(index) - this.#since;
    const { ids, made } = this.#counters;
    const id = takeId(ids);
    const words = this.#words;
    words[record + SLAB.ID_LOW] = id & 0x7fffffff;
    words[record + SLAB.ID_HIGH] = id / 0x80000000;
    words[record + SLAB.OFFSET] = at;
    words[record + SLAB.NBYTES] = nbytes;
    words[record + SLAB.BORN] = born;
    this.#mark = end;
    this.#records = record;
    this.#note(index + 1, nbytes);
    made[0]! += 1;
    made[1]! += nbytes;
    return new SlabPart(this, at, nbytes, index, id);
  }

  /** Takes back the newest part, if no block was made of it. */
  giveUp(part: SlabPart): void {
    const record = this.#records;
    if (part.index !== this.#count - 1 || this.#words[record + SLAB.NBYTES]! >= HAS_BLOCK) return;
    this.#records = record + SLAB.RECORD_WORDS;
    this.#mark = part.at;
    this.#note(part.index, -part.nbytes);
    const { made } = this.#counters;
    made[0]! -= 1;
    made[1]! -= part.nbytes;
  }

  /** The count is written after the record, which a snapshot of another thread then finds whole. */
  #note(count: number, nbytes: number): void {
    this.#count = count;
    this.#bytes += nbytes;
    this.#header[SLAB.BYTES] = this.#bytes;
    this.#header[SLAB.COUNT] = count;
  }

  #alignedMark(alignment: number): number {
    return Math.ceil((this.address + this.#mark) / alignment) * alignment - this.address;
  }
}

/** The allocations of a slab's parts that have no block. */
export function partsWithoutBlock(id: number): Allocation[] {
  const list = binding.partsOf(id);
  const allocations: Allocation[] = [];
  if (typeof list === 'number') return allocations;
  for (let i = 0; i < list.length; i += 2) {
    allocations.push({ id: list[i]!, kind: 'arena', nbytes: list[i + 1]!, label: undefined });
  }
  return allocations;
}

/** Whether slabs can be had here. */
export function hasSlabs(): boolean {
  return sharedCounters() !== null;
}
