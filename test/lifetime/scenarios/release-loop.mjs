// 6,000 × 1 MiB, filled and released in one synchronous loop (F1).
import { allocate, answer, peakMiB } from './library.mjs';

let empty = 0;
let unreadable = 0;
for (let i = 0; i < 6000; i++) {
  const memory = allocate(1 << 20);
  const bytes = new Uint8Array(memory.buffer).fill(i);
  memory.release();
  if (bytes.length === 0) empty++;
  if (bytes[0] === undefined) unreadable++;
}
answer({ peak: peakMiB(), empty, unreadable, v8: process.versions.v8 });
