/** Step 1: Python 2's `buffer`, and a memoryview of zeroed bytes. */
import { inspect } from 'node:util';
import { allocate, buffer } from 'memoryview';
import { claim, heading, line } from '../report.js';

/** Shows a view of a part of a string, and a view of native memory that sees a store through its owner. */
export function classicSession(): void {
  heading(1, 'The classic session');
  const world = buffer('Hello world', 6, 5);
  line("buffer('Hello world', 6, 5)", inspect(world));
  line('  … as text', String(world));
  claim('the window shows "world"', String(world) === 'world');

  const owner = allocate(1_000_000);
  const bytes = owner.view();
  const window = bytes.slice('1:');
  line('allocate(1_000_000)', inspect(owner));
  line("bytes.slice('1:')", `${window}, ${window.length} bytes`);
  bytes.set(1, 120);
  line('bytes.set(1, 120)', `window.get(0) is now ${window.get(0)}`);
  claim('a store through the owner at 1 is seen at window index 0', window.get(0) === 120);
  claim('all other bytes are zero', bytes.count(0) === 999_999);
  owner.release();
}
