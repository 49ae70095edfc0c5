/**
 * The fast path for a range: `[start, stop, step]` with small integers and a positive step, as in most slices. It declines
 * everything else, errors too, and readParts reads that.
 */

import { isRevoked } from '../arguments.js';

/** The range that {@link readShortRange} read last, in a variable of the module, which costs no allocation. */
export const shortRange: { start: number; count: number; step: number } = { start: 0, count: 0, step: 1 };

/** Whether a part is an array; no for a proxy that was revoked. */
export function isRange(part: unknown): part is readonly unknown[] {
  try {
    return Array.isArray(part);
  } catch {
    return false;
  }
}

/**
 * Reads a range into {@link shortRange}. Reading the array may run the caller's code: liveness is looked at after it.
 *
 * @param length - of the dimension, in elements
 */
export function readShortRange(part: readonly unknown[], length: number): boolean {
  let from: unknown;
  let to: unknown;
  let by: unknown;
  try {
    const size = part.length;
    if (size < 2 || size > 3) return false;
    from = part[0];
    to = part[1];
    by = size === 3 ? part[2] : 1;
  } catch (error) {
    // The general path throws the error with its message.
    if (isRevoked(part)) return false;
    throw error;
  }
  // `(x | 0) === x` is true for int32 only.
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number') return false;
  if ((from | 0) !== from || (to | 0) !== to || (by | 0) !== by || by <= 0) return false;
  const start = from < 0 ? Math.max(0, from + length) : Math.min(from, length);
  const stop = to < 0 ? to + length : Math.min(to, length);
  shortRange.start = start;
  shortRange.step = by;
  shortRange.count = stop <= start ? 0 : by === 1 ? stop - start : Math.ceil((stop - start) / by);
  return true;
}
