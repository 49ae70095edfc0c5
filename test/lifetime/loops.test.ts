/** The resident memory of a synchronous loop, and the memory that a release leaves behind. */
import { expect, test } from 'vitest';
import { leaveOutOnWindows } from '../posix.js';
import { simulated } from '../refusal.js';
import { runScenario, staleLengths } from './child.js';

/** A sanitizer's own shadow of each address ever touched stays resident, so sizes say nothing there. */
const sized = test.skipIf(process.env.MEMORYVIEW_SANITIZED === '1');

sized('6,000 × 1 MiB dropped in one synchronous loop stays under 300 MB', () => {
  const { status, answer, output } = runScenario('drop-loop');
  expect(status, output).toBe(0);
  expect(answer?.peak).toBeLessThan(300);
});

sized(
  '6,000 × 1 MiB released in one synchronous loop stays under 150 MB, and empties each TypedArray',
  () => {
    const { status, answer, output } = runScenario('release-loop');
    expect(status, output).toBe(0);
    expect(answer?.peak).toBeLessThan(150);
    expect(answer?.unreadable).toBe(6000);
    if (!staleLengths(process.versions.v8)) expect(answer?.empty).toBe(6000);
  },
);

test('memory that is released while zlib compresses it does not crash the process', () => {
  const { status, answer, output } = runScenario('gzip-in-flight');
  expect(status, output).toBe(0);
  expect(answer?.finished).toBe(8);
});

test('a TypedArray over released memory has length 0', () => {
  const { status, answer, output } = runScenario('detached');
  expect(status, output).toBe(0);
  expect(answer?.released).toBe(0);
  expect(answer?.ended).toBe(answer?.moved !== null);
});

sized(
  'a turn that hands out 2 GiB of ArrayBuffers and drops them is warned once, and gets it all back afterwards',
  () => {
    const { status, answer, output } = runScenario('exposed-loop', [], { env: { NODE_NO_WARNINGS: '1' } });
    expect(status, output).toBe(0);
    expect(answer?.left).toBe(0);
    expect(answer?.warnings).toMatchObject([{ message: expect.stringMatching(/1 GiB.*release\(\).*using/) }]);
  },
);

test('memory that a byte stream or a BYOB read has moved keeps its bytes while the turn goes on allocating', () => {
  const { status, answer, output } = runScenario('moved', ['stream', 'byob']);
  expect(status, output).toBe(0);
  expect(answer).toEqual({ kept: 960, lost: {}, unsupported: [], left: 0 });
});

/** Memory of the engine's own ends with its environment, whatever refers to it. */
const external = test.skipIf(simulated);

external(
  'a worker that ends keeps another library’s memory that was handed out, and gives all other back',
  (context) => {
    leaveOutOnWindows(context, 'the memory comes from mmap');
    const { status, answer, output } = runScenario('moved-foreign');
    expect(status, output).toBe(0);
    expect(answer).toMatchObject({ mapped: 4, keptBlocks: 4, keptBytes: 4, blocks: 0 });
  },
);

external(
  'addresses stay mapped after a worker for memory that was handed out only, and join each other',
  () => {
    const { status, answer, output } = runScenario('ending-workers', ['4', '100', '65536', 'half']);
    expect(status, output).toBe(0);
    expect(answer).toMatchObject({ keptBlocks: 200, keptBytes: 200 * 65536 });
    expect(answer?.grown).toBeLessThan(150);
  },
);
