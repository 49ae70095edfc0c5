/** How much faster is a large copy for its threads? The same process on one core is the peer. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { compare } from '../harness.js';

export async function ask() {
  if (process.platform !== 'linux' || availableParallelism() < 2) return;
  for (const [kind, work] of [
    ['rows', 'copy of 64 MiB of doubles'],
    ['transposed', 'the same, transposed'],
    ['reversed', 'the same, reversed'],
  ]) {
    const all = copying(kind, {});
    const one = copying(kind, { execPath: 'taskset', execArgv: ['-c', '0', process.execPath] });
    // Two cores are asked for 1.6 times the speed; memory may allow less.
    await compare(27, work, { sample: all.sample }, [
      { name: 'the same on one core', bar: 1 / 1.6, sample: one.sample },
    ]);
    all.end();
    one.end();
  }
}

function copying(kind, options) {
  const child = fork(new URL('../copy-child.js', import.meta.url), [kind], options);
  return {
    sample: () =>
      new Promise((resolve) => {
        child.once('message', resolve);
        child.send('go');
      }),
    end: () => child.disconnect(),
  };
}
