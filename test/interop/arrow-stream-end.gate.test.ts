/** The end of a worker that made a stream which C still holds. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPILING } from './addons.js';
import { libraryFile } from './library.js';

const scenario = fileURLToPath(new URL('./scenarios/stream-worker.mjs', import.meta.url));
const ENDED = '5 the thread of JavaScript has ended';
const RELEASED = '22 the stream is released';
let file: string;

beforeAll(() => {
  file = libraryFile('validate');
}, COMPILING);

describe('a stream whose worker ended, by its return, process.exit, an error or terminate', () => {
  test.each([
    ['moved', { later: ENDED, rest: '0 ' }],
    ['placed', { later: RELEASED, rest: RELEASED }],
    ['copied', { later: RELEASED, rest: RELEASED }],
  ])('answers a pull with a batch or a message, and leaves no memory: %s', (where, { later, rest }) => {
    const ran = spawnSync(process.execPath, ['--expose-gc', scenario, file, where], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: 50_000,
    });
    expect(ran.status, ran.stderr).toBe(0);
    const { answers, ...account } = JSON.parse(ran.stdout) as { answers: Record<string, object> };
    expect(account).toEqual({ blocks: 0, bytes: 0, pinned: 0, inFlight: 0 });
    const { waiting, ...others } = answers;
    // A batch that C has pulled stays readable; of an array moved out, the others do too.
    expect(others).toEqual({
      'array, 0': { [` then ${rest} sum ${where === 'moved' ? 2 : 0}`]: 5 },
      'array, 1': { [`0 then ${rest} sum ${where === 'moved' ? 6 : 2}`]: 5 },
      'generator, 0': { [` then ${later} sum 0`]: 5 },
      'generator, 1': { [`0 then ${later} sum 2`]: 5 },
      'async, 0': { [` then ${later} sum 0`]: 5 },
      'async, 1': { [`0 then ${later} sum 2`]: 5 },
    });
    for (const answer of Object.keys(waiting!))
      expect([`0 ${ENDED}`, `0 ${RELEASED}`, '0 5 the stream is released']).toContain(answer);
  });
});
