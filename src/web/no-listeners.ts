/**
 * Stands in for the listeners to allocations and releases, in the build for runtimes without an addon: there are no diagnostics channels
 * and no variables of the environment, and so only `memory.trace` notes anything.
 */
import { binding } from '../binding.js';
import type { Allocation } from '../memory/watch.js';

export const isGuarded = false;

let tracing = false;

export function setTracing(on: boolean): void {
  tracing = on;
}

export const isWatched = (): boolean => tracing;
export const areReleasesWatched = (): boolean => false;

export function watchAllocation(_memory: object, { id }: Allocation): void {
  if (!tracing) return;
  let stack: unknown;
  try {
    ({ stack } = new Error());
  } catch {
    // A program may make stacks by a function of its own, which may throw.
  }
  binding.setTrace(id, typeof stack === 'string' ? stack.replace(/^Error\n/, '') : '');
}

export const watchRelease: (allocation: Allocation) => void = () => {};
