/** What does a slice cost? It copies nothing. */

import { memoryview, zeros } from 'memoryview';
import ndarray from 'ndarray';
import { compare, optional, reportLimit } from '../harness.js';

export async function ask() {
  const bytes = Buffer.alloc(4096);
  const view = memoryview(bytes);
  let kept;
  await compare(
    1,
    '1-D slice([a, b]) of bytes',
    (n) => {
      for (let i = 0; i < n; i++) kept = view.slice([i & 1023, 2048]);
      return kept;
    },
    [
      {
        name: 'Buffer.subarray',
        bar: 0.8,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = bytes.subarray(i & 1023, 2048);
          return kept;
        },
      },
    ],
  );

  const matrix = zeros([1000, 1000]);
  const scijs = ndarray(new Float64Array(1e6), [1000, 1000]);
  const stdlib = optional('@stdlib/ndarray');
  const array = stdlib.array(new Float64Array(1e6), { shape: [1000, 1000] });
  const MultiSlice = optional('@stdlib/slice/multi');
  const Slice = optional('@stdlib/slice/ctor');
  await compare(
    2,
    '2-D slice([10, 900, 2], [5, 995, 3])',
    (n) => {
      for (let i = 0; i < n; i++) kept = matrix.slice([10, 900, 2], [5, 995, 3]);
      return kept;
    },
    [
      {
        name: 'scijs hi.lo.step',
        bar: 1.5,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = scijs.hi(900, 995).lo(10, 5).step(2, 3);
          return kept;
        },
      },
      {
        name: '@stdlib slice',
        bar: 0.03,
        run: (n) => {
          for (let i = 0; i < n; i++) {
            kept = stdlib.slice(array, new MultiSlice(new Slice(10, 900, 2), new Slice(5, 995, 3)));
          }
          return kept;
        },
      },
      {
        name: 'numpy',
        bar: 0.25,
        python: { setup: 'a = np.zeros((1000, 1000))', run: 'a[10:900:2, 5:995:3]' },
      },
    ],
  );

  const [seconds] = await compare(
    2,
    "2-D slice('10:900:2, 5:995:3')",
    (n) => {
      for (let i = 0; i < n; i++) kept = matrix.slice('10:900:2, 5:995:3');
      return kept;
    },
    [
      {
        name: 'scijs hi.lo.step',
        bar: null,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = scijs.hi(900, 995).lo(10, 5).step(2, 3);
          return kept;
        },
      },
    ],
  );
  reportLimit(2, "2-D slice('10:900:2, 5:995:3')", seconds * 1e9, 500, 'ns');
}
