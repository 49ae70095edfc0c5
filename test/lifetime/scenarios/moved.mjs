// ArrayBuffers that code outside of the library has moved keep their bytes, whatever moved them, whenever in the turn, and whatever
// is allocated in the same turn. Arguments: the ways to move (all by default).
import { account, allocate, answer, settle } from './library.mjs';

const transfer = ArrayBuffer.prototype.transfer;

/** Each takes arrays over native memory, and returns arrays over the same bytes in other ArrayBuffers. */
const WAYS = {
  stream: async (arrays) => read(new ReadableStream(source(arrays), { highWaterMark: 2 ** 31 }).getReader()),
  byob: async (arrays) => {
    let at = 0;
    const fill = (controller) => {
      const { byobRequest } = controller;
      byobRequest.view.set([at + 1, at + 1], 1);
      byobRequest.respond(byobRequest.view.byteLength);
      at += 1;
    };
    const reader = new ReadableStream({ type: 'bytes', pull: fill }).getReader({ mode: 'byob' });
    const moved = [];
    for (const array of arrays) moved.push((await reader.read(array)).value);
    return moved;
  },
  transfer: (arrays) => arrays.map((array) => new Uint8Array(transfer.call(array.buffer))),
  clone: (arrays) => arrays.map((array) => structuredClone(array, { transfer: [array.buffer] })),
  post: async (arrays) => {
    const { port1, port2 } = new MessageChannel();
    const buffers = arrays.map((array) => array.buffer);
    const received = new Promise((resolve) => {
      port2.onmessage = ({ data }) => resolve(data);
    });
    try {
      port1.postMessage(buffers, buffers);
      return (await received).map((buffer) => new Uint8Array(buffer));
    } finally {
      // An open port would keep the process alive where the runtime refuses the message.
      port1.close();
      port2.close();
    }
  },
};

function source(arrays) {
  return {
    type: 'bytes',
    start(controller) {
      for (const array of arrays) controller.enqueue(array);
      controller.close();
    },
  };
}

async function read(reader) {
  const chunks = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return chunks;
}

const BLOCKS = 120;

/** An array over new memory whose NativeMemory is dropped; byte 5 and the last say which one it is. */
function filled(nbytes, i) {
  const array = new Uint8Array(allocate(nbytes).buffer);
  array[5] = i + 1;
  array[nbytes - 1] = i + 1;
  return array;
}

/** What makes the library look for dead ArrayBuffers, and hands freed slots out again. */
function allocateMore(nbytes) {
  for (let i = 0; i < 96; i++)
    allocate(1 << 20)
      .view()
      .fill(255);
  for (let i = 0; i < 500; i++)
    allocate(nbytes % 4096)
      .view()
      .fill(255);
}

/** `late`: at the end of a turn that allocates; else each right after it was filled and something else was allocated. */
async function movedBy(move, nbytes, late) {
  const moved = [];
  if (late) {
    const arrays = Array.from({ length: BLOCKS }, (_, i) => filled(nbytes, i));
    allocateMore(nbytes);
    moved.push(move(arrays));
  } else {
    for (let i = 0; i < BLOCKS; i++) {
      const array = filled(nbytes, i);
      allocate(64);
      moved.push(move([array]));
    }
  }
  allocateMore(nbytes);
  globalThis.gc?.();
  globalThis.Bun?.gc(true);
  allocateMore(nbytes);
  return (await Promise.all(moved)).flat();
}

const wanted = process.argv.slice(2);
const lost = {};
let kept = 0;

async function countLost(name, nbytes, late) {
  const arrays = await movedBy(WAYS[name], nbytes, late);
  await settle(2);
  allocateMore(nbytes);
  const intact = arrays.filter((array, i) => array[5] === i + 1 && array[nbytes - 1] === i + 1).length;
  kept += intact;
  if (intact < BLOCKS) lost[`${name} ${nbytes}${late ? ' late' : ''}`] = BLOCKS - intact;
}

const unsupported = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(WAYS)) {
  try {
    if (name === 'transfer' && transfer === undefined) throw new TypeError('not in this runtime');
    for (const nbytes of [700, 1 << 20]) {
      for (const late of [false, true]) await countLost(name, nbytes, late);
    }
  } catch (error) {
    // Runtimes refuse some of these ways for external ArrayBuffers.
    if (error.name !== 'DataCloneError' && !(error instanceof TypeError)) throw error;
    unsupported.push(name);
  }
}
// Finalizers of the moved ArrayBuffers take a few turns.
for (let turn = 0; turn < 100 && account.stats().blocks !== 0; turn++) await settle(1);
answer({ kept, lost, unsupported, left: account.stats().blocks });
