/**
 * The addon's loops on each path that the environment can force: as on a processor without vector shuffles (`MEMORYVIEW_CPU=baseline`), and
 * with every copy past the caches and with none (`MEMORYVIEW_STREAM_FROM`). All give the results of the loops in TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('./kernel-paths.mjs', import.meta.url));

function results(forced: Record<string, string>): unknown {
  const env = { ...process.env, NODE_OPTIONS: '', ...forced };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

const expected = results({ MEMORYVIEW_ENGINE: 'javascript' });

it.each([
  { MEMORYVIEW_CPU: '' },
  { MEMORYVIEW_CPU: 'baseline' },
  { MEMORYVIEW_STREAM_FROM: '0' },
  { MEMORYVIEW_STREAM_FROM: '0', MEMORYVIEW_CPU: 'baseline' },
  { MEMORYVIEW_STREAM_FROM: '1000000000000' },
])('copies, compares and finds what the loops in TypeScript do, with %j', (forced) => {
  expect(results(forced)).toEqual({
    ...(expected as object),
    engine: process.env.MEMORYVIEW_ENGINE === 'javascript' ? 'javascript' : 'native',
  });
});
