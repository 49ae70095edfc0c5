/** The part of Node's globals that the library uses. The build for browsers substitutes these. */
import { Buffer } from './buffer.js';
import { setImmediate as turn } from './system.js';

export { Buffer };

/** Node's `process`: no environment and no terminal. */
export const process: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: object;
  readonly platform: string;
  emitWarning(text: string): void;
  on(): void;
} = {
  env: {},
  stdout: {},
  platform: 'browser',
  emitWarning: (text) => console.warn(text),
  on: () => {},
};

/** Node's `setImmediate`, without the arguments. */
export function setImmediate(call: () => void): { unref(): void } {
  void turn().then(call);
  return { unref: () => {} };
}
