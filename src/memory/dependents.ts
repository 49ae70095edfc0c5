/**
 * Memory that ends with other memory, such as the targets of a record's pointers. It is released with the record's memory, and a
 * pin on it also pins that.
 */
import type { Birth } from './watch.js';

interface Dependent {
  readonly birth: Birth;
  /** Dead once no view of it is left; its block ends by itself then. */
  readonly buffer: WeakRef<ArrayBuffer>;
}

const dependents = new WeakMap<Birth, Dependent[]>();

/** Has memory end with its owner. @internal */
export function dependOn(owner: Birth, birth: Birth, buffer: ArrayBuffer): void {
  const known = dependents.get(owner);
  const next: Dependent = { birth, buffer: new WeakRef(buffer) };
  if (known === undefined) {
    dependents.set(owner, [next]);
    return;
  }
  known.push(next);
  // Doubling lengths keep the work for each addition constant.
  if (known.length >= 16 && (known.length & (known.length - 1)) === 0) {
    dependents.set(
      owner,
      known.filter(({ buffer: one }) => one.deref() !== undefined),
    );
  }
}

const NONE: readonly Birth[] = Object.freeze([]);

/** All memory that ends with that, directly or through other memory. @internal */
export function dependentsOf(owner: Birth): readonly Birth[] {
  if (!dependents.has(owner)) return NONE;
  const found: Birth[] = [];
  const open: Birth[] = [owner];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { birth, buffer } of dependents.get(at) ?? []) {
      if (buffer.deref() === undefined) continue;
      found.push(birth);
      open.push(birth);
    }
  }
  return found;
}
