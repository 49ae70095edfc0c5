// A worker that stops after each step with an arena, until the thread that counts its memory has seen it.
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { Arena } from './library.mjs';

const arena = new Arena({ slabBytes: 16_384 });
const kept = [];

async function step(name, work) {
  work();
  parentPort.postMessage(name);
  await once(parentPort, 'message');
}

await step('one', () => kept.push(arena.allocate(64)));
await step('two', () => kept.push(arena.zeros(100, 'B')));
await step('many', () => {
  for (let i = 0; i < 300; i++) kept.push(arena.allocate(3));
});
await step('reset', () => arena.reset());
// This one ends with the thread.
await step('end', () => kept.push(arena.allocate(8)));
