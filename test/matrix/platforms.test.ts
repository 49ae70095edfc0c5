/** The runs on other platforms retry workers that an emulator starts too slowly. */
import { expect, test } from 'vitest';
import { type PlatformResult, started } from './platforms.mjs';

type Counted = Omit<PlatformResult, 'emulator'>;

const counted = (passed: number, ...messages: string[]): Counted => ({
  runtime: { name: 'Node', version: '22.0.0' },
  areas: { format: { passed, failed: 0, skipped: 0 } },
  skipped: [],
  failures: messages.map((message) => ({ test: 'outside of any test', message })),
});
const lost = (...files: string[]): string =>
  `[vitest-pool]: Failed to start threads worker for test files ${files.join(', ')}.`;

test('files whose worker did not start are run again, and their counts added', () => {
  const asked: (readonly string[])[] = [];
  const answers = [
    counted(5, lost('/s/a.test.ts', '/s/b.test.ts'), 'other'),
    counted(2, lost('/s/b.test.ts')),
    counted(3),
  ];
  const result = started(
    (files) => {
      asked.push(files);
      return answers[asked.length - 1]!;
    },
    ['test/format'],
  );
  expect(asked).toEqual([['test/format'], ['/s/a.test.ts', '/s/b.test.ts'], ['/s/b.test.ts']]);
  expect(result.areas.format?.passed).toBe(10);
  expect(result.failures.map(({ message }) => message)).toEqual(['other']);
});

test('a worker that never starts is a failure after the third time', () => {
  let runs = 0;
  const result = started(() => {
    runs++;
    return counted(0, lost('/s/a.test.ts'));
  }, []);
  expect(runs).toBe(3);
  expect(result.failures).toHaveLength(1);
});
