/**
 * A case, and how it grows: by operations that work here, one after the other.
 */
import type { MemoryView } from '../../src/index.js';
import { reshaped, takeBase } from '../contract/machine.js';
import type { Base, Op } from '../contract/vectors.js';
import type { Random } from './random.js';

export interface Case {
  readonly source: 'cpython' | 'numpy';
  readonly base: Base | null;
  readonly ops: readonly Op[];
}

/** The operation that reads the view; none if reading throws, which the case shows without it. */
export function seen(make: () => Op | null): Op | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Grows a case by operations that give views, as long as they work here. */
export function grown(
  random: Random,
  base: Base,
  most: number,
  next: (view: MemoryView, random: Random) => Op | null,
): { ops: Op[]; view: MemoryView | null } {
  const ops: Op[] = [];
  let view = takeBase(base).view;
  for (let i = 0; i < most; i++) {
    const op = next(view, random);
    if (op === null) continue;
    ops.push(op);
    try {
      const result = reshaped(view, op);
      if (result === null || result.nbytes > 20_000) return { ops, view: null };
      view = result;
    } catch {
      return { ops, view: null };
    }
  }
  return { ops, view };
}
