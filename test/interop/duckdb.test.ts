/** DuckDB's C API returns a query's result as Arrow; the values equal those of DuckDB's own Node API. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { beforeAll, describe, expect, test } from 'vitest';
import { allocate, type NativeMemory, wrapPointer } from '../../src/index.js';
import { type ArrowColumn, fromArrow } from '../../src/interop/arrow.js';
import { COMPILING } from './addons.js';
import { loadLibrary, type Native } from './library.js';

const require = createRequire(import.meta.url);

function findLibrary(): string | null {
  try {
    const folder = dirname(
      require.resolve(`@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`),
    );
    const file = join(folder, process.platform === 'darwin' ? 'libduckdb.dylib' : 'libduckdb.so');
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

const file = findLibrary();

const ROWS = 1_000_000;
const SQL = `select i::integer as id, i / 4.0::double as price, i % 3 = 0 as even,
  date '2000-01-01' + i::integer as day,
  case when i % 7 = 0 then null else 'row ' || i end as name,
  [i, i * 2] as pair
  from range(${ROWS}) t(i)`;

/** A slot for each pointer of the C API, and the structs of one array. */
const Slot = { Database: 0, Connection: 1, Result: 2, Schema: 3, Array: 4 } as const;

let call: Record<string, (...args: (number | bigint | string)[]) => unknown>;
let counter: Record<string, Native>;
let cells: NativeMemory;
let slots: BigUint64Array;
let schema: NativeMemory;
let array: NativeMemory;

const slot = (at: number): bigint => cells.address + BigInt(at * 8);

beforeAll(() => {
  if (file === null) return;
  counter = loadLibrary('arrows', [
    'int arrows_made()',
    'int arrows_released()',
    'void arrow_count(intptr_t)',
  ]);
  const library = koffi.load(file);
  call = Object.fromEntries(
    [
      'int duckdb_open(const char*, intptr_t)',
      'int duckdb_connect(intptr_t, intptr_t)',
      'int duckdb_query_arrow(intptr_t, const char*, intptr_t)',
      'int duckdb_query_arrow_schema(intptr_t, intptr_t)',
      'int duckdb_query_arrow_array(intptr_t, intptr_t)',
      'void duckdb_destroy_arrow(intptr_t)',
      'void duckdb_disconnect(intptr_t)',
      'void duckdb_close(intptr_t)',
    ].map((prototype) => [/duckdb_(\w+)\(/.exec(prototype)![1]!, library.func(prototype)]),
  );
  cells = allocate(64);
  slots = new BigUint64Array(cells.buffer);
  schema = allocate(72);
  array = allocate(80);
  slots[Slot.Schema] = schema.address;
  slots[Slot.Array] = array.address;
  expect(call.open!(':memory:', slot(Slot.Database))).toBe(0);
  expect(call.connect!(slots[Slot.Database]!, slot(Slot.Connection))).toBe(0);
}, COMPILING);

/** The pointers in some memory of DuckDB's. */
function pointersAt(address: bigint, count: number): bigint[] {
  const wrapped = wrapPointer(address, count * 8);
  return [...new BigUint64Array(wrapped.buffer)];
}

/** The addresses of the buffers of a child, or of a child's child, as the struct has them. */
function buffersOf(...path: number[]): bigint[] {
  let at = array.address;
  for (const child of path) {
    const [, , , , , , children] = pointersAt(at, 10);
    at = pointersAt(children!, child + 1)[child]!;
  }
  const [, , , count, , buffers] = pointersAt(at, 10);
  return pointersAt(buffers!, Number(count));
}

/** Fetches the next array into the structs; false at the end. */
function fetchArray(): boolean {
  expect(call.query_arrow_schema!(slots[Slot.Result]!, slot(Slot.Schema))).toBe(0);
  expect(call.query_arrow_array!(slots[Slot.Result]!, slot(Slot.Array))).toBe(0);
  const [release] = new BigUint64Array(array.buffer, 64, 1);
  if (release === 0n) return false;
  counter.arrow_count!(array.address);
  return true;
}

interface Row {
  readonly id: number;
  readonly price: number;
  readonly even: boolean;
  readonly day: number;
  readonly name: string | null;
  readonly pair: readonly bigint[];
}

/** The rows by DuckDB's own API. */
async function* ownRows(): AsyncGenerator<Row, void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const result = await connection.stream(SQL);
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const columns = Array.from({ length: 6 }, (_, i) => chunk!.getColumnVector(i));
    for (let i = 0; i < chunk.rowCount; i++) {
      const [id, price, even, day, name, pair] = columns.map((vector) => vector.getItem(i));
      yield {
        id: id as number,
        price: price as number,
        even: even as boolean,
        day: (day as { days: number }).days,
        name: name as string | null,
        pair: (pair as { items: bigint[] }).items,
      };
    }
  }
  connection.closeSync();
}

const sameRow = (a: Row, b: Row): boolean =>
  a.id === b.id &&
  a.price === b.price &&
  a.even === b.even &&
  a.day === b.day &&
  a.name === b.name &&
  a.pair.length === b.pair.length &&
  a.pair.every((value, i) => value === b.pair[i]);

describe.runIf(file !== null || process.env.CI !== undefined)('a query of DuckDB', () => {
  test('over a million rows is its own memory, equal to what its Node API says, and released once', async () => {
    const [made, released] = [counter.arrows_made!(), counter.arrows_released!()].map(Number);
    expect(call.query_arrow!(slots[Slot.Connection]!, SQL, slot(Slot.Result))).toBe(0);
    const own = ownRows();
    let rows = 0;
    let arrays = 0;
    let nulls = 0;
    while (fetchArray()) {
      const addresses = [0, 1, 2, 3, 4, 5].map((child) => buffersOf(child));
      const items = buffersOf(5, 0);
      const table = fromArrow({ schema: schema.address, array: array.address });
      const [id, price, even, day, name, pair] = table.children as ArrowColumn[];
      if (arrays++ === 0) {
        expect(table.children.map(({ name: field, format }) => [field, format])).toEqual([
          ['id', 'i'],
          ['price', 'g'],
          ['even', 'b'],
          ['day', 'tdD'],
          ['name', 'u'],
          ['pair', '+l'],
        ]);
      }
      expect([id, price, even, day].map((column) => column!.values!.address)).toEqual(
        addresses.slice(0, 4).map(([, values]) => values),
      );
      expect([name!.validity!.address, name!.offsets!.address, name!.data!.address]).toEqual(addresses[4]);
      expect(pair!.offsets!.address).toBe(addresses[5]![1]);
      expect(pair!.children[0]!.values!.address).toBe(items[1]);
      for (const row of table.toArray() as Row[]) {
        const expected = await own.next();
        if (expected.done === true || !sameRow(row, expected.value)) expect(row).toEqual(expected.value);
        rows++;
      }
      nulls += name!.nullCount;
      table.release();
      expect(Number(counter.arrows_released!()) - released!).toBe(arrays);
    }
    expect((await own.next()).done).toBe(true);
    expect(rows).toBe(ROWS);
    expect(nulls).toBe(Math.ceil(ROWS / 7));
    expect(Number(counter.arrows_made!()) - made!).toBe(arrays);
    expect(Number(counter.arrows_released!()) - released!).toBe(arrays);
    call.destroy_arrow!(slot(Slot.Result));
    call.disconnect!(slot(Slot.Connection));
    call.close!(slot(Slot.Database));
  }, 240_000);
});
