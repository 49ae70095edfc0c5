/**
 * One matrix of 1 GiB and four worker threads. Each fills a block of rows, then sums the block that its neighbour filled. Their views are
 * of the same memory, so the process grows by one matrix.
 *
 *     npm run example -- threads [MiB]
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { allocate, attach, type MemoryView, NativeMemory } from 'memoryview';
import { bytesText, claim, line, resident, stopwatch, timeText, title } from './report.js';

const THREADS = 4;
const MIB = 2 ** 20;
const COLUMNS = 4096;

/** A worker's message: a task, and its rows. */
interface Order {
  readonly task: 'fill' | 'sum';
  readonly block: ReturnType<MemoryView<'d'>['share']>;
  /** The value of the first element to fill; the next is one more. */
  readonly first: number;
}

function work({ task, block, first }: Order): number {
  const view = attach(block);
  const items = view.asTypedArray();
  let sum = 0;
  if (task === 'fill') for (let i = 0; i < items.length; i++) items[i] = first + i;
  else for (let i = 0; i < items.length; i++) sum += items[i]!;
  // This thread releases its share; the others still have theirs.
  if (view.obj instanceof NativeMemory) view.obj.release();
  return sum;
}

async function main(mib: number): Promise<void> {
  const before = resident();
  const owner = allocate(mib * MIB, { label: 'matrix' });
  const matrix = owner.view('d', [(mib * MIB) / 8 / COLUMNS, COLUMNS]);
  const rows = matrix.length / THREADS;
  const count = matrix.length * COLUMNS;
  const workers = Array.from({ length: THREADS }, () => new Worker(new URL(import.meta.url)));

  /** Gives each worker a task, worker w on block `w + shift`. @returns the sum of what they answer */
  async function all(task: Order['task'], shift: number): Promise<number> {
    const elapsed = stopwatch();
    const answers = workers.map(async (worker, w) => {
      const at = ((w + shift) % THREADS) * rows;
      const answered = once(worker, 'message');
      worker.postMessage({ task, block: matrix.slice([at, at + rows]).share(), first: at * COLUMNS });
      return Number((await answered)[0]);
    });
    const sum = (await Promise.all(answers)).reduce((a, b) => a + b);
    const time = timeText(elapsed());
    line(`${THREADS} threads ${task}`, `${time}, resident ${bytesText(resident())}`);
    return sum;
  }

  title(`${matrix.shape.join(' × ')} doubles, ${bytesText(matrix.nbytes)}`);
  line('resident before', bytesText(before));
  await all('fill', 0);
  const sum = await all('sum', 1);
  const grown = resident() - before;
  claim(`the sum of 0, 1, … is n (n - 1) / 2 = ${sum}`, sum === (count * (count - 1)) / 2);
  claim('the main thread reads what they wrote', matrix.get(-1, -1) === count - 1);
  claim(
    `the process grew by one matrix, not by ${THREADS}: ${bytesText(grown)}`,
    grown > owner.nbytes && grown < owner.nbytes + 256 * MIB,
  );
  // The workers have released theirs, so the last use ends here.
  owner.release();
  line('resident after the release', bytesText(resident()));
  claim('the matrix is given back', before + grown - resident() > owner.nbytes * 0.95);
  await Promise.all(workers.map((worker) => worker.terminate()));
}

if (isMainThread) await main(Number(process.argv[2] ?? 1024));
else parentPort?.on('message', (order: Order) => parentPort?.postMessage(work(order)));
