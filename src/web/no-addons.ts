/** Stands in for memory that other addons offer, in the build for runtimes without one. */
import { typeError } from '../errors.js';

/** The symbol under which an object carries its exporter for addons. */
export const EXPORTER: symbol = Symbol.for('memoryview.exporter.v1');

export function adopt(subject: string): never {
  throw typeError(
    'ERR_UNSUPPORTED',
    `${subject}: no native addon is loaded, so another addon's memory can't be seen; have it copied into an ArrayBuffer`,
  );
}
