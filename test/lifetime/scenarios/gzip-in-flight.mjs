// Core keeps the JS view, not the backing store, while it compresses: memory that is released meanwhile must stay readable (F3).
// All output fits one chunk: for a second one zlib's JS would hand the emptied view in again, which Node itself asserts against.
import { gzip } from 'node:zlib';
import { allocate, answer, settle } from './library.mjs';

const running = [];
let refused = 0;
for (let i = 0; i < 8; i++) {
  const memory = allocate(24 << 20);
  const bytes = new Uint8Array(memory.buffer);
  for (let at = 0; at < bytes.length; at += 64) bytes[at] = at * i;
  running.push(
    new Promise((resolve) => {
      gzip(bytes, { chunkSize: 32 << 20 }, (error, packed) =>
        resolve(error ? error.message : packed.length > 0),
      );
    }),
  );
  try {
    memory.release();
  } catch (error) {
    // Bun holds on to an ArrayBuffer that it works on.
    if (error.code === 'ERR_EXPORTED') refused++;
  }
}
await settle(2);
const results = await Promise.all(running);
await settle();
answer({ finished: results.filter((each) => each === true).length, refused });
