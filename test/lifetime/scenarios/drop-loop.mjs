// 6,000 × 1 MiB, filled and dropped in one synchronous loop (F1, F11).
import { allocate, answer, peakMiB } from './library.mjs';

for (let i = 0; i < 6000; i++) new Uint8Array(allocate(1 << 20).buffer).fill(i);
answer({ peak: peakMiB() });
