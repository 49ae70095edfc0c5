/** What does it cost to copy the values into JavaScript arrays? */
import { array } from 'memoryview';
import { compare } from '../harness.js';

export async function ask() {
  const typed = Float64Array.from({ length: 1e6 }, (_, i) => i + 0.5);
  const flat = array(typed);
  const square = flat.reshape([1000, 1000]);
  const doubles = 'a = np.arange(1e6) + 0.5';
  let kept;
  const ours = (view) => (n) => {
    for (let i = 0; i < n; i++) kept = view.toArray();
    return kept;
  };
  await compare(6, 'toArray of 10^6 doubles', ours(flat), [
    {
      name: 'Array.from(typed)',
      bar: 1,
      run: (n) => {
        for (let i = 0; i < n; i++) kept = Array.from(typed);
      },
    },
    { name: 'numpy tolist', bar: 1, python: { setup: doubles, run: 'a.tolist()' } },
    {
      name: 'CPython memoryview.tolist',
      bar: 1,
      python: { setup: `${doubles}\nm = memoryview(bytes(a)).cast("d")`, run: 'm.tolist()' },
    },
  ]);
  await compare(6, 'toArray of 1000 × 1000 doubles', ours(square), [
    {
      name: 'Array.from of 1000 rows',
      bar: 1,
      run: (n) => {
        for (let i = 0; i < n; i++) {
          kept = Array.from({ length: 1000 }, (_, r) =>
            Array.from(typed.subarray(r * 1000, r * 1000 + 1000)),
          );
        }
      },
    },
    {
      name: 'numpy tolist',
      bar: 1,
      python: { setup: `${doubles}\nb = a.reshape(1000, 1000)`, run: 'b.tolist()' },
    },
  ]);
}
