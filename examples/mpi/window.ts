/** One-sided communication: memory of one rank that the others write to. */
import { allocate, type MemoryView, type NativeMemory } from 'memoryview';
import { mpi, NO_INFO, TYPES, world } from './library.js';

/** Memory that other ranks write to between two fences. */
export async function exposed(
  memory: NativeMemory,
  use: (put: Put, fence: () => void) => void,
): Promise<void> {
  await memory.borrow(async () => {
    using window = allocate(8);
    const whole = BigInt(memory.nbytes);
    mpi.window(memory.address, whole, 1, NO_INFO, world, window.address);
    const at = window.view('Q').get(0);
    use(
      (from, to, byte) =>
        mpi.put(
          from.address,
          from.length,
          TYPES[from.format]!,
          to,
          BigInt(byte),
          from.length,
          TYPES[from.format]!,
          at,
        ),
      () => mpi.fence(0, at),
    );
    mpi.freeWindow(window.address);
  });
}

/** Writes a dense view into the window of another rank, from a byte of it. */
export type Put = (from: MemoryView, to: number, byte: number) => void;
