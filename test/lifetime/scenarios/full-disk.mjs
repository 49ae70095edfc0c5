// A file system of 1 MiB (the argument) under a sparse mapping of 8 MiB: what does not fit is lost, and flush says so.
import { join } from 'node:path';
import { mapFile } from '../../../dist/index.js';
import { answer } from './library.mjs';

let told = 0;
const path = join(process.argv[2], 'sparse');
const mapping = mapFile(path, { mode: 'w+', length: 8 << 20, onTruncated: () => told++ });
const view = mapping.view();
const whole = mapping.truncated;
view.fill(9);
const result = { whole, truncated: mapping.truncated, nines: view.count(9) };
const codeOf = (error) => ({ code: error.code, syscall: error.syscall, path: error.path === path });
try {
  mapping.flush();
} catch (error) {
  result.flush = codeOf(error);
}
await mapping.flushAsync().catch((error) => {
  result.flushAsync = codeOf(error);
});
await new Promise((next) => setTimeout(next, 50));
answer({ ...result, told });
