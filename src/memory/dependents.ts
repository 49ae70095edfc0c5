/**
 * Memory that ends with other memory, such as the targets of a record's pointers. It is released with the record's memory, and a
 * pin on it also pins that.
 */
import type { Allocation } from './watch.js';

interface Dependent {
  readonly allocation: Allocation;
  /** Empty once no view of the memory is left; its block then ends by itself. */
  readonly buffer: WeakRef<ArrayBuffer>;
}

const dependents = new WeakMap<Allocation, Dependent[]>();

/** Has memory end with its owner. @internal */
export function dependOn(owner: Allocation, allocation: Allocation, buffer: ArrayBuffer): void {
  const known = dependents.get(owner);
  const next: Dependent = { allocation, buffer: new WeakRef(buffer) };
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

const NONE: readonly Allocation[] = Object.freeze([]);

/** All memory that ends with that, directly or through other memory. @internal */
export function dependentsOf(owner: Allocation): readonly Allocation[] {
  if (!dependents.has(owner)) return NONE;
  const found: Allocation[] = [];
  const open: Allocation[] = [owner];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { allocation, buffer } of dependents.get(at) ?? []) {
      if (buffer.deref() === undefined) continue;
      found.push(allocation);
      open.push(allocation);
    }
  }
  return found;
}
