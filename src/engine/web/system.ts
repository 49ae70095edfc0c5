/**
 * Names that the library imports from Node's modules about the system. Without the addon the library refuses every call that would
 * use one earlier, so each of these only throws.
 */

function refuse(): never {
  throw Object.assign(new TypeError('this runtime has no files, no processes and no shared memory'), {
    code: 'ERR_UNSUPPORTED',
  });
}

export const constants: Readonly<Record<string, number>> = {};
export const closeSync: () => never = refuse;
export const fstatSync: () => never = refuse;
export const ftruncateSync: () => never = refuse;
export const openSync: () => never = refuse;
export const fileURLToPath: () => never = refuse;
export const pathToFileURL = (path: string): { readonly href: string } => ({ href: `file://${path}` });
export const resolve = (...parts: readonly string[]): string => parts.join('/');
export const sep = '/';
export const arch = 'unknown';
export const platform = 'browser';

/** Node's `diagnostics_channel`: nothing subscribes. */
export function channel(_name: string): {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
} {
  return { hasSubscribers: false, publish: () => {} };
}

/** Resolves to the value in the next turn of the event loop, as `timers/promises` has it. */
export function setImmediate(): Promise<void>;
export function setImmediate<T>(value: T): Promise<T>;
export function setImmediate(value?: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve(value);
    });
    port1.start();
    port2.postMessage(null);
  });
}
