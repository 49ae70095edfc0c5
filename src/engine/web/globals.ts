/** The part of Node's globals that the library uses. The build for browsers substitutes these. */
import { Buffer } from './buffer.js';
import { setImmediate as turn } from './system.js';

export { Buffer };

/** Node's `process`: no environment, no terminal, and only the modules that are named here. */
export const process: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: object;
  readonly platform: string;
  emitWarning(text: string): void;
  on(): void;
  getBuiltinModule(name: string): unknown;
} = {
  env: {},
  stdout: {},
  platform: 'browser',
  emitWarning: (text) => console.warn(text),
  on: () => {},
  getBuiltinModule(name) {
    // How much the engine's heap may still take is unknown; a result that is too large is the engine's RangeError.
    const limits = { heap_size_limit: 2 ** 32, used_heap_size: 0 };
    return name === 'node:v8' ? { getHeapStatistics: () => limits } : undefined;
  },
};

/** Node's `setImmediate`, without the arguments. */
export function setImmediate(call: () => void): { unref(): void } {
  void turn().then(call);
  return { unref: () => {} };
}
