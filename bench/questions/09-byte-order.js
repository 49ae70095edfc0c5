/** How fast does a copy change the byte order? */
import { empty } from 'memoryview';
import { compare } from '../harness.js';

const COUNT = 8 * 1024 * 1024;

export async function ask() {
  const source = empty(COUNT);
  source.fill(1.5);
  const foreign = source.newByteOrder('>');
  const target = empty(COUNT);
  const setup = `a = np.full(${COUNT}, 1.5)\nb = np.zeros_like(a)`;
  await compare(
    9,
    'copyFrom a newByteOrder view, 64 MiB of doubles',
    (n) => {
      for (let i = 0; i < n; i++) target.copyFrom(foreign, { convert: true });
    },
    [
      { name: 'numpy byteswap copy', bar: 0.8, python: { setup, run: 'a.byteswap()' } },
      {
        name: 'numpy copyto',
        bar: 0.8,
        python: { setup: `${setup}\nc = a.view(">f8")`, run: 'np.copyto(b, c)' },
      },
    ],
    { bytes: 2 * source.nbytes },
  );
  await compare(
    9,
    'byteswap in place, 64 MiB of doubles',
    (n) => {
      for (let i = 0; i < n; i++) target.byteswap();
    },
    [{ name: 'numpy byteswap(True)', bar: null, python: { setup, run: 'b.byteswap(True)' } }],
    { bytes: 2 * target.nbytes },
  );
}
