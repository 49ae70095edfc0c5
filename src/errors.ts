/**
 * Every error that the library throws is made here, so that each carries a code and names the given value.
 * Relies on nothing; all other files may import it.
 */
import { getSystemErrorMap, types } from 'node:util';

/** Codes of a `TypeError`: the wrong kind of thing. */
export type TypeErrorCode =
  | 'ERR_INVALID_ARG'
  | 'ERR_READONLY'
  | 'ERR_NOT_CONTIGUOUS'
  | 'ERR_CAST'
  | 'ERR_UNSUPPORTED'
  | 'ERR_FORMAT';

/** Codes of a `RangeError`: the right kind, a wrong value. */
export type RangeErrorCode = 'ERR_OUT_OF_BOUNDS' | 'ERR_OUT_OF_RANGE' | 'ERR_SHAPE' | 'ERR_OUT_OF_MEMORY';

/** Codes of a {@link BufferError}: the memory or the view is in the wrong state. */
export type BufferErrorCode = 'ERR_EXPORTED' | 'ERR_RELEASED';

/** The code of any error that the library throws, except for the operating system's own. */
export type ErrorCode = TypeErrorCode | RangeErrorCode | BufferErrorCode;

/**
 * Says that memory or a view is in a state that forbids the call: released, or held.
 * Python's `BufferError`, and its `ValueError` on a released memoryview.
 */
export class BufferError extends Error {
  /** Which state it is: released, or held. */
  readonly code: BufferErrorCode;

  /** @internal */
  constructor(code: BufferErrorCode, message: string) {
    // A user's code that constructs one may pass any code.
    super(typeof message === 'string' ? message : shown(message));
    this.code = code;
  }

  static {
    const name = { value: 'BufferError', writable: true, configurable: true };
    // Without a prototype, to which other code may have added a getter.
    Object.defineProperty(BufferError.prototype, 'name', Object.setPrototypeOf(name, null));
  }
}

/** Makes a `TypeError` with a code. */
export function typeError(code: TypeErrorCode, message: string): TypeError & { code: TypeErrorCode } {
  return Object.assign(new TypeError(message), { code });
}

/** Makes a `RangeError` with a code. */
export function rangeError(code: RangeErrorCode, message: string): RangeError & { code: RangeErrorCode } {
  return Object.assign(new RangeError(message), { code });
}

/** Makes a {@link BufferError}. */
export function bufferError(code: BufferErrorCode, message: string): BufferError {
  return new BufferError(code, message);
}

/**
 * Makes the error that Node itself would throw for a refused system call: `code`, `errno`, `syscall` and, where there is one,
 * `path`.
 *
 * @param errno - the negative number, as Node has it
 */
export function systemError(errno: number, syscall: string, path?: string): NodeJS.ErrnoException {
  const [code, what] = getSystemErrorMap().get(errno) ?? ['UNKNOWN', `unknown error ${errno}`];
  const where = path === undefined ? '' : ` '${path}'`;
  const error = new Error(`${code}: ${what}, ${syscall}${where}`);
  return Object.assign(error, { errno, code, syscall }, path === undefined ? {} : { path });
}

/** The negative errno of a name, such as `EBADF`; the numbers differ from system to system. */
export function errnoOf(name: string): number {
  for (const [errno, [code]] of getSystemErrorMap()) if (code === name) return errno;
  return 0;
}

/** The name of a negative errno, such as `EEXIST`. */
export function systemErrorName(errno: number): string | undefined {
  return getSystemErrorMap().get(errno)?.[0];
}

const MAX_QUOTE_LENGTH = 60;

/**
 * Names a value for an error message. Never runs code of the value's (no getter, trap, `toString` or
 * `Symbol.toStringTag`), since a message is also made for hostile arguments.
 */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const text = value.length > MAX_QUOTE_LENGTH ? `${value.slice(0, MAX_QUOTE_LENGTH)}…` : value;
      return JSON.stringify(text);
    }
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': {
      const text = value.toString();
      return text.length > MAX_QUOTE_LENGTH ? `a bigint of ${text.length} digits` : `${text}n`;
    }
    case 'symbol':
      return value.toString();
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : shownObject(value);
    default:
      return String(value);
  }
}

function shownObject(value: object): string {
  if (types.isProxy(value)) return 'a proxy';
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || typeof prototype !== 'object' || types.isProxy(prototype)) return 'an object';
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof maker !== 'function' || types.isProxy(maker)) return 'an object';
  const name: unknown = Object.getOwnPropertyDescriptor(maker, 'name')?.value;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an instance of ${name}`
    : 'an object';
}
