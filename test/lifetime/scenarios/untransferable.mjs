// An ArrayBuffer that was marked untransferable cannot be detached on newer runtimes: release refuses and changes nothing, where
// Node-API's own detach would abort the process (F10). Node 24 and later abort by themselves where such an ArrayBuffer is alive when
// the environment is torn down (they detach every external one then), which process.exit leaves out.
import { markAsUntransferable } from 'node:worker_threads';
import { allocate, answer } from './library.mjs';

const memory = allocate(1 << 20, { label: 'marked' });
const bytes = new Uint8Array(memory.buffer).fill(5);
markAsUntransferable(memory.buffer);
let code = null;
try {
  memory.release();
} catch (error) {
  code = error.code;
}
answer({ code, released: memory.released, length: bytes.length, first: bytes[0] ?? null });
process.exit(0);
