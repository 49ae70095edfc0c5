/** The form in which tests of views state an error: its code alone, because each code belongs to one class. */
import { expect } from 'vitest';
import { BufferError, type ErrorCode } from '../../src/index.js';
import { passOnRefusal } from '../refusal.js';

const CLASS_OF: Record<ErrorCode, abstract new (...args: never[]) => Error> = {
  ERR_INVALID_ARG: TypeError,
  ERR_READONLY: TypeError,
  ERR_NOT_CONTIGUOUS: TypeError,
  ERR_CAST: TypeError,
  ERR_UNSUPPORTED: TypeError,
  ERR_FORMAT: TypeError,
  ERR_OUT_OF_BOUNDS: RangeError,
  ERR_OUT_OF_RANGE: RangeError,
  ERR_SHAPE: RangeError,
  ERR_OUT_OF_MEMORY: RangeError,
  ERR_EXPORTED: BufferError,
  ERR_RELEASED: BufferError,
};

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(CLASS_OF, code);
}

/** The code of an error of the library's; fails the test for any other error, or one of another class than its code says. */
export function codeOf(error: unknown): ErrorCode {
  passOnRefusal(error);
  if (!(error instanceof Error)) throw new Error(`not an error: ${String(error)}`);
  const code: unknown = Reflect.get(error, 'code');
  if (!isCode(code)) throw error;
  expect(error).toBeInstanceOf(CLASS_OF[code]);
  expect(error.message).toMatch(/./);
  return code;
}

/** Expects a call to throw an error of the library's with this code and a message that matches. */
export function expectThrown(call: () => unknown, code: ErrorCode, message: RegExp | string = ''): void {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    expect(codeOf(error)).toBe(code);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
    return;
  }
  expect.fail(`expected ${code}, nothing was thrown; the result was ${typeof result}`);
}

/** Passes a wrong argument that the compiler would refuse. */
export function wrong(value: unknown): never {
  return value as never;
}
