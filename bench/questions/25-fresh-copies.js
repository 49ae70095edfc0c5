/**
 * How fast are copies into new memory, against the same copy into warm memory and against numpy? Each copy is released before the next one,
 * as CPython does when an array loses its last reference.
 */
import { array, empty, zeros } from 'memoryview';
import { compare } from '../harness.js';

const MIB = 1024 * 1024;

export async function ask() {
  for (const [shape, format, dtype] of [
    [[64, 64, 64], 'B', 'uint8'],
    [[128, 128, 128], 'd', 'float64'],
    [[256, 256, 256], 'B', 'uint8'],
  ]) {
    const cube = zeros(shape, format);
    cube.fill(1);
    for (const order of [
      [0, 1, 2],
      [1, 0, 2],
      [2, 0, 1],
    ]) {
      await fresh(
        `axes ${order.join('')} of ${shape[0]}³ of ${format}`,
        cube.transpose(...order),
        `a = np.ones((${shape.join(', ')}), "${dtype}")`,
        `a.transpose(${order.join(', ')})`,
      );
    }
    cube.obj.release();
  }
  const matrix = zeros([2048, 2048]);
  matrix.fill(1);
  const setup = 'a = np.ones((2048, 2048))';
  await fresh('[::2, ::2], 8 MiB of doubles', matrix.slice('::2, ::2'), setup, 'a[::2, ::2]');
  await fresh('[::-1], 32 MiB of doubles', matrix.slice('::-1'), setup, 'a[::-1]');
  matrix.obj.release();
  await others();
}

async function fresh(work, source, setup, expression) {
  const warm = empty(source.shape, source.format);
  const warmCopy = (n) => {
    for (let i = 0; i < n; i++) warm.copyFrom(source);
  };
  const python = { setup: `${setup}\nv = ${expression}`, run: 'v.copy()' };
  await compare(
    25,
    `copy() of ${work}`,
    (n) => {
      for (let i = 0; i < n; i++) source.copy().obj.release();
    },
    [
      { name: 'copyFrom into warm memory', bar: 1.1, run: warmCopy },
      { name: 'numpy copy()', bar: 1, python },
    ],
    { bytes: 2 * source.nbytes },
  );
  warm.obj.release();
}

/** The other calls that copy into new memory. */
async function others() {
  const typed = new Float64Array(MIB).fill(1.5);
  const source = array(typed).reshape([1024, 1024]);
  const warm = empty([1024, 1024]);
  const warmCopy = (n) => {
    for (let i = 0; i < n; i++) warm.copyFrom(source.T);
  };
  const warmPeer = { name: 'copyFrom into warm memory', bar: 1.1, run: warmCopy };
  const moved = { bytes: 2 * source.nbytes };
  await compare(
    25,
    'toBytes() of a transposed 1024 × 1024 of doubles',
    (n) => {
      for (let i = 0; i < n; i++) source.T.toBytes();
    },
    [
      warmPeer,
      {
        name: 'numpy tobytes()',
        bar: 1,
        python: { setup: 'a = np.ones((1024, 1024)).T', run: 'a.tobytes()' },
      },
    ],
    moved,
  );
  await compare(
    25,
    'array(Float64Array of 8 MiB)',
    (n) => {
      for (let i = 0; i < n; i++) array(typed).obj.release();
    },
    [
      {
        name: 'copyFrom into warm memory',
        bar: 1.1,
        run: (n) => {
          const flat = warm.reshape(-1);
          for (let i = 0; i < n; i++) flat.copyFrom(typed);
        },
      },
      { name: 'numpy array()', bar: 1, python: { setup: `a = np.ones(${MIB})`, run: 'np.array(a)' } },
    ],
    moved,
  );
  const timed = async (work) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 5; i++) await work();
    return Number(process.hrtime.bigint() - start) / 5e9;
  };
  await compare(
    25,
    'copyAsync() of a transposed 1024 × 1024 of doubles',
    { sample: () => timed(async () => (await source.T.copyAsync()).obj.release()) },
    [
      {
        name: 'copyFromAsync into warm memory',
        bar: 1.1,
        sample: () => timed(() => warm.copyFromAsync(source.T)),
      },
    ],
    moved,
  );
}
