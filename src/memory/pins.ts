/**
 * Pins on blocks: who holds them, as a sentence, and the promise that nobody does any more. A pin is counted in the block, so
 * those of other threads and of native code are seen here too.
 */
import { binding } from '../binding.js';

const waiting = new Map<number, (() => void)[]>();

binding.setWaker((id) => {
  const resolvers = waiting.get(id) ?? [];
  waiting.delete(id);
  for (const resolve of resolvers) resolve();
});

/** Resolves once nothing pins the block; somebody may have pinned it anew by the time that the caller runs. */
export function unpinned(id: number): Promise<void> {
  return new Promise((resolve) => {
    const resolvers = waiting.get(id);
    if (resolvers !== undefined) {
      resolvers.push(resolve);
    } else {
      waiting.set(id, [resolve]);
      if (binding.whenUnpinned(id) !== 0) {
        waiting.delete(id);
        resolve();
      }
    }
  });
}

/** Says who pins the block: `borrowed (2 borrows); await them first`, or `held (1 borrow, 1 copyFromAsync); …`. */
export function heldBy(id: number, pins: number): string {
  const holders = binding.holders(id);
  const parts: string[] = [];
  let all = true;
  if (typeof holders !== 'number') {
    for (let i = 0; i + 1 < holders.length; i += 2) {
      const [name, count] = [String(holders[i]), Number(holders[i + 1])];
      parts.push(`${count} ${name}${name === 'borrow' && count !== 1 ? 's' : ''}`);
      if (name !== 'borrow') all = false;
    }
  }
  if (parts.length === 0) {
    // Whoever it was has let go since, or is about to.
    all = false;
    parts.push(`${pins} ${pins === 1 ? 'pin' : 'pins'}`);
  }
  return `${all ? 'borrowed' : 'held'} (${parts.join(', ')}); await ${pins === 1 ? 'it' : 'them'} first`;
}
