/**
 * Lending pins memory for the life of an object over it, for code that reads later than its call returns (a
 * socket, a queue). The engine's FinalizationRegistry reports the end of the object.
 */
import { types } from 'node:util';
import { binding } from '../binding.js';
import { bufferError } from '../errors.js';
import { blockOf, exposedBuffer, NativeMemory } from './native-memory.js';

declare module './native-memory.js' {
  interface NativeMemory {
    /**
     * Makes a Buffer over the whole memory, and pins the memory until that Buffer has been collected: for a socket, a stream or a queue
     * that reads it later. `release()` throws meanwhile, `release({ wait: true })` waits.
     *
     * Only that object counts: a slice of it, or another array over its ArrayBuffer, does not pin.
     *
     * @returns a Buffer of `nbytes` bytes
     * @throws BufferError `ERR_RELEASED` when the memory is gone
     * @example
     * socket.write(memory.lend());
     * await memory.release({ wait: true });
     */
    lend(): Buffer;
  }
}

interface Loan {
  readonly id: number;
  readonly loan: number;
}

/** Holds numbers only: a reference from here to the object would keep it alive forever. */
const loans = new FinalizationRegistry<Loan>(({ id, loan }) => {
  binding.endLoan(id, loan);
});

/**
 * Pins memory until an object over it has been collected, under a holder named after the object: `lent Buffer`.
 *
 * @param object - the array, Buffer, DataView or ArrayBuffer that is handed out
 * @returns that object
 * @throws BufferError `ERR_RELEASED` when the memory is gone
 * @internal
 */
export function lend<T extends ArrayBufferView | ArrayBuffer>(memory: NativeMemory, object: T): T {
  const id = blockOf(memory);
  const loan = memory.released ? 0 : binding.lend(id, `lent ${classNameOf(object)}`);
  if (loan === 0) throw bufferError('ERR_RELEASED', 'lend: the memory is released');
  loans.register(object, { id, loan });
  return object;
}

const tagOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

function classNameOf(object: ArrayBufferView | ArrayBuffer): string {
  if (Buffer.isBuffer(object)) return 'Buffer';
  if (types.isTypedArray(object) && tagOf !== undefined) return String(Reflect.apply(tagOf, object, []));
  return types.isDataView(object) ? 'DataView' : 'ArrayBuffer';
}

function bufferOverMemory(memory: NativeMemory): Buffer {
  const buffer = exposedBuffer(memory);
  try {
    return Buffer.from(buffer, 0, memory.nbytes);
  } catch {
    // Memory of an arena, and memory of no bytes, does not end with its ArrayBuffer.
    const expected = 'expected one that is attached; lend a copy() of its view';
    throw bufferError(
      'ERR_RELEASED',
      `lend: other code has moved the memory's ArrayBuffer away, ${expected}`,
    );
  }
}

Object.defineProperty(NativeMemory.prototype, 'lend', {
  value: function lendBuffer(this: NativeMemory): Buffer {
    if (this.released) throw bufferError('ERR_RELEASED', 'lend: the memory is released');
    return lend(this, bufferOverMemory(this));
  },
  writable: true,
  configurable: true,
});
