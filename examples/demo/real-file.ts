/** The file of steps 4 to 6: the running Node binary, about 100 MB, read into native memory. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { allocate, type NativeMemory } from 'memoryview';

const MAX_AT_ONCE = 2 ** 30;

/** Reads the file of this process into native memory, without a Buffer in between. */
export function readRunningBinary(): NativeMemory {
  const file = openSync(process.execPath, 'r');
  try {
    const { size } = fstatSync(file);
    const memory = allocate(size, { zero: false, label: process.execPath });
    const bytes = new Uint8Array(memory.buffer);
    for (let at = 0; at < size; ) {
      const count = readSync(file, bytes, at, Math.min(size - at, MAX_AT_ONCE), at);
      if (count === 0) throw new Error(`${process.execPath} ended after ${at} of ${size} bytes`);
      at += count;
    }
    return memory;
  } finally {
    closeSync(file);
  }
}
