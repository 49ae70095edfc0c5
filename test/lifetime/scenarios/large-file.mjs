// A sparse file of 12 GiB: written and read at 11 GiB through one view where the runtime can, else the error that says how.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mapFile } from '../../../dist/index.js';
import { answer } from './library.mjs';

const GiB = 2 ** 30;
const at = 11 * GiB + 4101;
const folder = mkdtempSync(join(tmpdir(), 'memoryview-large-'));
const path = join(folder, 'sparse');
writeFileSync(path, '');
truncateSync(path, 12 * GiB);
const result = { whole: false };
try {
  const whole = mapFile(path, { mode: 'r+' });
  const view = whole.view();
  view.set(at, 42);
  view.slice([at + 1, at + 3]).fill(43);
  result.whole = view.length === 12 * GiB && view.get(at) === 42 && view.get(-(12 * GiB - at)) === 42;
  result.typed = view
    .slice([at - 5, at + 11])
    .reshape([2, 8])
    .get(0, 5);
  whole.release();
} catch (error) {
  result.code = error.code;
  result.names = /byteOffset and length/.test(error.message);
}
const part = mapFile(path, { mode: 'r+', byteOffset: at - 1, length: 4096 });
part.view().set(0, 41);
part.release();
const read = mapFile(path, { byteOffset: at - 1, length: 2 });
result.part = read.view().get(0);
answer(result);
rmSync(folder, { recursive: true });
