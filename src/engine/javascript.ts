/**
 * The addon's surface in TypeScript, for runtimes that load no addon: blocks over the engine's own ArrayBuffers, their pins and
 * their account. Calls that need the system return a status that refuses them. There are no kernels: the TypeScript beside each kernel's
 * call copies, compares and searches. This file imports no other floor.
 */

import { KINDS, STATUS } from './numbers.js';
import { COUNTS, LAYOUT_NUMBERS, RESULT } from './places.js';
import { REFUSED } from './refused.js';

/** One live block. The ArrayBuffer owns the bytes and is held weakly here, because the account only counts them. */
interface EngineBlock {
  readonly id: number;
  readonly kind: number;
  readonly nbytes: number;
  readonly label: string;
  readonly born: number;
  readonly buffer: WeakRef<ArrayBuffer>;
  readonly holders: Map<string, number>;
  pins: number;
  stack: string;
  /** Whether to call the waker once the last pin has gone. */
  awaited: boolean;
}

/** A row of a snapshot, as the addon writes it. */
type SnapshotRow = [number, number, number, string, number, string, (string | number)[]];

/** The functions that work without the addon; binding.ts describes each. */
export interface JavascriptEngine {
  readonly external: false;
  readonly results: Float64Array;
  readonly layouts: Float64Array;
  peek(): boolean;
  poke(): boolean;
  preferHugePages(): number;
  copyItems(): number;
  copyItemsLater(): number;
  equalItems(): number;
  findItem(): number;
  countItems(): number;
  allocate(): number;
  allocateIn(): number;
  enrol(buffer: ArrayBuffer, kind: number, label: string | undefined): number;
  setRetire(retire: (buffer: ArrayBuffer) => ArrayBuffer): void;
  release(id: number): number;
  releaseAll(ids: readonly number[]): number;
  setTransfer(): void;
  setOutOfMemory(): void;
  expose(): void;
  setWarning(): void;
  lend(id: number, holder: string): number;
  endLoan(id: number, loan: number): void;
  pin(id: number, holder: string): number;
  unpin(id: number, holder: string): number;
  holders(id: number): (string | number)[] | number;
  whenUnpinned(id: number): number;
  setWaker(waker: (id: number) => void): void;
  setListener(): void;
  addressOf(buffer: ArrayBuffer | Uint8Array): bigint;
  takeEnded(): false;
  sharedUnlinkOwned(): false;
  stats(): void;
  snapshot(): SnapshotRow[];
  setTrace(id: number, stack: string): void;
  labelOf(id: number): string | number;
  reclaim(): number;
  turn(): void;
}

type Refusals = Readonly<Record<(typeof REFUSED)[number], () => number>>;

const RESULTS = 64;

/** Makes the engine of one realm. */
export function javascriptEngine(): JavascriptEngine & Refusals {
  const results = new Float64Array(RESULTS);
  const layouts = new Float64Array(LAYOUT_NUMBERS);
  const blocks = new Map<number, EngineBlock>();
  /** Numbers of loans that have not ended, and their holders. */
  const loans = new Map<number, string>();
  let lastId = 0;
  let lastLoan = 0;
  let peakBytes = 0;
  let bytes = 0;
  let released = 0;
  let retire = (buffer: ArrayBuffer): ArrayBuffer => structuredClone(buffer, { transfer: [buffer] });
  let waker = (_id: number): void => {};

  const pseudoAddressOf = pseudoAddresses();

  const end = (block: EngineBlock): void => {
    if (!blocks.delete(block.id)) return;
    bytes -= block.nbytes;
    released += 1;
  };
  const collected = new FinalizationRegistry<EngineBlock>(end);

  const pin = (id: number, holder: string): number => {
    const block = blocks.get(id);
    if (block === undefined) return STATUS.UNKNOWN;
    block.holders.set(holder, (block.holders.get(holder) ?? 0) + 1);
    block.pins += 1;
    return STATUS.OK;
  };
  const unpin = (id: number, holder: string): number => {
    const block = blocks.get(id);
    if (block === undefined || block.pins === 0) return STATUS.UNKNOWN;
    const name = block.holders.has(holder) ? holder : [...block.holders.keys()].at(-1)!;
    const count = block.holders.get(name)!;
    if (count === 1) block.holders.delete(name);
    else block.holders.set(name, count - 1);
    block.pins -= 1;
    if (block.pins === 0 && block.awaited) {
      block.awaited = false;
      queueMicrotask(() => waker(id));
    }
    return STATUS.OK;
  };

  /** Detaches the ArrayBuffer and ends the block. */
  const endNow = (block: EngineBlock): number => {
    const buffer = block.buffer.deref();
    let status: number = STATUS.OK;
    if (buffer !== undefined) {
      // An ArrayBuffer that is shorter than its block was transferred: its bytes live on in another one.
      if (buffer.byteLength < block.nbytes) status = STATUS.ELSEWHERE;
      else {
        try {
          retire(buffer);
        } catch {
          // The engine refuses to detach an ArrayBuffer that was marked untransferable.
          return STATUS.UNDETACHABLE;
        }
      }
      collected.unregister(block);
    }
    end(block);
    return status;
  };

  const refuse = (): number => STATUS.NO_EXTERNAL;
  return {
    ...(Object.fromEntries(REFUSED.map((name) => [name, refuse])) as Refusals),
    external: false,
    results: results,
    layouts: layouts,
    peek: () => false,
    poke: () => false,
    preferHugePages: () => STATUS.BAD_ARGUMENT,
    copyItems: () => STATUS.BAD_ARGUMENT,
    copyItemsLater: () => STATUS.BAD_ARGUMENT,
    equalItems: () => STATUS.BAD_ARGUMENT,
    findItem: () => STATUS.BAD_ARGUMENT,
    countItems: () => STATUS.BAD_ARGUMENT,
    allocate: () => STATUS.NO_EXTERNAL,
    allocateIn: () => STATUS.NO_EXTERNAL,
    enrol(buffer, kind, label) {
      // The first kind is the heap's, the last the arenas'; the others have a file or a deleter.
      if (kind !== 0 && kind !== KINDS.length - 1) return STATUS.BAD_ARGUMENT;
      const block: EngineBlock = {
        id: ++lastId,
        kind,
        nbytes: buffer.byteLength,
        label: label ?? '',
        born: performance.now(),
        buffer: new WeakRef(buffer),
        holders: new Map(),
        pins: 0,
        stack: '',
        awaited: false,
      };
      blocks.set(block.id, block);
      collected.register(buffer, block, block);
      bytes += block.nbytes;
      peakBytes = Math.max(peakBytes, bytes);
      results[RESULT.ID] = block.id;
      results[RESULT.ADDRESS] = pseudoAddressOf(buffer);
      return STATUS.OK;
    },
    setRetire(given) {
      retire = given;
    },
    release(id) {
      const block = blocks.get(id);
      if (block === undefined) return STATUS.UNKNOWN;
      if (block.pins > 0) {
        results[RESULT.PINS] = block.pins;
        return STATUS.PINNED;
      }
      return endNow(block);
    },
    releaseAll(ids) {
      const ending = [...new Set(ids)].flatMap((id) => blocks.get(id) ?? []);
      const pinned = ending.find(({ pins }) => pins > 0);
      if (pinned !== undefined) {
        results[RESULT.PINS] = pinned.pins;
        results[RESULT.PINNED_ID] = pinned.id;
        return STATUS.PINNED;
      }
      for (const block of ending) {
        const status = endNow(block);
        if (status === STATUS.UNDETACHABLE) return status;
      }
      return STATUS.OK;
    },
    setTransfer: () => {},
    setOutOfMemory: () => {},
    // The engine frees the bytes with the ArrayBuffer, so there is nothing to give back early.
    expose: () => {},
    setWarning: () => {},
    lend(id, holder) {
      if (pin(id, holder) !== STATUS.OK) return 0;
      loans.set(++lastLoan, holder);
      return lastLoan;
    },
    endLoan(id, loan) {
      const holder = loans.get(loan);
      if (loans.delete(loan) && holder !== undefined) unpin(id, holder);
    },
    pin: pin,
    unpin: unpin,
    holders: (id) => [...(blocks.get(id)?.holders ?? [])].flat(),
    whenUnpinned(id) {
      const block = blocks.get(id);
      if (block === undefined) return STATUS.UNKNOWN;
      if (block.pins === 0) queueMicrotask(() => waker(id));
      else block.awaited = true;
      return STATUS.OK;
    },
    setWaker(given) {
      waker = given;
    },
    setListener: () => {},
    addressOf: (buffer) => BigInt(pseudoAddressOf(buffer)),
    takeEnded: () => false,
    sharedUnlinkOwned: () => false,
    stats() {
      const live = [...blocks.values()];
      const counts = {
        blocks: live.length,
        bytes,
        peakBytes,
        pinned: live.filter(({ pins }) => pins > 0).length,
        inFlight: 0,
        retiredBytes: 0,
        allocated: lastId,
        released,
        keptBlocks: 0,
        keptBytes: 0,
      };
      results.set(COUNTS.map((name) => counts[name]));
      for (let kind = 0; kind < KINDS.length; kind++) {
        const own = live.filter((block) => block.kind === kind);
        results[COUNTS.length + 2 * kind] = own.length;
        results[COUNTS.length + 2 * kind + 1] = own.reduce((sum, { nbytes }) => sum + nbytes, 0);
      }
    },
    snapshot: () =>
      Array.from(blocks.values(), (block): SnapshotRow => {
        const { id, kind, nbytes, label, stack, holders } = block;
        return [id, kind, nbytes, label, performance.now() - block.born, stack, [...holders].flat()];
      }),
    setTrace(id, stack) {
      const block = blocks.get(id);
      if (block !== undefined) block.stack = stack;
    },
    labelOf: (id) => blocks.get(id)?.label ?? STATUS.UNKNOWN,
    reclaim: () => 0,
    turn: () => {},
  };
}

const PAGE = 4096;

/**
 * Numbers buffers in place of addresses, for messages and to tell whether two buffers may overlap: ranges of two ArrayBuffers never do. All
 * SharedArrayBuffers begin at one number, since two of them may be over the same bytes; the others begin beyond any size.
 */
function pseudoAddresses(): (buffer: ArrayBuffer | Uint8Array) => number {
  const addresses = new WeakMap<ArrayBuffer, number>();
  let next = 2 ** 48;
  return (buffer) => {
    if (!(buffer instanceof ArrayBuffer)) return PAGE;
    const known = addresses.get(buffer);
    if (known !== undefined) return known;
    const address = next;
    const most: unknown = Reflect.get(buffer, 'maxByteLength');
    const nbytes = Math.max(buffer.byteLength, typeof most === 'number' ? most : 0, 1);
    next += Math.ceil(nbytes / PAGE) * PAGE;
    addresses.set(buffer, address);
    return address;
  };
}
