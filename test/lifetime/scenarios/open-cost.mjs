// What opening a file of 512 MiB costs: the median time in ms of opening and viewing it, and what grows in resident size in MiB.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mapFile } from '../../../dist/index.js';
import { answer, residentMiB, settle } from './library.mjs';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-open-'));
const path = join(folder, 'file');
writeFileSync(path, '');
truncateSync(path, 512 << 20);
const times = [];
let before = 0;
// The first opening loads code and grows the heap; what it adds is not the file's.
for (let i = 0; i < 32; i++) {
  if (i === 1) {
    await settle();
    times.length = 0;
    before = residentMiB();
  }
  const start = performance.now();
  const mapping = mapFile(path);
  const view = mapping.view('d');
  times.push(performance.now() - start);
  if (view.get(view.length - 1) !== 0) throw new Error('not a hole');
  mapping.release();
}
times.sort((a, b) => a - b);
answer({ median: times[15], least: times[0], grown: residentMiB() - before });
rmSync(folder, { recursive: true });
