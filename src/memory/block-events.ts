/**
 * Events of single blocks, each delivered in a turn of its own: a mapping lost pages, or foreign memory has ended. Waiting for an
 * event never keeps the process alive.
 */
import { binding } from '../binding.js';

const listeners = new Map<number, () => void>();
let listening = false;

/** Calls `listener` at the first event of a block; each block has at most one. */
export function listenFor(id: number, listener: () => void): void {
  if (!listening) {
    binding.setListener(deliver);
    listening = true;
  }
  listeners.set(id, listener);
}

/** Ends {@link listenFor}. */
export function stopListeningFor(id: number): void {
  listeners.delete(id);
}

function deliver(id: number): void {
  const listener = listeners.get(id);
  listeners.delete(id);
  // Not called here, because an error that it throws must be an uncaught error of its own, independent of the addon.
  if (listener !== undefined) queueMicrotask(listener);
}
