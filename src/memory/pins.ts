/**
 * Pins on blocks: their holders as a sentence, a promise for the end of the last pin, and a pin for the duration of a call. The block
 * counts its pins, so
 * those of other threads and of native code are included.
 */
import { readProperty } from '../arguments.js';
import { binding } from '../binding.js';

const waiters = new Map<number, (() => void)[]>();

binding.setWaker((id) => {
  const resolvers = waiters.get(id) ?? [];
  waiters.delete(id);
  for (const resolve of resolvers) resolve();
});

/** Resolves once nothing pins the block. The block may be pinned again before the caller continues. */
export function unpinned(id: number): Promise<void> {
  return new Promise((resolve) => {
    const resolvers = waiters.get(id);
    if (resolvers !== undefined) {
      resolvers.push(resolve);
    } else {
      waiters.set(id, [resolve]);
      if (binding.whenUnpinned(id) !== 0) {
        waiters.delete(id);
        resolve();
      }
    }
  });
}

/**
 * Says who pins the block, and how that ends: `borrowed (2 borrows); await them first`, `held (1 borrow, 1 copyFromAsync); …`, or
 * `held (1 lent Buffer); drop it and await release({ wait: true })`.
 */
export function heldBy(id: number, pins: number): string {
  const holders = binding.holders(id);
  const parts: string[] = [];
  let all = true;
  let lent = false;
  if (typeof holders !== 'number') {
    for (let i = 0; i + 1 < holders.length; i += 2) {
      const [name, count] = [String(holders[i]), Number(holders[i + 1])];
      const loan = name.startsWith('lent ');
      parts.push(`${count} ${name}${count !== 1 && (loan || name === 'borrow') ? 's' : ''}`);
      if (name !== 'borrow') all = false;
      if (loan) lent = true;
    }
  }
  if (parts.length === 0) {
    // The holder has dropped its pin by now, or is about to.
    all = false;
    parts.push(`${pins} ${pins === 1 ? 'pin' : 'pins'}`);
  }
  const them = pins === 1 ? 'it' : 'them';
  const remedy = lent ? `drop ${them} and await release({ wait: true })` : `await ${them} first`;
  return `${all ? 'borrowed' : 'held'} (${parts.join(', ')}); ${remedy}`;
}

/** Runs `use`; calls `unpin` when it has returned, thrown, or its promise has settled. @internal */
export function whilePinned<R>(use: () => R, unpin: () => void): R {
  let result: R;
  let later: boolean;
  try {
    result = use();
    later = isThenable(result);
  } catch (error) {
    unpin();
    throw error;
  }
  if (!later) {
    unpin();
    return result;
  }
  // A promise of our own, so that code which awaits it continues after the pin has gone, and a rejection stays visible. Not
  // Promise.resolve: it hands back the caller's promise, whose own `constructor`, `then` and `finally` could keep the pin.
  const settled = new Promise<unknown>((resolve) => {
    resolve(result);
  });
  return settled.finally(unpin) as R;
}

function isThenable(value: unknown): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof readProperty(value, 'then') === 'function';
}
