/**
 * Turns of the event loop, on which ArrayBuffers that were handed out and dropped depend: their pages go back only after the turn. The
 * addon is told when the loop turns, and a turn that drops 1 GiB of them causes one warning in the process.
 */
import { binding } from '../binding.js';

const MESSAGE =
  'one turn of the event loop dropped 1 GiB of native memory without a release, after its ArrayBuffers were handed out; such memory ' +
  'is given back when the event loop turns: call release(), declare the memory with using, or use it through views only';

// The addon counts them at each scan for dead ArrayBuffers.
binding.setWarning(() => {
  // Listeners of the process must not run in the middle of an allocation.
  queueMicrotask(() => {
    process.emitWarning(MESSAGE, { type: 'MemoryviewWarning', code: 'MEMORYVIEW_DROPPED' });
  });
});

const later = setImmediate;
let turnAwaited = false;

// Read late: Node makes it when a program first asks for it, which takes 2 ms of an import.
let clock: { now(): number } | undefined;
let timeRead = 0;

/** Milliseconds since this thread began. */
export function now(): number {
  clock ??= globalThis.performance;
  return clock.now();
}

/**
 * The time, read once in a turn of the event loop and for each 32 numbers: reading it takes longer than all the rest of an allocation in an arena.
 *
 * @param count - of the allocation
 */
export function turnTime(count: number): number {
  if (!turnAwaited || (count & 31) === 0) timeRead = now();
  return timeRead;
}

/** Tells the addon when the event loop turns: ArrayBuffers that died in earlier turns are left to their finalizers. */
export function awaitTurn(): void {
  if (turnAwaited) return;
  turnAwaited = true;
  later(() => {
    turnAwaited = false;
    binding.turn();
  }).unref();
}
