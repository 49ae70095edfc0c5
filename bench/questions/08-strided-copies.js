/** How fast are copies from all kinds of strided views, against numpy? */
import { ellipsis, empty, memoryview, zeros } from 'memoryview';
import { compare, geometricMean, report } from '../harness.js';

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];
const TYPES = [
  ['B', 'uint8'],
  ['f', 'float32'],
  ['d', 'float64'],
];

export async function ask() {
  const ratios = [];
  // `read` counts whole cache lines; with strides they hold more than the items.
  const numpy = async (work, source, setup, expression, read = source.nbytes) => {
    const target = empty(source.shape, source.format);
    const [ours, theirs] = await compare(
      8,
      work,
      (n) => {
        for (let i = 0; i < n; i++) target.copyFrom(source);
      },
      [
        {
          name: 'numpy copyto',
          bar: 1,
          python: {
            setup: `${setup}\nv = ${expression}\nb = np.ones(v.shape, v.dtype)`,
            run: 'np.copyto(b, v)',
          },
        },
      ],
      { bytes: target.nbytes + read },
    );
    ratios.push(ours / theirs);
    target.obj.release();
  };

  const matrix = zeros([2048, 2048]);
  matrix.fill(1);
  const setup = 'a = np.ones((2048, 2048))';
  await numpy(
    'copy of [::2, ::2], 8 MiB of doubles',
    matrix.slice('::2, ::2'),
    setup,
    'a[::2, ::2]',
    matrix.nbytes / 2,
  );
  await numpy('copy of [::-1], 32 MiB of doubles', matrix.slice('::-1'), setup, 'a[::-1]');
  await numpy(
    'copy of [::-1] of 4 Mi doubles, 1-D',
    matrix.reshape(-1).slice('::-1'),
    setup,
    'a.reshape(-1)[::-1]',
  );
  for (const [format, dtype] of TYPES) {
    const cube = zeros([256, 256, 256], format);
    cube.fill(1);
    for (const order of ORDERS) {
      const name = order.join('');
      await numpy(
        `axes ${name} of 256³ of ${format}`,
        cube.transpose(...order),
        `a = np.ones((256, 256, 256), "${dtype}")`,
        `a.transpose(${order.join(', ')})`,
      );
    }
    cube.obj.release();
  }
  const image = memoryview(Buffer.alloc(2160 * 3840 * 3, 7), { shape: [2160, 3840, 3] });
  await numpy(
    'green channel of a 3840 × 2160 RGB image',
    image.slice(ellipsis, 1),
    'a = np.ones((2160, 3840, 3), "uint8")',
    'a[..., 1]',
    image.nbytes,
  );
  const row = zeros([2048]);
  await numpy(
    'broadcastTo([2048, 2048]) of a row',
    row.broadcastTo([2048, 2048]),
    'a = np.ones(2048)',
    'np.broadcast_to(a, (2048, 2048))',
    row.nbytes,
  );
  const column = zeros([2048, 1]);
  await numpy(
    'broadcastTo([2048, 2048]) of a column',
    column.broadcastTo([2048, 2048]),
    'a = np.ones((2048, 1))',
    'np.broadcast_to(a, (2048, 2048))',
    column.nbytes,
  );
  report(8, 'geometric mean of these', geometricMean(ratios), [{ name: 'numpy', bar: 0.6, seconds: 1 }], '×');
}
