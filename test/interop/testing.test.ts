/** `memoryview/testing`: the matcher, the assertion, and the hooks that find memory which a test leaves. */
import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { allocate, array, memory, memoryview, zeros } from '../../src/index.js';
import {
  assertViewEqual,
  failOnLeaks,
  matchers,
  toEqualView,
  type ViewMatchers,
} from '../../src/interop/testing.js';

declare module 'vitest' {
  interface Matchers<T> extends ViewMatchers<T> {}
}

expect.extend(matchers);

describe('toEqualView', () => {
  it('passes for the same values in another format and layout', () => {
    const m = array([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(m.T).toEqualView([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(m.slice(0)).toEqualView(new Uint8Array([1, 2, 3]));
    expect(new BigInt64Array([1n, 2n])).toEqualView(new Float32Array([1, 2]));
    expect(zeros([], 'q')).toEqualView(zeros([]));
    expect(m).not.toEqualView([
      [1, 2, 3],
      [4, 5, 7],
    ]);
  });

  it('takes a NaN for a NaN', () => {
    expect(array([1, Number.NaN])).toEqualView([1, Number.NaN]);
    expect(array([1, Number.NaN])).not.toEqualView([1, 2]);
  });

  it('compares records', () => {
    const points = zeros(2, 'T{<I:id:<d:score:}');
    points.set(1, { id: 7, score: Number.NaN });
    expect(points).toEqualView([
      { id: 0, score: 0 },
      { id: 7, score: Number.NaN },
    ]);
  });

  it('names the first difference', () => {
    const message = (received: unknown, expected: unknown): string =>
      toEqualView(received, expected).message();
    expect(
      message(
        array([
          [1, 2],
          [3, 4],
        ]),
        [
          [1, 2],
          [5, 4],
        ],
      ),
    ).toBe('the views differ at [1, 0]: 3, expected 5');
    expect(message(array([1, 2]), [1, 2, 3])).toBe('the view has shape (2,), expected (3,)');
    expect(message(7, [7])).toMatch(/^the value received is not a view \(/);
    expect(message(zeros(1, 'B'), [256])).toMatch(/^the view differs from what was expected: .*256/);
    expect(message(array([1]), [1])).toBe('the views are equal, expected them to differ');
  });

  it('leaves no memory', () => {
    memory.reclaim();
    const before = memory.stats().byKind.heap.blocks;
    const view = memoryview(new Uint8Array([1, 2]));
    expect(view).toEqualView([1, 2]);
    expect(toEqualView(view, [1, 3]).pass).toBe(false);
    expect(memory.stats().byKind.heap.blocks).toBeLessThanOrEqual(before);
  });
});

describe('assertViewEqual', () => {
  it('throws an AssertionError with the first difference, or with the message given', () => {
    assertViewEqual(array([1, 2]), [1, 2]);
    expect(() => assertViewEqual(array([1, 2]), [1, 3])).toThrow(AssertionError);
    expect(() => assertViewEqual(array([1, 2]), [1, 3])).toThrow('the views differ at [1]: 2, expected 3');
    expect(() => assertViewEqual(array([1, 2]), [1, 3], 'no')).toThrow('no');
  });
});

describe('failOnLeaks', () => {
  /** What a runner would do with a test. */
  const running = (body: () => void): void => {
    const hooks: Record<string, () => void> = {};
    failOnLeaks({
      beforeEach: (hook) => {
        hooks.before = hook;
      },
      afterEach: (hook) => {
        hooks.after = hook;
      },
    });
    hooks.before!();
    body();
    hooks.after!();
  };

  it('passes a test that releases what it made, whatever was there before', () => {
    const old = allocate(16);
    running(() => allocate(64).release());
    old.release();
  });

  it('fails a test that leaves memory, and names it', () => {
    let left = allocate(1);
    left.release();
    expect(() => running(() => (left = allocate(64, { label: 'forgotten' })))).toThrow(
      expect.objectContaining({
        code: 'ERR_EXPORTED',
        message: expect.stringMatching(
          /^failOnLeaks: the test left 1 block of native memory \(64 bytes\), expected none; .*\n {2}heap, 64 bytes, "forgotten"/,
        ),
      }),
    );
    left.release();
  });

  it('says which hook it lacks', () => {
    expect(() => failOnLeaks({} as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG',
        message: expect.stringContaining('beforeEach is undefined'),
      }),
    );
  });
});
