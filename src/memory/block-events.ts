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
  // The listener is called later, so that an error of its own becomes an uncaught error and does not pass through the addon.
  if (listener !== undefined) queueMicrotask(listener);
}
