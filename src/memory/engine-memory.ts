/**
 * Memory that the engine owns, for runtimes without external ArrayBuffers: the same NativeMemory, over an ArrayBuffer of the engine's whose
 * first byte has the alignment. The addon accounts for it.
 */
import { binding, KINDS, type MemoryKind, STATUS } from '../binding.js';
import { noExternal } from './external.js';
import { isGuarded } from './watch.js';

/** The engine allocates resizable buffers at the start of pages, which are at least this large; others anywhere. */
const MAX_ALIGNMENT = 4096;

/**
 * Makes such memory, zeroed; returns its ArrayBuffer, or a status. Results: id, address of byte 0.
 *
 * @throws TypeError `ERR_UNSUPPORTED` for an alignment that the engine has no memory of, and in the guard mode
 */
export function engineBuffer(
  nbytes: number,
  alignment: number,
  kind: MemoryKind,
  label: string | undefined,
): ArrayBuffer | number {
  if (isGuarded) {
    throw noExternal('allocate', "no page of the engine's can be guarded", 'unset MEMORYVIEW_GUARD');
  }
  const buffer = alignedBuffer(nbytes, alignment);
  if (buffer === null) return STATUS.OUT_OF_MEMORY;
  const status = binding.enrol(buffer, KINDS.indexOf(kind), label);
  return status === STATUS.OK ? buffer : status;
}

/**
 * A plain ArrayBuffer where that happens to be aligned. Else a resizable one whose maxByteLength equals its length; TypedArrays over
 * it are half as fast.
 */
function alignedBuffer(nbytes: number, alignment: number): ArrayBuffer | null {
  if (alignment > MAX_ALIGNMENT) throw misaligned(alignment);
  try {
    const plain = new ArrayBuffer(nbytes);
    if (isAligned(plain, alignment)) return plain;
    const maxByteLength = Math.max(nbytes, 1);
    const paged = Reflect.construct(ArrayBuffer, [nbytes, { maxByteLength }]) as ArrayBuffer;
    if (isAligned(paged, alignment)) return paged;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
  throw misaligned(alignment);
}

/** A plain ArrayBuffer of size 0 has no address. */
function isAligned(buffer: ArrayBuffer, alignment: number): boolean {
  const address = binding.addressOf(buffer);
  return address !== 0n && address % BigInt(alignment) === 0n;
}

function misaligned(alignment: number): Error {
  const so = `memory is the engine's own and alignment ${alignment} is not available`;
  return noExternal('allocate', so, `expected at most ${MAX_ALIGNMENT}`);
}

const clone = structuredClone;

/**
 * Keeps a detached buffer's bytes alive as long as its object: work of the runtime that is under way holds only the object, and would
 * otherwise use freed memory.
 */
const bytesOfDetached = new WeakMap<ArrayBuffer, ArrayBuffer>();

if (!binding.external) {
  binding.setRetire((buffer) => {
    // Not ArrayBuffer.prototype.transfer, which copies a resizable buffer and frees the source's bytes (Node 22 to 26).
    const owner = clone(buffer, { transfer: [buffer] });
    bytesOfDetached.set(buffer, owner);
    return owner;
  });
}
