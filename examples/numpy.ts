/**
 * A numpy worker process over shared memory: Node makes the numbers, numpy computes in place, Node reads the results. Only the name of the
 * memory and the commands go through the pipe.
 *
 *     npm run example -- numpy
 *
 * Needs python3 with numpy; MEMORYVIEW_PYTHON names another interpreter than /usr/bin/python3.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type MemoryView, memoryview, range, SharedMemory } from 'memoryview';
import { bytesText, claim, line, stopwatch, table, timeText, title } from './report.js';

const [ROWS, COLUMNS] = [500_000, 4];

const shm = SharedMemory.create({ size: ROWS * COLUMNS * 8 });
const samples = memoryview(shm, { format: 'd', shape: [ROWS, COLUMNS] });
const columns = Array.from({ length: COLUMNS }, (_, c) => samples.slice(range(), c));
// Column c is an even ramp around 100 · c, 1 + c wide, out of order.
for (const [c, column] of columns.entries())
  for (let i = 0; i < ROWS; i++) column.set(i, 100 * c + (1 + c) * (((i * 7919) % ROWS) / (ROWS - 1) - 0.5));

const script = fileURLToPath(new URL('../numpy_worker.py', import.meta.url));
const python = spawn(process.env.MEMORYVIEW_PYTHON ?? '/usr/bin/python3', [script], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const ended = once(python, 'close');
const answers = createInterface({ input: python.stdout });
let piped = 0;

/** Lets numpy process all columns in place. The borrow keeps the memory from being released meanwhile. */
async function ask(task: 'standardize' | 'sort'): Promise<void> {
  const request = `${JSON.stringify({ task, name: shm.name, dtype: samples.format, shape: samples.shape })}\n`;
  const elapsed = stopwatch();
  const [answer] = await shm.borrow(() => {
    python.stdin.write(request);
    return Promise.race([once(answers, 'line'), ended]);
  });
  if (typeof answer !== 'string') throw new Error(`python ended with exit code ${answer}`);
  piped += request.length + answer.length + 1;
  line(`${task}, ${answer}`, timeText(elapsed()));
}

/** Mean, deviation, first and last element, computed by Node from the current memory. */
function described(column: MemoryView<'d'>): [mean: number, deviation: number, first: number, last: number] {
  const values = [...column];
  const mean = values.reduce((sum, value) => sum + value, 0) / ROWS;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ROWS;
  return [mean, Math.sqrt(variance), column.get(0), column.get(-1)];
}

function show(when: string): void {
  const rows = columns.map((column, c) => [
    c,
    ...described(column).map((value) => Number(value.toFixed(3)) + 0),
  ]);
  console.log(`   ${when}`);
  table([['column', 'mean', 'deviation', 'first', 'last'], ...rows]);
}

title(`${ROWS} × ${COLUMNS} doubles, ${bytesText(shm.nbytes)} in /dev/shm/${shm.name}`);
show('as Node made them');
await ask('standardize');
await ask('sort');
show('as numpy left them');
python.stdin.end();
claim('python ended well', (await ended)[0] === 0);
claim(
  'each column has mean 0 and deviation 1',
  columns
    .map(described)
    .every(([mean, deviation]) => Math.abs(mean) < 1e-9 && Math.abs(deviation - 1) < 1e-9),
);
// An even ramp of deviation 1 reaches from -√3 to √3, but for the half steps at its ends.
const end = Math.sqrt((3 * (ROWS - 1)) / (ROWS + 1));
claim(
  'each is the ramp in order, from -√3 to √3',
  columns.every((column) =>
    Array.from(column).every((v, i) => Math.abs(v - end * ((2 * i) / (ROWS - 1) - 1)) < 1e-9),
  ),
);
claim(`${bytesText(piped)} went through the pipe, and the numbers did not`, piped < 1024);
shm.unlink();
shm.release();
