// A TypedArray over memory that was released, or detached by other means, is empty; who attaches it sees its bytes again.
import { allocate, answer, attach } from './library.mjs';

const memory = allocate(4096);
const doubles = new Float64Array(memory.buffer);
memory.release();
const other = allocate(4096);
const bytes = new Uint8Array(other.buffer);
const move = ArrayBuffer.prototype.transfer;
const moved = move === undefined ? null : move.call(other.buffer);
let later = null;
let attached = null;
if (moved !== null) {
  new Uint8Array(moved)[7] = 77;
  other.release();
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
  later = new Uint8Array(moved)[7];
  const shared = allocate(4096);
  new Uint8Array(shared.buffer)[7] = 78;
  const handle = shared.share();
  move.call(shared.buffer);
  attached = new Uint8Array(attach(handle).buffer)[7];
}
answer({
  released: doubles.length,
  moved: moved === null ? null : bytes.length,
  later,
  attached,
  ended: other.released,
});
