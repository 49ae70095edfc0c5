/** Another addon's memory is freed exactly once, in whatever order its holders end; the addon's own ledger says so. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildAddon, COMPILING } from './addons.js';

const scenario = fileURLToPath(new URL('./scenarios/ledger.mjs', import.meta.url));
let files: string[] = [];

beforeAll(() => {
  files = [buildAddon('examples/addon-producer/producer.c'), buildAddon('examples/addon-holder/holder.c')];
}, COMPILING);

interface Ended {
  readonly answer: { readonly made: number; readonly freed: number; readonly live: number } | null;
  readonly atExit: string | undefined;
  readonly output: string;
  readonly status: number | null;
}

function run(order: string): Ended {
  const ran = spawnSync(process.execPath, ['--expose-gc', scenario, order, ...files], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 100_000,
  });
  const line = ran.stdout.trim();
  const answer = line.startsWith('{') ? (JSON.parse(line) as Ended['answer']) : null;
  const atExit = /producer: made \d+, freed \d+/.exec(ran.stderr)?.[0];
  return { answer, atExit, output: ran.stdout + ran.stderr, status: ran.status };
}

describe('memory of another addon is freed once', () => {
  test.each([['js-release'], ['producer-first'], ['gc'], ['thread'], ['thread-of-the-producer']])(
    'while the process runs: %s',
    (order) => {
      const { answer, atExit, output, status } = run(order);
      expect(status, output).toBe(0);
      expect(answer, output).toEqual({ made: 20, freed: 20, live: 0 });
      expect(atExit).toBe('producer: made 20, freed 20');
    },
  );

  test.each([['exit'], ['released, then exit']])('when the process ends by itself: %s', (order) => {
    const { atExit, output, status } = run(order);
    expect(status, output).toBe(0);
    expect(atExit, output).toBe('producer: made 20, freed 20');
  });

  test.each([['worker-end'], ['worker-exit'], ['worker-terminate']])('when a worker ends: %s', (order) => {
    const { answer, output, status } = run(order);
    expect(status, output).toBe(0);
    expect(answer?.made, output).toBeGreaterThanOrEqual(60);
    expect(answer?.freed, output).toBe(answer?.made);
    expect(answer?.live, output).toBe(0);
  });
});

test.each([
  ['process-exit', 20],
  ['held at exit', 15],
])('memory is freed at most once when the process is told to exit: %s', (order, most) => {
  const { atExit, output, status } = run(order);
  expect(status, output).toBe(0);
  const freed = Number(/freed (\d+)/.exec(atExit ?? '')?.[1]);
  expect(freed, output).toBeLessThanOrEqual(most);
});
