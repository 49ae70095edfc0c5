/** How fast is a copy that transposes a matrix, so that one side is not read in its own order? */
import { array, empty } from 'memoryview';
import { compare } from '../harness.js';

const SIDE = 2048;

export async function ask() {
  const typed = Float64Array.from({ length: SIDE * SIDE }, (_, i) => i);
  const source = array(typed).reshape([SIDE, SIDE]);
  const target = empty([SIDE, SIDE]);
  const flat = new Float64Array(SIDE * SIDE);
  await compare(
    7,
    'copy of a transposed 2048 × 2048 of doubles',
    (n) => {
      for (let i = 0; i < n; i++) target.copyFrom(source.T);
    },
    [
      {
        name: 'numpy copyto',
        bar: 0.4,
        python: {
          setup: `a = np.arange(${SIDE * SIDE}.0).reshape(${SIDE}, ${SIDE})\nb = np.zeros_like(a)`,
          run: 'np.copyto(b, a.T)',
        },
      },
      {
        name: 'memcpy of as many bytes',
        bar: 2.5,
        run: (n) => {
          for (let i = 0; i < n; i++) flat.set(typed);
        },
      },
    ],
    { bytes: 2 * source.nbytes },
  );
}
