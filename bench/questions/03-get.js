/** What does reading one element cost, with bounds checked, in a loop over a million? And after the call site has seen many formats? */
import { zeros } from 'memoryview';
import ndarray from 'ndarray';
import { compare, inChild, optional } from '../harness.js';

const SIDE = 1000;

export async function ask() {
  const view = zeros([SIDE, SIDE]);
  view.fill(1.5);
  const typed = new Float64Array(SIDE * SIDE).fill(1.5);
  const scijs = ndarray(typed, [SIDE, SIDE]);
  const array = optional('@stdlib/ndarray').array(typed, { shape: [SIDE, SIDE] });
  let _total = 0;
  await compare(
    3,
    'sum of 1000 × 1000 doubles by get(i, j)',
    (n) => {
      for (let t = 0; t < n; t++) {
        let sum = 0;
        for (let i = 0; i < SIDE; i++) for (let j = 0; j < SIDE; j++) sum += view.get(i, j);
        _total += sum;
      }
    },
    [
      {
        name: 'scijs get (unchecked)',
        bar: 2,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (let i = 0; i < SIDE; i++) for (let j = 0; j < SIDE; j++) sum += scijs.get(i, j);
            _total += sum;
          }
        },
      },
      {
        name: 'flat TypedArray loop',
        bar: 3,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (let i = 0; i < typed.length; i++) sum += typed[i];
            _total += sum;
          }
        },
      },
      {
        name: '@stdlib get',
        bar: 0.3,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (let i = 0; i < SIDE; i++) for (let j = 0; j < SIDE; j++) sum += array.get(i, j);
            _total += sum;
          }
        },
      },
    ],
  );

  // The reader is a parameter of the function: V8 from Node 24 on boxes the numbers that a captured reader reads.
  const summed = (reader) => {
    let sum = 0;
    for (let i = 0; i < SIDE; i++) for (let j = 0; j < SIDE; j++) sum += reader.get(i, j);
    return sum;
  };
  const reader = view.reader();
  await compare(
    3,
    'sum of 1000 × 1000 doubles by reader().get(i, j)',
    (n) => {
      for (let t = 0; t < n; t++) _total += summed(reader);
    },
    [
      {
        name: 'flat TypedArray loop',
        bar: 1.3,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (let i = 0; i < typed.length; i++) sum += typed[i];
            _total += sum;
          }
        },
      },
    ],
  );

  // Each runs in a process of its own: the same code, used for doubles only, and used for many formats before.
  const used = inChild('sum-by-get.js', 'used');
  const fresh = inChild('sum-by-get.js', 'fresh');
  await compare(4, 'the same after 12 formats and 3 ranks', { sample: used.sample }, [
    { name: 'itself fresh', bar: 3, sample: fresh.sample },
  ]);
  used.end();
  fresh.end();
}
