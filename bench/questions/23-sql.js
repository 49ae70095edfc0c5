/** DuckDB groups two columns in place, against DuckDB's own import: its appender and the same query. */
import { DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER } from '@duckdb/node-api';
import { zeros } from 'memoryview';
import { toArrowStream } from 'memoryview/arrow';
import { Database } from '../../examples/build/sql/duckdb.js';
import { compare, quick } from '../harness.js';

const ROWS = quick ? 2 ** 18 : 2 ** 22;
const ACCOUNTS = 1000;
const BATCH_ROWS = 2 ** 16;
const CHUNK_ROWS = 2048;
const sql = (table) => `select account, sum(amount) as total from ${table} group by account order by account`;

/** @param {() => Promise<void>} work */
const timed = (work) => async () => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
};

function columns() {
  const [account, amount] = [zeros(ROWS, 'i'), zeros(ROWS, 'd')];
  const [accounts, amounts] = [account.asTypedArray(), amount.asTypedArray()];
  for (let i = 0; i < ROWS; i++) {
    accounts[i] = (i * 7919) % ACCOUNTS;
    amounts[i] = (i % 97) / 4;
  }
  return { account, amount, accounts, amounts };
}

export async function ask() {
  const { account, amount, accounts, amounts } = columns();
  const ours = await Database.open();
  const theirs = await (await DuckDBInstance.create(':memory:')).connect();
  // DuckDB's threads take a batch each.
  const batches = Array.from({ length: ROWS / BATCH_ROWS }, (_, i) => {
    const rows = `${i * BATCH_ROWS}:${(i + 1) * BATCH_ROWS}`;
    return { account: account.slice(rows), amount: amount.slice(rows) };
  });
  let expected;
  let asked = 0;

  const inPlace = timed(async () => {
    const table = `payments_${asked++}`; // a stream is read once
    await ours.register(table, toArrowStream(batches));
    for await (const totals of ours.query(sql(table))) {
      expected = totals.child('total').values.toArray();
      totals.release();
    }
  });
  const appended = (append) =>
    timed(async () => {
      await theirs.run('create or replace table payments (account integer, amount double)');
      const appender = await theirs.createAppender('payments');
      append(appender);
      appender.closeSync();
      const totals = (await theirs.runAndReadAll(sql('payments'))).getColumns()[1];
      if (!totals.every((total, i) => total === expected[i])) throw new Error('the two answers differ');
    });
  const byChunk = appended((appender) => {
    const chunk = DuckDBDataChunk.create([INTEGER, DOUBLE]);
    for (let i = 0; i < ROWS; i += CHUNK_ROWS) {
      const end = Math.min(i + CHUNK_ROWS, ROWS);
      chunk.setColumns([accounts.subarray(i, end), amounts.subarray(i, end)]);
      appender.appendDataChunk(chunk);
    }
  });
  const byRow = appended((appender) => {
    for (let i = 0; i < ROWS; i++) {
      appender.appendInteger(accounts[i]);
      appender.appendDouble(amounts[i]);
      appender.endRow();
    }
  });

  await inPlace();
  await compare(23, `group ${ROWS} rows of two columns`, { sample: inPlace }, [
    { name: 'appended by the row', bar: 0.125, sample: byRow },
    { name: 'appended by the chunk', bar: 0.125, sample: byChunk },
  ]);
  theirs.closeSync();
  ours.close();
  account.obj.release();
  amount.obj.release();
}
