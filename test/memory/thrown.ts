import { passOnRefusal } from '../refusal.js';

/** Runs a call that must throw, and returns the error as plain data. */
export function thrown(call: () => unknown): { name?: string; code?: unknown; message?: string } {
  try {
    call();
  } catch (error) {
    passOnRefusal(error);
    if (!(error instanceof Error)) return {};
    return { name: error.name, message: error.message, code: Reflect.get(error, 'code') };
  }
  return {};
}
