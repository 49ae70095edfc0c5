// The process that fuzzes. It prints each complaint as a line of JSON, and a summary at the end. A file contains the current call, so that
// the watching process knows the one that crashed it.
import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { memory } from '../../dist/index.js';
import { GROUND_BLOCKS } from './ground.mjs';
import { stock } from './hostile.mjs';
import { members, Round } from './round.mjs';
import { complaintAbout } from './verdict.mjs';

const { values } = parseArgs({
  options: {
    calls: { type: 'string' },
    seed: { type: 'string' },
    round: { type: 'string' },
    progress: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const wanted = Number(values.calls);
const only = values.round === undefined ? null : Number(values.round);
const CALLS_A_ROUND = 400;
const MAX_COMPLAINTS = 40;
const ROUNDS_BETWEEN_LEDGERS = 25;

const progress = values.progress === undefined ? null : openSync(values.progress, 'w');
const note = Buffer.alloc(128);
const counts = new Map();
const complaints = new Map();
let round = only ?? 0;

function report({ call, member, complaint }) {
  const key = `${member}\n${complaint
    .split('\n')
    .slice(0, 2)
    .join('\n')
    .replace(/[0-9]+/g, '#')}`;
  const known = complaints.get(key);
  if (known !== undefined) {
    known.times++;
    return;
  }
  const made = { seed, round, call, member, complaint, times: 1 };
  complaints.set(key, made);
  console.log(JSON.stringify(made));
}

function before(call, name) {
  if (progress === null) return;
  note.fill(32);
  note.write(`${JSON.stringify({ seed, round, call, member: name })}`);
  writeSync(progress, note, 0, note.length, 0);
}

process.on('unhandledRejection', (error) => {
  // A promise that hostile code dropped may fail in its own way, or as the library says.
  const complaint = complaintAbout(error);
  if (complaint !== null) report({ call: -1, member: 'unhandled rejection', complaint });
});

/** After everything was released the ledger is empty, when garbage is gone. */
async function checkLedger() {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  memory.reclaim();
  const { blocks, bytes, pinned, inFlight } = memory.stats();
  if (pinned + inFlight + blocks > GROUND_BLOCKS) {
    const live = memory.snapshot().slice(0, GROUND_BLOCKS + 2);
    report({
      call: -1,
      member: 'ledger',
      complaint: JSON.stringify({ blocks, bytes, pinned, inFlight, live }),
    });
  }
}

const odd = stock(seed);

/** One round; the number of its calls. A function of its own, so that nothing of the round is alive where the ledger is checked. */
async function played() {
  const current = new Round({ seed, round, odd, report, before, counts, verbose: values.verbose });
  await current.open();
  while (current.calls < CALLS_A_ROUND) current.call();
  await current.end();
  return current.calls;
}

const start = performance.now();
let made = 0;
// Files that a call makes by a relative name land here.
const home = mkdtempSync(join(tmpdir(), 'memoryview-fuzz-'));
process.chdir(home);
try {
  for (; made < wanted && complaints.size < MAX_COMPLAINTS; round++) {
    made += await played();
    if (round % ROUNDS_BETWEEN_LEDGERS === 0 || only !== null) await checkLedger();
  }
  await checkLedger();
} finally {
  process.chdir('/');
  try {
    rmSync(home, { recursive: true, force: true });
  } catch (error) {
    // Windows keeps a file while it is mapped.
    if (process.platform !== 'win32') console.error(error);
  }
}

/** An instance may show members of a subpath's class without the name of the subpath. */
const bare = (name) => name.replace(/\w+\//, '');
const merged = {};
for (const [name, count] of [...counts].sort(([a], [b]) => (bare(a) < bare(b) ? -1 : 1))) {
  merged[bare(name)] ??= { answered: 0 };
  const sum = merged[bare(name)];
  for (const [outcome, times] of Object.entries(count)) sum[outcome] = (sum[outcome] ?? 0) + times;
}
console.log(
  JSON.stringify({
    summary: true,
    seed,
    calls: made,
    answered: Object.values(merged).reduce((sum, count) => sum + count.answered, 0),
    seconds: Math.round((performance.now() - start) / 100) / 10,
    complaints: complaints.size,
    never: members.map(({ name }) => bare(name)).filter((name) => !Object.hasOwn(merged, name)),
    counts: merged,
  }),
);
process.exitCode = complaints.size === 0 ? 0 : 1;
