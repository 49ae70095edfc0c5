/** `cdef` against the C compilers of this machine. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { measuredByCdef } from './measured.js';
import { measure, RandomC } from './random-c.js';

const count = Number(process.env.CDEF_SAMPLES ?? 400);
const seed = Number(process.env.CDEF_SEED ?? 1);

for (const compiler of ['gcc', process.env.CLANG ?? 'clang-14']) {
  test(`${count} random declarations have the sizes, alignments and offsets of ${compiler}`, (context) => {
    if (process.platform !== 'linux' || spawnSync(compiler, ['--version']).status !== 0) {
      if (process.env.CI) throw new Error(`no ${compiler} found`);
      context.skip(`no ${compiler} found`);
    }
    const random = new RandomC(seed);
    const samples = Array.from({ length: count }, () => random.sample());
    const theirs = measure(compiler, samples);
    const ours = measuredByCdef(samples);
    const wrong = samples.flatMap(({ text, paths }, i) => {
      const names = ['sizeof', 'alignof', ...paths.flatMap(({ c }) => [`offsetof ${c}`, `sizeof ${c}`])];
      const differing = names.flatMap((name, j) =>
        ours[i]![j] === theirs[i]![j] ? [] : [`${name}: ${ours[i]![j]}, not ${theirs[i]![j]}`],
      );
      return differing.length === 0 ? [] : [`${text}\n  ${differing.slice(0, 3).join('\n  ')}`];
    });
    expect(wrong.slice(0, 5).join('\n\n'), `seed ${seed}: ${wrong.length} differ`).toBe('');
  });
}
