/** Makes native memory of this process's own. */
import { constants } from 'node:buffer';
import { readAtLeast, readBoolean, readInteger, readOptions, readString } from '../arguments.js';
import { binding, type MemoryKind, RESULT, STATUS } from '../binding.js';
import { rangeError, shown } from '../errors.js';
import { engineBuffer } from './engine-memory.js';
import './heap-full.js';
import { type ArenaRound, KEY } from './holding.js';
import { NativeMemory } from './native-memory.js';
import { allocateSecret } from './secret.js';
import { isGuarded, watchAllocation } from './watch.js';

/** How to allocate; every part may be left out. */
export interface AllocateOptions {
  /** The address is a multiple of this, a power of two up to 2 MiB (bytes); 64 by default. */
  alignment?: number;
  /** Whether the bytes are zero; true by default. Otherwise the memory may hold earlier bytes of this process. */
  zero?: boolean;
  /** A name for accounting. */
  label?: string;
  /**
   * Whether the memory is for a secret: locked in memory, left out of core dumps (Linux), zeroed, and wiped when it is released or
   * collected, when its thread ends, and when the process exits; false by default. Copies of it are ordinary memory.
   */
  secret?: boolean;
}

const MAX_ALIGNMENT = 2 * 1024 * 1024;
/** The alignment where no other is asked for. @internal */
export const USUAL_ALIGNMENT = 64;

/**
 * Allocates native memory, as numpy's `empty` and `zeros` do beneath an array.
 *
 * @param nbytes - the size in bytes; 0 is fine
 * @param options - `alignment` (bytes), `zero`, `label`, `secret`
 * @throws TypeError `ERR_INVALID_ARG` for another kind of argument or an unknown option
 * @throws RangeError `ERR_OUT_OF_RANGE` for a negative size or a bad alignment; `ERR_OUT_OF_MEMORY` where the system refuses
 * @throws TypeError `ERR_UNSUPPORTED` for an alignment above 4096 and for `secret` in a runtime without external ArrayBuffers
 *
 * @example
 * const memory = allocate(8_000_000, { alignment: 4096, label: 'samples' });
 * new Float64Array(memory.buffer)[0] = 1;
 * memory.release();
 */
export function allocate(nbytes: number, options?: AllocateOptions): NativeMemory {
  const request = readRequest(nbytes, options);
  const { size, alignment, zero, label, secret } = request;
  const answer = secret
    ? allocateSecret(size, alignment, label)
    : binding.allocate(size, alignment, zero, label);
  return memoryFromAnswer(request, 'heap', answer);
}

/**
 * Allocates memory with any content, which the caller overwrites before other code sees it.
 *
 * @throws RangeError `ERR_OUT_OF_MEMORY`
 * @internal
 */
export function allocateUnset(size: number, label: string): NativeMemory {
  checkLargest(size);
  const request = { size, alignment: USUAL_ALIGNMENT, zero: false, label, secret: false };
  return memoryFromAnswer(request, 'heap', binding.allocate(size, USUAL_ALIGNMENT, false, label));
}

/** Arguments of an allocation, read and checked. @internal */
export interface Request {
  readonly size: number;
  readonly alignment: number;
  readonly zero: boolean;
  readonly label: string | undefined;
  readonly secret: boolean;
}

/** Reads what `allocate` takes, with its errors. @internal */
export function readRequest(nbytes: unknown, options: unknown): Request {
  const size = readAtLeast('allocate', nbytes, 0);
  const read = readOptions('allocate', options, ['alignment', 'zero', 'label', 'secret']);
  const alignment = read.alignment === undefined ? USUAL_ALIGNMENT : readAlignment(read.alignment);
  const zero = read.zero === undefined ? true : readBoolean('allocate: zero', read.zero);
  const label = read.label === undefined ? undefined : readString('allocate: label', read.label);
  const secret = read.secret === undefined ? false : readBoolean('allocate: secret', read.secret);
  checkLargest(size);
  return { size, alignment, zero, label, secret };
}

function checkLargest(size: number): void {
  if (size <= constants.MAX_LENGTH) return;
  const most = `this runtime's ArrayBuffers hold at most ${constants.MAX_LENGTH}`;
  throw rangeError('ERR_OUT_OF_MEMORY', `allocate: ${size} bytes given, ${most}`);
}

/**
 * Makes the memory object of an allocation that the addon has just returned, or of memory of the engine's where the runtime lets
 * JavaScript see no other.
 *
 * @throws TypeError, RangeError where there is no memory
 * @internal
 */
export function memoryFromAnswer(
  { size: nbytes, alignment, label }: Request,
  kind: MemoryKind,
  answer: ArrayBuffer | number,
  within?: ArenaRound,
): NativeMemory {
  const engine = answer === STATUS.NO_EXTERNAL;
  const buffer = engine ? engineBuffer(nbytes, alignment, kind, label) : answer;
  if (typeof buffer === 'number') {
    const limit =
      "; MEMORYVIEW_GUARD takes up to three mappings a block and keeps their addresses; raise the system's vm.max_map_count";
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `allocate: the system refused ${nbytes} bytes${isGuarded ? limit : ''}`,
    );
  }
  const address = binding.results[RESULT.ADDRESS]!;
  const allocation = { id: binding.results[RESULT.ID]!, kind, nbytes, label };
  const scope = within === undefined ? null : within.scope;
  const memory = new NativeMemory(KEY, {
    allocation,
    address,
    buffer,
    readonly: false,
    engine,
    scope,
  });
  within?.allocations.push(allocation);
  watchAllocation(memory, allocation);
  return memory;
}

function readAlignment(value: unknown): number {
  const alignment = readInteger('allocate: alignment', value, { min: 1, max: MAX_ALIGNMENT });
  if ((alignment & (alignment - 1)) !== 0) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `allocate: alignment ${shown(alignment)} given, expected a power of two`,
    );
  }
  return alignment;
}
