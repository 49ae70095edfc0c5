/** How fast does `fill` store one value in all elements? */
import { zeros } from 'memoryview';
import { compare } from '../harness.js';

export async function ask() {
  const view = zeros(4 * 1024 * 1024);
  const typed = new Float64Array(4 * 1024 * 1024);
  await compare(
    11,
    'fill of 32 MiB of doubles',
    (n) => {
      for (let i = 0; i < n; i++) view.fill(1.5);
    },
    [
      {
        name: 'Float64Array.fill',
        bar: 1.1,
        run: (n) => {
          for (let i = 0; i < n; i++) typed.fill(1.5);
        },
      },
    ],
    { bytes: view.nbytes },
  );
  const part = view.reshape([2048, 2048]).slice('::2, ::2');
  await compare(
    11,
    'fill of [::2, ::2] of 2048 × 2048 doubles',
    (n) => {
      for (let i = 0; i < n; i++) part.fill(1.5);
    },
    [
      {
        name: 'numpy fill',
        bar: 1,
        python: { setup: 'a = np.zeros((2048, 2048))[::2, ::2]', run: 'a.fill(1.5)' },
      },
      {
        name: 'numpy a[...] = x',
        bar: 1,
        python: { setup: 'a = np.zeros((2048, 2048))[::2, ::2]', run: 'a[...] = 1.5' },
      },
    ],
    // Whole cache lines are read and written.
    { bytes: 4 * part.nbytes },
  );
}
