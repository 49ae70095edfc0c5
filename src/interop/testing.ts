/**
 * For tests of programs that use views, `memoryview/testing`: a matcher for Vitest and Jest, an assertion for `node:test`, and hooks that
 * fail a test which leaves native memory. Values are compared as `equals` compares them, but a NaN equals a NaN.
 *
 * @module memoryview/testing
 */
import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { readProperty, readString } from '../arguments.js';
import { bufferError, shown, typeError } from '../errors.js';
import { type LiveBlock, memory } from '../memory/accounting.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/memory-view.js';
import { array } from '../view/new-memory.js';
import '../view/owner-methods.js';

/** The result of a matcher for Vitest and Jest. */
export interface MatcherResult {
  /** Whether the views are equal. */
  readonly pass: boolean;
  /** Says what differs, for a failed test; or that nothing does, for one with `.not`. */
  readonly message: () => string;
  /** The values that were given, as arrays. */
  readonly actual?: unknown;
  /** The values that were expected, as arrays. */
  readonly expected?: unknown;
}

/**
 * The matchers, for the types of a test runner:
 * `declare module 'vitest' { interface Matchers<T> extends ViewMatchers<T> {} }`.
 */
export interface ViewMatchers<R = unknown> {
  /**
   * Passes for a view of the same shape and values; formats and layouts may differ.
   *
   * @param expected - an exporter, or nested arrays
   */
  toEqualView(expected: Exporter | readonly unknown[]): R;
}

/**
 * Compares two views by shape and values: the matcher of that name.
 *
 * @param received - an exporter
 * @param expected - an exporter, or nested arrays of the values that the received view's format would hold
 * @example
 * expect.extend({ toEqualView });
 * expect(view.T).toEqualView([[1, 4], [2, 5]]);
 */
export function toEqualView(received: unknown, expected: unknown): MatcherResult {
  const difference = differenceOf(received, expected);
  if (difference !== null) return { pass: false, message: () => difference, actual: received, expected };
  return { pass: true, message: () => 'the views are equal, expected them to differ' };
}

/** All matchers, for `expect.extend`. */
export const matchers: { readonly toEqualView: typeof toEqualView } = Object.freeze({ toEqualView });

/**
 * Asserts that two views have the same shape and values, for `node:test` and any other runner.
 *
 * @param actual - an exporter
 * @param expected - an exporter, or nested arrays of values
 * @param message - in place of the one that names the first difference
 * @throws AssertionError where they differ; TypeError `ERR_INVALID_ARG` for a message that is no string
 */
export function assertViewEqual(actual: unknown, expected: unknown, message?: string): void {
  const told = message === undefined ? null : readString('assertViewEqual: message', message);
  const difference = differenceOf(actual, expected);
  if (difference === null) return;
  throw new AssertionError({
    message: told ?? difference,
    actual,
    expected,
    operator: 'assertViewEqual',
    stackStartFn: assertViewEqual,
  });
}

/** The hooks of a test runner. */
export interface TestHooks {
  /**
   * Runs a function before each test.
   *
   * @param hook - the function
   */
  beforeEach(hook: () => void): unknown;
  /**
   * Runs a function after each test.
   *
   * @param hook - the function
   */
  afterEach(hook: () => void): unknown;
}

/**
 * Fails each test that leaves native memory which was not there before it, as `memory.assertNone` does of a whole program.
 *
 * @param hooks - `{ beforeEach, afterEach }` of the runner; by default the global ones
 * @throws TypeError `ERR_INVALID_ARG` where there are none. In a hook: BufferError `ERR_EXPORTED` with a report of the blocks that the test
 *   left
 * @example
 * import { afterEach, beforeEach } from 'vitest';
 * failOnLeaks({ beforeEach, afterEach });
 */
export function failOnLeaks(hooks?: TestHooks): void {
  const { beforeEach, afterEach } = readHooks(hooks === undefined ? globalThis : hooks);
  let before = new Set<number>();
  beforeEach(() => {
    memory.reclaim();
    before = new Set(memory.snapshot().map(({ id }) => id));
  });
  afterEach(() => {
    memory.reclaim();
    const left = memory.snapshot().filter(({ id }) => !before.has(id));
    if (left.length > 0) throw bufferError('ERR_EXPORTED', leftBy(left));
  });
}

function readHooks(given: unknown): TestHooks {
  if (given === null || (typeof given !== 'object' && typeof given !== 'function')) {
    throw typeError('ERR_INVALID_ARG', `failOnLeaks: hooks are ${shown(given)}, expected an object`);
  }
  const hook = (name: string): ((run: () => void) => unknown) => {
    const found = readProperty(given, name);
    if (typeof found === 'function') return (run) => Reflect.apply(found, undefined, [run]);
    throw typeError(
      'ERR_INVALID_ARG',
      `failOnLeaks: ${name} is ${shown(found)}, expected the test runner's function; pass { beforeEach, afterEach }`,
    );
  };
  return { beforeEach: hook('beforeEach'), afterEach: hook('afterEach') };
}

const SHOWN_BLOCKS = 10;

function leftBy(left: readonly LiveBlock[]): string {
  const bytes = left.reduce((sum, { nbytes }) => sum + nbytes, 0);
  const lines = left.slice(0, SHOWN_BLOCKS).map(({ kind, nbytes, label, stack }) => {
    const frame = stack?.split('\n').find((line) => line.trim() !== '');
    return `\n  ${kind}, ${nbytes} bytes${label ? `, ${shown(label)}` : ''}${frame ? `, ${frame.trim()}` : ''}`;
  });
  const rest = left.length > SHOWN_BLOCKS ? `\n  and ${left.length - SHOWN_BLOCKS} more` : '';
  const what = `${left.length} ${left.length === 1 ? 'block' : 'blocks'} of native memory (${bytes} bytes)`;
  return `failOnLeaks: the test left ${what}, expected none; memory.trace(true) says where from${lines.join('')}${rest}`;
}

/** The first difference as a message; null where there is none. */
function differenceOf(actual: unknown, expected: unknown): string | null {
  const one = viewOfValue(actual, null);
  if (typeof one === 'string') return `the value received is not a view (${one}), expected an exporter`;
  const other = viewOfValue(expected, one);
  try {
    if (typeof other === 'string') return `the view differs from what was expected: ${other}`;
    const shape = (view: MemoryView): string => `(${view.shape.join(', ')}${view.ndim === 1 ? ',' : ''})`;
    if (shape(one) !== shape(other)) return `the view has shape ${shape(one)}, expected ${shape(other)}`;
    return one.equals(other) ? null : differenceOfValues(one, other);
  } finally {
    // This function made the view of nested arrays.
    if (typeof other !== 'string' && Array.isArray(expected)) releaseMade(other);
  }
}

function releaseMade(view: MemoryView): void {
  const owner: unknown = view.obj;
  if (
    owner !== null &&
    typeof owner === 'object' &&
    'release' in owner &&
    typeof owner.release === 'function'
  ) {
    Reflect.apply(owner.release, owner, []);
  }
}

/** A view of an exporter, or of new memory with the values of nested arrays; else why there is none. */
function viewOfValue(value: unknown, like: MemoryView | null): MemoryView | string {
  try {
    if (like !== null && Array.isArray(value)) return array(value, like.format);
    return memoryview(value as Exporter);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function differenceOfValues(one: MemoryView, other: MemoryView): string | null {
  for (const index of indicesOf(one.shape)) {
    const [given, wanted] = [one.get(...index), other.get(...index)];
    if (isSame(given, wanted)) continue;
    const place = index.length === 0 ? '' : ` at [${index.join(', ')}]`;
    return `the views differ${place}: ${inspect(given)}, expected ${inspect(wanted)}`;
  }
  return null;
}

/** Every index in C order. */
function* indicesOf(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0);
  if (shape.includes(0)) return;
  for (;;) {
    yield [...index];
    let axis = shape.length - 1;
    while (axis >= 0 && ++index[axis]! === shape[axis]) index[axis--] = 0;
    if (axis < 0) return;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are one value, in different formats
    return typeof one !== 'string' && typeof other !== 'string' && one == other;
  }
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => isSame(Reflect.get(one, key), Reflect.get(other, key)))
  );
}

/** Where a runner has a global `expect`, as Jest has, the import registers the matchers. */
const globalExpect: unknown = Reflect.get(globalThis, 'expect');
if (
  typeof globalExpect === 'function' &&
  'extend' in globalExpect &&
  typeof globalExpect.extend === 'function'
) {
  Reflect.apply(globalExpect.extend, globalExpect, [matchers]);
}
