// 6,000 × 1 MiB, filled through views and dropped in one synchronous loop (F1, F11).
import { allocate, answer, peakMiB } from './library.mjs';

for (let i = 0; i < 6000; i++)
  allocate(1 << 20)
    .view()
    .fill(i % 256);
answer({ peak: peakMiB() });
