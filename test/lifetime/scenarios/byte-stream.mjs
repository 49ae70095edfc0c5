// A byte stream moves the ArrayBuffer of each chunk into one of its own, and the memory object is dropped: its bytes must stay.
import { allocate, answer } from './library.mjs';

const CHUNKS = 200;
let made = 0;
const stream = new ReadableStream({
  type: 'bytes',
  start(controller) {
    // Many at once, in one turn of the event loop; the rest as they are asked for.
    for (let i = 0; i < CHUNKS / 2; i++) enqueue(controller);
  },
  pull(controller) {
    enqueue(controller);
    if (made === CHUNKS) controller.close();
  },
});

function enqueue(controller) {
  const bytes = new Uint8Array(allocate(1 << 20).buffer);
  controller.enqueue(bytes.fill((made++ % 250) + 1));
}

const chunks = [];
for (const reader = stream.getReader(); ; ) {
  const { done, value } = await reader.read();
  if (done) break;
  chunks.push(value);
}
let intact = 0;
let expected = 0;
for (const chunk of chunks) {
  const byte = (expected++ % 250) + 1;
  if (chunk.length === 1 << 20 && chunk[0] === byte && chunk.at(-1) === byte && chunk[5000] === byte)
    intact++;
}
answer({ chunks: chunks.length, intact });
