/** What does `for (const x of view)` cost? */
import { zeros } from 'memoryview';
import { compare } from '../harness.js';

export async function ask() {
  const view = zeros(1e6);
  const typed = new Float64Array(1e6);
  let _total = 0;
  await compare(
    5,
    'for (const x of view), 10^6 doubles',
    (n) => {
      for (let t = 0; t < n; t++) {
        let sum = 0;
        for (const x of view) sum += x;
        _total += sum;
      }
    },
    [
      {
        name: 'for of over Float64Array',
        bar: 1,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (const x of typed) sum += x;
            _total += sum;
          }
        },
      },
    ],
  );

  await compare(
    5,
    'for (const [i, x] of view.entries()), 10^6 doubles',
    (n) => {
      for (let t = 0; t < n; t++) {
        let sum = 0;
        for (const [i, x] of view.entries()) sum += i * x;
        _total += sum;
      }
    },
    [
      {
        name: 'for of over entries() of a Float64Array',
        bar: 1.05,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (const [i, x] of typed.entries()) sum += i * x;
            _total += sum;
          }
        },
      },
    ],
  );
}
