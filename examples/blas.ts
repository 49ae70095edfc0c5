/**
 * OpenBLAS multiplies views: cblas_dgemm gets parts, transposes and columns of one matrix in place, by their address and their strides.
 *
 *     npm run example -- blas
 *
 * Needs libopenblas.so.0 (Debian: libopenblas0-pthread); MEMORYVIEW_BLAS names another CBLAS library.
 */
import koffi from 'koffi';
import { type MemoryView, zeros } from 'memoryview';
import { claim, line, stopwatch, table, timeText, title } from './report.js';

const LIBRARY = process.env.MEMORYVIEW_BLAS ?? 'libopenblas.so.0';
const [ROWS, PLAIN, TRANSPOSED] = [101, 111, 112];

const dgemm = koffi
  .load(LIBRARY)
  .func(
    'void cblas_dgemm(int order, int ta, int tb, int m, int n, int k, double alpha, const void *a, int lda, const void *b, int ldb, double beta, void *c, int ldc)',
  );

/** The arguments of BLAS for an operand, from its strides: the axis without gaps, and the distance along the other. */
function operand(view: MemoryView<'d'>): { order: number; place: [address: bigint, leading: number] } {
  const [down = 0, right = 0] = view.strides.map((stride) => stride / view.itemsize);
  if (right === 1 && down > 0) return { order: PLAIN, place: [view.address, down] };
  if (down === 1 && right > 0) return { order: TRANSPOSED, place: [view.address, right] };
  throw new Error(`strides (${view.strides}) have gaps in both directions; copy() the view`);
}

/** c = a · b, in place. The borrow keeps the result's memory from being released meanwhile. */
function multiply(a: MemoryView<'d'>, b: MemoryView<'d'>, c: MemoryView<'d'>): void {
  const [x, y, z] = [operand(a), operand(b), operand(c)];
  const [m, n, k] = [a.length, b.shape[1]!, b.length];
  if (z.order === PLAIN) {
    c.borrow(() => dgemm(ROWS, x.order, y.order, m, n, k, 1, ...x.place, ...y.place, 0, ...z.place));
  } else multiply(b.T, a.T, c.T); // BLAS wants the product in rows: cᵀ = bᵀ · aᵀ
}

/** Whether c is a · b, computed element by element on the same views. */
function isProduct(a: MemoryView<'d'>, b: MemoryView<'d'>, c: MemoryView<'d'>): boolean {
  for (let i = 0; i < c.length; i++) {
    for (let j = 0; j < c.shape[1]!; j++) {
      let sum = 0;
      for (let p = 0; p < b.length; p++) sum += a.get(i, p) * b.get(p, j);
      if (c.get(i, j) !== sum) return false;
    }
  }
  return true;
}

const N = 1000;
const [matrix, result] = [zeros([N, N]), zeros([N, N])];
// Small integers: their sums are exact in any order.
for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) matrix.set(i, j, ((i * 7 + j * 3) % 11) - 5);
const a = matrix.slice([100, 300], [50, 350]);
const b = matrix.slice([400, 700], [600, 700]);
const cases: [string, MemoryView<'d'>, MemoryView<'d'>, MemoryView<'d'>][] = [
  ['a · b', a, b, result.slice([0, 200], [0, 100])],
  ['bᵀ · aᵀ', b.T, a.T, result.slice([200, 300], [0, 200])],
  ['a · b, stored transposed', a, b, result.slice([300, 400], [0, 200]).T],
  ['a · a column of b', a, b.slice([0, null], [7, 8]), result.slice([0, 200], [999, 1000])],
];

title(`${LIBRARY} on parts of one ${N} × ${N} matrix`);
const rows = cases.map(([name, x, y, z]) => {
  const fast = stopwatch();
  multiply(x, y, z);
  const ours = timeText(fast());
  const slow = stopwatch();
  claim(`${name} is what JavaScript computes`, isProduct(x, y, z));
  return [name, ...[x, y, z].map(({ strides }) => `(${strides.join(', ')})`), ours, timeText(slow())];
});
table([['product', 'strides of a', 'of b', 'of c', 'BLAS', 'JavaScript'], ...rows]);
const whole = stopwatch();
multiply(matrix, matrix, result);
const time = whole();
line(`${N}³ products of the whole`, `${timeText(time)}, ${((2 * N ** 3) / time).toFixed(1)} GFLOP/s`);
claim('its first row is right', isProduct(matrix.slice([0, 1]), matrix, result.slice([0, 1])));
