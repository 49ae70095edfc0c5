/**
 * The conformance vectors against the public API, one test a group. The table of counts is printed at the end.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { RULES, ruleOf } from './rules.js';
import { difference } from './score.js';
import { readVectors, type Vector, vectorsByGroup } from './vectors.js';

declare module 'vitest' {
  interface TaskMeta {
    /** The number of vectors of a test, for the matrix. */
    vectors?: Count;
  }
}

interface Count {
  passed: number;
  failed: number;
  excluded: number;
}

const vectors = readVectors();
const groups = vectorsByGroup(vectors);
const counts = new Map<string, Count>();
const excludedBy = new Map<string, number>();
const MAX_SHOWN = 5;

async function runGroup(group: string, members: readonly Vector[]): Promise<string[]> {
  const count: Count = { passed: 0, failed: 0, excluded: 0 };
  const failures: string[] = [];
  counts.set(group, count);
  for (const vector of members) {
    const rule = ruleOf(vector);
    if (rule !== null) {
      count.excluded++;
      excludedBy.set(rule.name, (excludedBy.get(rule.name) ?? 0) + 1);
      continue;
    }
    const text = await difference(vector);
    if (text === null) count.passed++;
    else {
      count.failed++;
      failures.push(text);
    }
  }
  return failures;
}

describe('the conformance vectors', () => {
  it.for([...groups.keys()])('pass in group %s', async (group, { task }) => {
    const failures = await runGroup(group, groups.get(group)!);
    task.meta.vectors = counts.get(group)!;
    const shown = failures.slice(0, MAX_SHOWN).join('\n');
    expect(failures.length, `${failures.length} of ${groups.get(group)!.length} differ:\n${shown}\n`).toBe(0);
  });

  it('are left out by named rules only, and less than 4 % of them', () => {
    const left = vectors.filter((vector) => ruleOf(vector) !== null);
    expect(vectors.length).toBeGreaterThan(5000);
    expect(left.length / vectors.length).toBeLessThan(0.04);
  });

  it('leave no rule without a reason', () => {
    for (const { name, reason } of RULES) expect(`${name}: ${reason}`).toMatch(/^.+: .{20,}/);
  });

  afterAll(() => {
    const rows = [...counts].map(([group, { passed, failed, excluded }]) => [
      group,
      passed,
      failed,
      excluded,
    ]);
    const sum = (column: number): number => rows.reduce((total, row) => total + Number(row[column]), 0);
    const line = (cells: readonly unknown[]): string =>
      `${String(cells[0]).padEnd(18)}${cells
        .slice(1)
        .map((cell) => String(cell).padStart(9))
        .join('')}`;
    const table = [
      ['group', 'passed', 'failed', 'excluded'],
      ...rows,
      ['in all', sum(1), sum(2), sum(3)],
    ].map(line);
    const rules = RULES.map(({ name, reason }) => `${line([name, excludedBy.get(name) ?? 0])}  ${reason}`);
    process.stdout.write(`\n${table.join('\n')}\n\nexcluded by rule\n${rules.join('\n')}\n`);
  });
});
