/** The globals of Node that the suite uses, for a page: those of the library's build for browsers, and those that only tests read. */
import { Buffer } from '../../../src/engine/web/buffer.js';
import { setImmediate as later, process as web } from '../../../src/engine/web/globals.js';

export { Buffer };

export const setImmediate = <A extends unknown[]>(call: (...given: A) => void, ...given: A): unknown =>
  later(() => call(...given));

export const process: typeof web & {
  readonly stdout: { write(text: string): void };
  readonly versions: Readonly<Record<string, string>>;
  readonly execPath: string;
  readonly arch: string;
} = {
  ...web,
  env: { MEMORYVIEW_NO_EXTERNAL: '1' },
  stdout: { write: (text) => console.log(text) },
  versions: {},
  execPath: '',
  arch: 'unknown',
};
