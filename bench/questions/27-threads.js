/** How much faster do threads make a large copy? The same process on one core is the peer. */
import { availableParallelism } from 'node:os';
import { compare, inChild } from '../harness.js';

export async function ask() {
  if (process.platform !== 'linux' || availableParallelism() < 2) return;
  for (const [kind, work] of [
    ['rows', 'copy of 64 MiB of doubles'],
    ['transposed', 'the same, transposed'],
    ['reversed', 'the same, reversed'],
  ]) {
    const all = inChild('copy-child.js', kind, {});
    const one = inChild('copy-child.js', kind, {
      execPath: 'taskset',
      execArgv: ['-c', '0', process.execPath],
    });
    // The bar for two cores is 1.6 times the speed; memory may allow less.
    await compare(27, work, { sample: all.sample }, [
      { name: 'the same on one core', bar: 1 / 1.6, sample: one.sample },
    ]);
    all.end();
    one.end();
  }
}
