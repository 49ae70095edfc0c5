/**
 * The API fuzz at a length that suits every run of the tests. The gate makes more calls (`FUZZ_CALLS`), and
 * `npm run fuzz:api -- --calls 1000000` as many as are wanted. `FUZZ_SEED` replays a run.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { simulated } from '../refusal.js';

interface Summary {
  readonly calls: number;
  readonly answered: number;
  readonly complaints: number;
  /** Members of all modules that were never called. */
  readonly never: readonly string[];
  /** The number of calls of a member by their outcome. */
  readonly counts: Record<string, Record<string, number>>;
}

const CALLS = Number(process.env.FUZZ_CALLS ?? 20_000);
/** Calls from which each member is called, and returns at least once. */
const ENOUGH = 100_000;
const seed = process.env.FUZZ_SEED ?? '1';

/**
 * Constructors that always refuse, a ledger that is never empty here, an object that refuses to be an array, and a generator that throws
 * the given error.
 */
const ALWAYS_THROWS =
  /^new (?!Arena|BufferError)|^memory\.assertNone$|^iterator#throw$|^NativeMemory#length$|^PyBuffer#valueOf$/;

/** Members that do not exist, or only refuse, in a runtime without external ArrayBuffers. */
const NEEDS_EXTERNAL =
  /^(?:MappedFile|SharedMemory|DLPackCapsule|Arrow(?!Decimal)[A-Za-z]+)[#.]|^(?:NativeMemory#share|mapFile|wrapPointer|loadNpy|(?:from|to)(?:Arrow|DLPack)|toArrowStream)$/;

test('no argument, however hostile, crashes a call, makes it write before it throws, or draws an error without a code', {
  timeout: 600_000,
}, () => {
  const program = fileURLToPath(new URL('api.mjs', import.meta.url));
  const args = [program, '--json', '--calls', String(CALLS), '--seed', seed];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const lines = stdout.trim().split('\n');
  expect(status, `${lines.slice(0, 40).join('\n')}\n${stderr}`).toBe(0);
  const summary: Summary = JSON.parse(lines.at(-1)!);
  expect(summary.calls).toBeGreaterThanOrEqual(CALLS);
  expect(summary.complaints).toBe(0);
  const isHere = (name: string): boolean => !(simulated && NEEDS_EXTERNAL.test(name));
  // A fuzz whose calls all fail finds nothing.
  expect(summary.answered).toBeGreaterThan(CALLS / 3);
  // Members that few objects have get their turn in the gate's run.
  if (CALLS < ENOUGH) return;
  expect(summary.never.filter(isHere)).toEqual([]);
  const neverAnswered = Object.entries(summary.counts)
    .filter(([name, count]) => !count.answered && !ALWAYS_THROWS.test(name) && isHere(name))
    .map(([name]) => name);
  expect(neverAnswered, 'each of these needs a recipe in recipes.mjs').toEqual([]);
});
