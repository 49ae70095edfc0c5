/**
 * SQL over views. Two columns of native memory and a mapped file of records are tables of DuckDB, which reads the columns in place and
 * returns views of its own memory. Then the same through ADBC, the API that other databases' drivers have too.
 *
 *     npm run example -- sql [MILLIONS]
 */
import { empty, memory, type NativeMemory } from 'memoryview';
import { toArrowStream } from 'memoryview/arrow';
import { bytesText, claim, line, resident, stopwatch, table, timeText, title } from './report.js';
import { AccountsFile } from './sql/accounts.js';
import { Adbc } from './sql/adbc.js';
import { Database, isHeld } from './sql/duckdb.js';

const rows = Math.round(Number(process.argv[2] ?? 4) * 2 ** 20);
const ACCOUNTS = 1000;

// Two columns of native memory: the account, and the amount.
const account = empty(rows, 'i');
const amount = empty(rows, 'd');
const [accounts, amounts] = [account.asTypedArray(), amount.asTypedArray()];
for (let i = 0; i < rows; i++) {
  accounts[i] = (i * 7919) % ACCOUNTS;
  amounts[i] = (i % 400) / 4;
}

const file = await AccountsFile.make(ACCOUNTS);

const database = await Database.open();

title(`${rows} payments of ${ACCOUNTS} accounts, grouped by DuckDB where they lie`);
await database.register('payments', toArrowStream([{ account, amount }]));
claim('what DuckDB is to scan can not be released', isHeld(account.obj as NativeMemory));
const [before, elapsed] = [resident(), stopwatch()];
const answer = database.query(
  'select account, sum(amount) as total from payments group by account order by account',
);
const first = answer.next();
const { value: totals } = await first;
const grown = Math.max(0, resident() - before);
line('time', timeText(elapsed()));
line('resident memory', `+${bytesText(grown)} for ${bytesText(rows * 12)} of columns`);
claim('the columns were not copied', rows < 2 ** 22 || grown < rows * 6);
const expected = new Float64Array(ACCOUNTS);
for (let i = 0; i < rows; i++) expected[Number(accounts[i])]! += Number(amounts[i]);
const [ids, sums] = [totals!.child('account')!.values!, totals!.child('total')!.values!];
claim(
  'each total is what JavaScript adds up',
  totals!.length === ACCOUNTS && [...sums].every((sum, i) => sum === expected[Number(ids.get(i))]),
);
totals!.release();
await answer.return();

title('Joined with a mapped file of records');
await database.register('payments_again', toArrowStream([{ account, amount }]));
await database.register('accounts', toArrowStream(file.parts(256)));
const SQL = `select decode(country) as country, count(*)::integer as payments, sum(amount) as total
  from payments_again join accounts on account = id group by all order by all`;
for await (const part of database.query(SQL)) {
  const found = part.toArray().map((row) => Object.values(row as object));
  table([['country', 'payments', 'total'], ...found]);
  claim('no payment is lost', found.reduce((count, row) => count + Number(row[1]), 0) === rows);
  part.release();
}
database.close();

title('The same columns through ADBC');
const adbc = new Adbc();
const ingested = adbc.ingest('payments', toArrowStream([{ account, amount }]));
line('ingested', `${ingested} rows`);
let [groups, sum] = [0, 0];
for (const batch of adbc.query('select account, sum(amount) as total from payments group by account')) {
  line(
    'a batch',
    `${batch.length} rows, totals "${batch.child('total')!.values!.format}" in DuckDB's memory`,
  );
  for (const total of batch.child('total')!) sum += Number(total);
  groups += batch.length;
  batch.release();
}
adbc.close();
claim(`${groups} groups add up to the whole`, sum === expected.reduce((a, b) => a + b, 0));

(account.obj as NativeMemory).release();
(amount.obj as NativeMemory).release();
file.remove();
memory.reclaim();
claim('nothing of it is pinned', memory.stats().pinned === 0);
