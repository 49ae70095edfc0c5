/** What a synchronous loop costs in resident memory, and what release leaves behind. */
import { expect, test } from 'vitest';
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

test('memory that is released while zlib compresses it crashes nobody', () => {
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
