/** One rank in Node. `rank.py` does the same with mpi4py and numpy; both may be in one job. */
import { array, empty, type NativeMemory, zeros } from 'memoryview';
import { claim, line, stopwatch } from '../report.js';
import { barrier, finalize, rank, receive, send, size, sum } from './mpi.js';
import { exposed } from './window.js';

const mib = Number(process.argv[2] ?? 64);
const next = (rank + 1) % size;
const previous = (rank + size - 1) % size;
const says = (text: string, holds: boolean): void => {
  if (rank === 0 || !holds) claim(`rank ${rank}: ${text}`, holds);
};

// A column of a matrix to the next rank, into every second element of a vector there.
const matrix = array(
  Array.from({ length: 5 }, (_, i) => [0, rank * 100 + i, 0]),
  'd',
);
const vector = zeros(10, 'd');
await Promise.all([send(matrix.slice(':, 1'), next), receive(vector.slice('::2'), previous)]);
const expected = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? previous * 100 + i / 2 : 0));
says('a strided column came from the previous rank', vector.equals(array(expected, 'd')));

// During the transfer the memory can't be released.
const late = receive(vector, previous, 1);
let held = '';
try {
  (vector.obj as NativeMemory).release();
} catch (error) {
  held = (error as NodeJS.ErrnoException).code ?? '';
}
await Promise.all([late, send(zeros(10, 'd'), next, 1)]);
says('memory in flight can not be released', held === 'ERR_EXPORTED');

const total = zeros(3, 'q');
await sum(array([rank, 1, rank * rank], 'q'), total);
const ranks = Array.from({ length: size }, (_, i) => i);
const squares = ranks.reduce((all, i) => all + i * i, 0);
says('all ranks add up', total.equals(array([(size * (size - 1)) / 2, size, squares], 'q')));

const board = zeros(size, 'i');
await exposed(board.obj as NativeMemory, (put, fence) => {
  fence();
  for (const other of ranks) put(array([rank + 1], 'i'), other, rank * 4);
  fence();
});
says(
  'each rank wrote into the window of each other',
  board.toArray().every((value, i) => value === i + 1),
);

// A strided column of some MiB between the first two ranks of a kind: rank.py does the same for its own.
const rows = (mib * 2 ** 20) / 8;
const times: number[] = [];
const answer = zeros(1, 'B');
const wide = empty([rows, 2], 'd');
wide.fill(rank);
const column = wide.slice(':, 1');
for (let round = 0; mib > 0 && round < 9; round++) {
  // The kinds take turns: while one pair is timed, the other waits at the second barrier.
  await barrier();
  const elapsed = stopwatch();
  if (rank === 0) await send(column, 1, 2);
  if (rank === 1) await receive(column, 0, 2);
  if (rank === 0) await receive(answer, 1, 3);
  if (rank === 1) await send(answer, 0, 3);
  times.push(elapsed() / 1e6);
  await barrier();
  await barrier();
}
if (mib > 0 && rank === 1)
  says('the column is that of rank 0', column.get(0) === 0 && column.get(-1) === 0 && wide.get(0, 0) === 1);
if (mib > 0 && rank === 0)
  line(`${mib} MiB, every second double, Node to Node`, `${times.sort((a, b) => a - b)[4]!.toFixed(1)} ms`);
await barrier();
finalize();
