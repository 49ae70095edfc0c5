/**
 * Times one operation against its peers in one process. The samples of all sides are interleaved, so that other load on the machine affects
 * all of them alike, and medians are compared. Python runs in a process of its own that waits between its samples.
 */
import { fork, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { streamOf } from './stream.js';

export const quick = process.argv.includes('--quick');
const SAMPLES = quick ? 7 : 21;
const SAMPLE_MS = quick ? 2 : 6;
const WARM_MS = quick ? 60 : 250;
// A slow question stops early, but takes at least this many samples.
const FEWEST = 5;
const LONGEST_MS = quick ? 1500 : 8000;

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {number | null} bar - ours divided by the peer's must not exceed it; null where the peer is shown only
 * @property {(n: number) => unknown} [run] - does the work n times
 * @property {() => Promise<number>} [sample] - does it some times and returns the seconds of one
 * @property {{ setup: string, run: string }} [python] - statements for CPython; numpy is `np`
 */

const results = [];

/**
 * Times our side against each peer.
 *
 * @param {string | number} row
 * @param {string} work
 * @param {((n: number) => unknown) | Omit<Peer, 'name' | 'bar'>} ours
 * @param {Peer[]} peers
 * @param {{ bytes?: number }} [moved] - the bytes that our side reads and writes, which the same run's STREAM copy moves too
 * @returns the medians in seconds, ours first
 */
export async function compare(row, work, ours, peers, { bytes } = {}) {
  const sides = [];
  const first = typeof ours === 'function' ? { run: ours } : ours;
  for (const side of [first, ...peers]) {
    if (side.sample !== undefined) sides.push({ sample: side.sample });
    else sides.push(side.python === undefined ? inProcess(side) : await inPython(side));
  }
  if (bytes !== undefined) sides.push(await streamOf(bytes, SAMPLE_MS));
  for (const side of sides) await side.warm?.();
  const samples = sides.map(() => []);
  const end = performance.now() + LONGEST_MS;
  for (let s = 0; s < SAMPLES && (s < FEWEST || performance.now() < end); s++) {
    // In random order: garbage collections are periodic, and would otherwise all fall on one side.
    for (const k of shuffled(sides.length)) samples[k].push(await sides[k].sample());
  }
  const medians = samples.map(median);
  report(
    row,
    work,
    medians[0],
    peers.map(({ name, bar }, i) => ({ name, bar, seconds: medians[i + 1] })),
  );
  if (bytes !== undefined) results.at(-1).streamSeconds = medians.at(-1);
  for (const side of sides) await side.end?.();
  return medians;
}

/** The numbers below `count` in a random order. */
function shuffled(count) {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A side that another process measures: `file` of this folder answers each message with the seconds of one run. */
export function inChild(file, argument, options) {
  const child = fork(new URL(file, import.meta.url), [argument], options);
  return {
    sample: () =>
      new Promise((resolve) => {
        child.once('message', resolve);
        child.send('go');
      }),
    end: () => child.disconnect(),
  };
}

/** Reports figures that were measured otherwise; `unit` names what they count. */
export function report(row, work, ours, peers, unit = 's') {
  const against = peers.map(({ name, bar, seconds }) => {
    const ratio = seconds === null ? null : ours / seconds;
    return { name, bar, value: seconds, ratio, met: bar === null || ratio === null ? null : ratio <= bar };
  });
  results.push({ row, work, unit, ours, against });
}

/** Reports a figure that has a bar of its own. */
export function reportLimit(row, work, value, limit, unit) {
  const against = [
    { name: `at most ${limit} ${unit}`, bar: 1, value: limit, ratio: value / limit, met: value <= limit },
  ];
  results.push({ row, work, unit, ours: value, against });
}

export function median(values) {
  const sorted = values.slice().sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** What was reported so far. */
export function reported() {
  return results;
}

/** A peer whose package may be missing, because it does not install everywhere. */
export function optional(name) {
  try {
    return createRequire(import.meta.url)(name);
  } catch {
    return null;
  }
}

function timed(run, n) {
  const start = process.hrtime.bigint();
  run(n);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function inProcess({ run }) {
  let n = 1;
  return {
    warm: () => {
      const end = performance.now() + WARM_MS;
      let seconds = timed(run, n);
      while (performance.now() < end) {
        if (seconds * 1e3 < SAMPLE_MS)
          n = Math.ceil(n * Math.min(10, Math.max(1.2, SAMPLE_MS / (seconds * 1e3 + 1e-6))));
        seconds = timed(run, n);
      }
      // The optimized code is faster than the code with which the count was found.
      if (seconds > 0) n = Math.max(1, Math.round((n * SAMPLE_MS) / (seconds * 1e3)));
    },
    sample: () => timed(run, n) / n,
  };
}

let python = null;

/** The Python process of this question, started once. */
function pythonProcess() {
  if (python !== null) return python;
  const env = { ...process.env };
  // numpy's linear algebra chooses its kernels by the processor, whatever this machine's settings say.
  delete env.OPENBLAS_CORETYPE;
  const command = process.env.BENCH_PYTHON ?? '/usr/bin/python3';
  const child = spawn(command, [new URL('python_peer.py', import.meta.url).pathname], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.unref();
  python = {
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ended; numpy is needed for this question`);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
  return python;
}

/** Lets the Python process go. */
export function endPython() {
  python?.end();
}

let pythonCases = 0;

async function inPython({ python: code }) {
  const process = pythonProcess();
  const id = pythonCases++;
  await process.ask({ id, ...code, sampleMs: SAMPLE_MS, warmMs: WARM_MS });
  return {
    sample: async () => (await process.ask({ id })).seconds,
    end: () => process.ask({ id, drop: true }),
  };
}
