/**
 * Makes `get` read every kind of number a few times, ahead of a program's first view.
 *
 * V8 keeps a view's fields in registers only in a loop that it can peel. Where inlined code contains a branch that never ran, V8 compiles
 * that branch as a deopt exit and cannot peel the loop. A loop that reads doubles one by one then takes twice as long, and on Node 24
 * boxes its sum in each turn. Engine fact: `LoopFinder::HasMarkedExits`, seen with
 * `node --trace-turbo-loop` on Node 20.
 */
import type { Exporter } from './exporter.js';
import type { MemoryView } from './memory-view.js';

/** V8 begins to collect types after some calls of a function. */
const ROUNDS = 12;

/** Reads one element of each kind, of views that `viewOf` makes. */
export function warmUp(viewOf: (array: Exporter) => MemoryView): void {
  const kinds = [
    Float64Array,
    Float32Array,
    Uint8Array,
    Int8Array,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
  ];
  const views = kinds.map((kind) => viewOf(new kind(1)));
  for (let round = 0; round < ROUNDS; round++) for (const view of views) view.get(0);
}
