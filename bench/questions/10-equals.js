/** How fast are two views compared? */
import { array, empty, memoryview, zeros } from 'memoryview';
import { compare } from '../harness.js';

const NBYTES = 64 * 1024 * 1024;

export async function ask() {
  const bytes = [Buffer.alloc(NBYTES, 1), Buffer.alloc(NBYTES, 1)];
  const [a, b] = bytes.map((each) => memoryview(each));
  let _equal = 0;
  const ours = (x, y) => (n) => {
    for (let i = 0; i < n; i++) _equal += x.equals(y) ? 1 : 0;
  };
  await compare(
    10,
    'equals of 64 MiB of bytes',
    ours(a, b),
    [
      {
        name: 'Buffer.compare',
        bar: 1.05,
        run: (n) => {
          for (let i = 0; i < n; i++) _equal += Buffer.compare(bytes[0], bytes[1]);
        },
      },
    ],
    { bytes: 2 * NBYTES },
  );

  const doubles = [empty(NBYTES / 8), empty(NBYTES / 8)];
  for (const each of doubles) each.fill(1.5);
  const setup = `a = np.full(${NBYTES / 8}, 1.5)\nb = a.copy()`;
  await compare(
    10,
    'equals of 64 MiB of doubles',
    ours(doubles[0], doubles[1]),
    [{ name: 'numpy array_equal', bar: 0.6, python: { setup, run: 'np.array_equal(a, b)' } }],
    { bytes: 2 * NBYTES },
  );

  const matrices = [zeros([2048, 2048]), zeros([2048, 2048])];
  const parts = matrices.map((each) => each.slice('::2, ::2'));
  await compare(
    10,
    'equals of two [::2, ::2] of doubles',
    ours(parts[0], parts[1]),
    [
      {
        name: 'numpy array_equal',
        bar: 1,
        python: {
          setup: 'a = np.zeros((2048, 2048))[::2, ::2]\nb = np.zeros((2048, 2048))[::2, ::2]',
          run: 'np.array_equal(a, b)',
        },
      },
    ],
    { bytes: 4 * parts[0].nbytes },
  );
  const mixed = [matrices[0], array(new Float64Array(2048 * 2048)).reshape([2048, 2048])];
  await compare(
    10,
    'equals of a matrix and a transposed one',
    ours(mixed[0], mixed[1].T),
    [
      {
        name: 'numpy array_equal',
        bar: 1,
        python: {
          setup: 'a = np.zeros((2048, 2048))\nb = np.zeros((2048, 2048)).T',
          run: 'np.array_equal(a, b)',
        },
      },
    ],
    { bytes: 2 * mixed[0].nbytes },
  );
}
