// Many small blocks die while the program runs on. Deno ends their backing stores on a thread of V8's, in the middle of collections.
import { account, allocate, answer, settle } from './library.mjs';

let garbage = [];
for (let round = 0; round < 1000; round++) {
  for (let i = 0; i < 100; i++) allocate(256);
  for (let i = 0; i < 1000; i++) garbage.push({ i });
  if (garbage.length > 20_000) garbage = [];
  if (round % 10 === 0) globalThis.gc?.();
}
await settle();
answer({ left: account.stats().blocks });
