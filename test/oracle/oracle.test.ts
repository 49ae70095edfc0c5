/**
 * Random structures against the real CPython and numpy. The environment lengthens a run, as the gate does, and replays one:
 * `ORACLE_SEED`, `ORACLE_CASES`, `ORACLE_SECONDS` (see fuzz.mjs).
 */
import { describe, expect, it } from 'vitest';
import { findPython } from './ask.js';
import { RULES, runBatch } from './differences.js';

const { env } = process;
const seed = Number(env.ORACLE_SEED ?? Date.now() % 1_000_000_007);
const least = Number(env.ORACLE_CASES ?? 4000);
const seconds = Number(env.ORACLE_SECONDS ?? 0);
const BATCH = 4000;
const MAX_SHOWN = Number(env.ORACLE_SHOWN ?? 12);

const python = findPython();
const name = 'random structures come to what CPython and numpy make of them';

describe('the oracle', () => {
  if (python === null && env.CI !== 'true') {
    it(`is not asked: no python3 with numpy was found (skipped: ${name})`, () => {
      expect(python).toBeNull();
    });
    return;
  }

  it(name, { timeout: 600_000 + seconds * 2000 }, async () => {
    expect(python, 'python3 with numpy is needed here').not.toBeNull();
    const byRule = new Map<string, number>();
    const differences: string[] = [];
    const started = Date.now();
    process.stdout.write(`\n${python!.versions}, seed ${seed}\n`);
    let done = 0;
    while (done < least || Date.now() - started < seconds * 1000) {
      const batch = await runBatch(python!.command, seed, done, done + BATCH);
      done += batch.cases;
      differences.push(...batch.differences);
      for (const [rule, count] of batch.byRule) byRule.set(rule, (byRule.get(rule) ?? 0) + count);
      if (differences.length >= MAX_SHOWN) break;
    }
    const rules = [...byRule].map(([rule, count]) => `${count} ${rule} (${RULES[rule]})`).join('; ');
    process.stdout.write(
      `\n${python!.versions}: ${done} cases, seed ${seed}; not compared: ${rules || 'none'}\n`,
    );
    const shown = differences.slice(0, MAX_SHOWN).join('\n');
    expect(
      differences.length,
      `${differences.length} of ${done} differ, ORACLE_SEED=${seed}:\n${shown}\n`,
    ).toBe(0);
  });
});
