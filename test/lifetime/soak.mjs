// A soak: allocate, view, release and drop in mixed sizes (64 B to 256 MiB), sync and async, with GC at will. The resident size
// after a fifth of the time and at the end should not differ. Usage: node --expose-gc test/lifetime/soak.mjs [seconds] [seed]
import { Arena, account, allocate, answer, peakMiB, residentMiB, settle } from './scenarios/library.mjs';

const [seconds = '600', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
console.error(`seed ${seed}`);
let state = Number(seed) >>> 0;
const random = (bound) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 4_294_967_296) * bound);
};

/** Sizes by their frequency: many small ones, now and then a very large one. */
const size = () => {
  const roll = random(1000);
  if (roll < 700) return 64 << random(9);
  if (roll < 950) return random(1 << 20);
  if (roll < 998) return random(16 << 20);
  return 256 << 20;
};

const kept = [];
let count = 0;

function step() {
  const memory = allocate(size(), { zero: random(2) === 0 });
  count++;
  const bytes = new Uint8Array(memory.buffer);
  bytes[0] = 1;
  for (let at = 0; at < bytes.length; at += 65_536) bytes[at] = 1;
  if (memory.nbytes < 1 << 20 && random(4) === 0) kept.push(memory);
  else if (random(3) > 0) memory.release();
  if (kept.length > 200) kept.splice(random(200), 1)[0].release();
  if (kept.length > 150) kept.splice(random(150), 1);
  if (random(50) === 0) {
    const arena = new Arena();
    for (let i = 0; i < 20; i++) arena.allocate(random(5000));
    if (random(2) === 0) arena.release();
  }
  if (random(40) === 0) memory.released || memory.borrow(() => Promise.resolve());
}

/** Between samples (ms). What lives differs from one to the next by more than the bar: so medians of many. */
const INTERVAL = 2500;
const start = Date.now();
const total = Number(seconds) * 1000;
const inUse = [];
const samples = [];
let next = 0;
while (Date.now() - start < total) {
  // Sometimes a long stretch without a turn of the event loop.
  const stretch = random(20) === 0 ? 2000 : 50;
  for (let i = 0; i < stretch; i++) step();
  await (random(2) === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(resolve)));
  if (Date.now() - start >= next) {
    // Both are after a collection: as it is in use, and with nothing kept or cached, where only a leak can grow.
    await settle(3);
    inUse.push(residentMiB());
    kept.length = 0;
    await settle(3);
    account.reclaim();
    samples.push(residentMiB());
    next += Math.min(INTERVAL, total / 50);
  }
}
kept.length = 0;
await settle();
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const early = (list) => median(list.slice(0.2 * list.length, 0.3 * list.length));
const late = (list) => median(list.slice(0.9 * list.length));
const growthOf = (list) => Number((late(list) / early(list) - 1).toFixed(4));
const { blocks, bytes, pinned, inFlight, retiredBytes } = account.stats();
answer({
  count,
  early: Math.round(early(samples)),
  late: Math.round(late(samples)),
  growth: growthOf(samples),
  growthInUse: growthOf(inUse),
  peak: Math.round(peakMiB()),
  blocks,
  bytes,
  pinned,
  inFlight,
  retiredBytes,
});
