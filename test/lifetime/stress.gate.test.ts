/** A short run of the worker stress; `node --expose-gc test/lifetime/stress.mjs 60` is the long one. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

function runScript(
  name: string,
  ...args: string[]
): { status: number | null; output: string; answer: unknown } {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const ran = spawnSync(process.execPath, ['--expose-gc', script, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const line = ran.stdout.trim().split('\n').at(-1) ?? '';
  return {
    status: ran.status,
    output: ran.stdout + ran.stderr,
    answer: line.startsWith('{') ? JSON.parse(line) : null,
  };
}

test('workers that share, release, drop and die at random leave an empty ledger', () => {
  const { status, output, answer } = runScript('stress.mjs', '6', '4');
  expect(status, output).toBe(0);
  expect(answer, output).toMatchObject({
    faults: [],
    blocks: 0,
    bytes: 0,
    pinned: 0,
    inFlight: 0,
    retiredBytes: 0,
  });
});

test('allocating, viewing, releasing and dropping in mixed sizes comes back to nothing', () => {
  const { status, output, answer } = runScript('soak.mjs', '6');
  expect(status, output).toBe(0);
  expect(answer, output).toMatchObject({ blocks: 0, bytes: 0, pinned: 0, inFlight: 0 });
});
