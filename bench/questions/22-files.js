/** numpy's files against numpy: the first element of a large file, saving, and one array of an archive with many. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zeros } from 'memoryview';
import { loadNpy, openNpz, saveNpy, saveNpz } from 'memoryview/npy';
import { compare, quick } from '../harness.js';

const MIB = 2 ** 20;

export async function ask() {
  // In memory if there is such a folder: the noise of a disk is larger than the difference.
  const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(place, 'memoryview-bench-'));
  const at = (name) => join(folder, name);
  try {
    const large = quick ? 64 * MIB : 1024 * MIB;
    saveNpy(at('large.npy'), zeros(large / 8));
    await compare(
      22,
      `loadNpy of ${large / MIB} MiB, first element`,
      (n) => {
        for (let i = 0; i < n; i++) {
          const view = loadNpy(at('large.npy'));
          view.get(0);
          view.obj.release();
        }
      },
      [
        {
          name: 'np.load(path)[0]',
          bar: 1,
          python: { setup: '', run: `np.load(${JSON.stringify(at('large.npy'))})[0]` },
        },
        // V8 counts the bytes of a mapping as memory that it keeps alive, and collects garbage for every second gigabyte.
        {
          name: "np.load(path, mmap_mode='r')[0]",
          bar: null,
          python: { setup: '', run: `np.load(${JSON.stringify(at('large.npy'))}, mmap_mode='r')[0]` },
        },
      ],
    );
    rmSync(at('large.npy'));

    const rows = quick ? 1024 : 4096;
    const square = zeros([rows, (8 * rows) / 4]);
    square.fill(1.5);
    const setup = `a = np.full((${rows}, ${(8 * rows) / 4}), 1.5)`;
    const size = square.nbytes / MIB;
    for (const [how, view, array] of [
      ['contiguous', square, 'a'],
      ['transposed', square.T, 'a.T'],
      ['of every other row of the transposed', square.T.slice('::2'), 'a.T[::2]'],
    ]) {
      await compare(
        22,
        `saveNpy of ${size} MiB, ${how}`,
        (n) => {
          for (let i = 0; i < n; i++) saveNpy(at('ours.npy'), view);
        },
        [
          {
            name: 'np.save',
            bar: 1,
            python: { setup, run: `np.save(${JSON.stringify(at('theirs.npy'))}, ${array})` },
          },
        ],
      );
    }

    const arrays = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`array${i}`, zeros(100)]));
    await saveNpz(at('many.npz'), arrays);
    await compare(
      22,
      'openNpz of 1,000 members, one read',
      {
        sample: async () => {
          const start = performance.now();
          const archive = await openNpz(at('many.npz'));
          (await archive.get('array500')).get(0);
          archive.release();
          return (performance.now() - start) / 1e3;
        },
      },
      [
        {
          name: "np.load(path)['array500']",
          bar: 1,
          python: { setup: '', run: `np.load(${JSON.stringify(at('many.npz'))})['array500'][0]` },
        },
      ],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
