/**
 * A binary log of a million packed records of a web server, mapped and filtered by its fields. Nothing is parsed: a field is a strided view
 * of the file, and a period of time a slice of it.
 *
 *     npm run example -- log
 *
 * The example writes the log first, and the filters must find what it wrote.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allocate, type MemoryView, mapFile, memoryview } from 'memoryview';
import { addressText, bytesText, claim, line, stopwatch, table, timeText, title } from './report.js';

const RECORDS = 1_000_000;
const HEADER = 16;
/** Little-endian, without padding: 26 bytes a record, so most fields are misaligned. */
const RECORD = 'T{<Q:micros:H:status:I:nbytes:12s:route:}';
const ROUTES = ['/', '/login', '/api/orders', '/api/items'].map((route) => Buffer.from(route));
const START = 1_760_000_000_000_000n;
const STEP = 1000n;
const statusOf = (n: number): number => (n % 997 === 0 ? 503 : n % 101 === 0 ? 404 : 200);

const folder = mkdtempSync(join(tmpdir(), 'memoryview-log-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
const path = join(folder, 'access.log');

/** Writes a log whose values all follow from the record's number. */
function writeLog(): void {
  using memory = allocate(26 * 10_000);
  const chunk = memoryview(memory, { format: RECORD });
  const file = openSync(path, 'w');
  writeSync(file, Buffer.from('LOG1'.padEnd(HEADER, '\0')));
  for (let first = 0; first < RECORDS; first += chunk.length) {
    for (let i = 0; i < chunk.length; i++) {
      const n = first + i;
      const [micros, status, route] = [START + BigInt(n) * STEP, statusOf(n), ROUTES[n % ROUTES.length]];
      chunk.set(i, { micros, status, nbytes: n % 50_000, route });
    }
    writeSync(file, chunk.asBuffer());
  }
  closeSync(file);
}

/** The first record of a sorted column that is not before a time. The search reads only the pages that it needs. */
function firstNotBefore(column: MemoryView<'<Q'>, time: bigint): number {
  let [from, to] = [0, column.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (column.get(middle) < time) from = middle + 1;
    else to = middle;
  }
  return from;
}

writeLog();
const file = mapFile(path);
const log = memoryview(file, { format: RECORD, byteOffset: HEADER });
title(`${log.length} records of ${log.itemsize} bytes, ${bytesText(file.nbytes)} mapped`);
claim('the file begins with its magic number', file.view().slice([0, 4]).decode() === 'LOG1');

// Ten minutes of the log: a search by time finds the ends, and a slice takes the part.
const times = log.field('micros').viewAs('<Q');
const [from, to] = [100_000, 700_000];
const ends = [from, to].map((n) => firstNotBefore(times, START + BigInt(n) * STEP));
const part = log.slice([ends[0]!, ends[1]!]);
line(
  'ten minutes of it',
  `${part.length} records, strides (${part.strides}), at ${addressText(part.address)}`,
);
claim('they are the ones that were asked for', ends[0] === from && ends[1] === to);

// One field by itself: 2 bytes of each 26, misaligned. Native code searches and counts them.
const statuses = part.field('status').viewAs('<H');
const elapsed = stopwatch();
const failed: number[] = [];
for (let i = statuses.indexOf(503); i >= 0; i = statuses.indexOf(503, i + 1)) failed.push(i);
const missing = statuses.count(404);
line('filtered by status', `${failed.length} × 503, ${missing} × 404, in ${timeText(elapsed())}`);
const written = Array.from({ length: part.length }, (_, i) => statusOf(from + i));
const expected = written.flatMap((status, i) => (status === 503 ? [i] : []));
claim('503 stands where it was written', failed.join() === expected.join());
claim('404 as often as it was written', missing === written.filter((status) => status === 404).length);

// Only the printed records become JavaScript values.
const [nbytes, routes] = [part.field('nbytes').viewAs('<I'), part.field('route').viewAs('12s')];
table([
  ['record', 'time', 'bytes', 'route'],
  ...failed.slice(0, 5).map((i) => {
    const time = new Date(Number(times.get(from + i) / 1000n)).toISOString();
    return [from + i, time, nbytes.get(i), routes.get(i).toString().split('\0')[0]!];
  }),
]);
file.release();
