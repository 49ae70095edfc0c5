/**
 * Random calls of everything that the package exports, with hostile arguments, in a process of its own:
 * `node test/fuzz/api.mjs --calls 1000000 --seed 7`; `--round 12 --verbose` repeats
 * one round and tells its calls; with `--calls 10000` also the rounds after it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    calls: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    round: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    counts: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const LONGEST_SILENCE = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'memoryview-fuzz-'));
const progress = join(folder, 'progress');
const child = spawn(
  process.execPath,
  [
    '--expose-gc',
    fileURLToPath(new URL('child.mjs', import.meta.url)),
    '--calls',
    values.calls ?? (values.round === undefined ? '100000' : '1'),
    '--seed',
    values.seed,
    '--progress',
    progress,
    ...(values.round === undefined ? [] : ['--round', values.round]),
    ...(values.verbose ? ['--verbose'] : []),
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);

const watch = setInterval(() => {
  try {
    if (Date.now() - statSync(progress).mtimeMs < LONGEST_SILENCE) return;
  } catch {
    return;
  }
  console.log(`no call has ended for ${LONGEST_SILENCE / 1000} s`);
  child.kill('SIGKILL');
}, 1000);

let summary = null;
for await (const line of createInterface({ input: child.stdout })) {
  const parsed = line.startsWith('{') ? JSON.parse(line) : null;
  if (parsed?.summary) summary = parsed;
  else if (parsed !== null) {
    const { seed, round, call, member, complaint } = parsed;
    console.log(`seed ${seed} round ${round} call ${call}: ${member}: ${complaint}\n`);
  } else console.log(line);
}
const { status, signal } = await new Promise((resolve) => {
  if (child.exitCode !== null || child.signalCode !== null)
    resolve({ status: child.exitCode, signal: child.signalCode });
  else child.on('exit', (code, name) => resolve({ status: code, signal: name }));
});
clearInterval(watch);

if (summary === null) {
  const last = readFileSync(progress, 'utf8').trim();
  console.log(`the process ended with status ${status}, signal ${signal}; its last call: ${last}`);
} else {
  const { counts, ...rest } = summary;
  if (values.counts)
    for (const [name, count] of Object.entries(counts)) console.log(name, JSON.stringify(count));
  console.log(JSON.stringify(values.json ? summary : rest));
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = summary === null ? 1 : (status ?? 1);
