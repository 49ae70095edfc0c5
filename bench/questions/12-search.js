/** How fast is a value found near the end? */
import { memoryview } from 'memoryview';
import { compare } from '../harness.js';

const NBYTES = 16 * 1024 * 1024;

export async function ask() {
  const bytes = Buffer.alloc(NBYTES);
  bytes[NBYTES - 100] = 7;
  const byteView = memoryview(bytes);
  let _found = 0;
  await compare(
    12,
    'indexOf late in 16 MiB of bytes',
    (n) => {
      for (let i = 0; i < n; i++) _found += byteView.indexOf(7);
    },
    [
      {
        name: 'Buffer.indexOf',
        bar: 1.1,
        run: (n) => {
          for (let i = 0; i < n; i++) _found += bytes.indexOf(7);
        },
      },
    ],
    { bytes: NBYTES },
  );
  const doubles = new Float64Array(NBYTES / 8);
  doubles[doubles.length - 100] = 1.5;
  const doubleView = memoryview(doubles);
  await compare(
    12,
    'indexOf late in 16 MiB of doubles',
    (n) => {
      for (let i = 0; i < n; i++) _found += doubleView.indexOf(1.5);
    },
    [
      {
        name: 'Float64Array.indexOf',
        bar: 1,
        run: (n) => {
          for (let i = 0; i < n; i++) _found += doubles.indexOf(1.5);
        },
      },
    ],
    { bytes: NBYTES },
  );
  await compare(
    12,
    'count in 16 MiB of bytes',
    (n) => {
      for (let i = 0; i < n; i++) _found += byteView.count(7);
    },
    [
      {
        name: 'numpy count_nonzero(a == x)',
        bar: null,
        python: { setup: `a = np.zeros(${NBYTES}, "uint8")`, run: 'np.count_nonzero(a == 7)' },
      },
    ],
    { bytes: NBYTES },
  );
}
