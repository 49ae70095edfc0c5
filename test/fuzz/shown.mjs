// A value in a few words, without running any of its code.
import { inspect, types } from 'node:util';

const LONGEST = 80;

/** How a report names a value of any kind. */
export function shown(value) {
  if (types.isProxy(value)) return 'a proxy';
  if (typeof value === 'bigint' && (value >> 1024n) + 1n > 1n) return 'a huge bigint';
  let text = typeof value;
  try {
    text = inspect(value, { customInspect: false, depth: 0, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    // Node's inspect can't tell of a detached DataView.
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
