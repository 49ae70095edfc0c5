/** Every type that DuckDB has, in each of its output settings, by value; and made anew as Arrow, read by DuckDB itself. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { beforeAll, describe, expect, test } from 'vitest';
import { allocate, type NativeMemory } from '../../src/index.js';
import { type ArrowColumn, ArrowDecimal, fromArrow, toArrowStream } from '../../src/interop/arrow.js';

function findLibrary(): string | null {
  try {
    const name = `@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`;
    const folder = dirname(createRequire(import.meta.url).resolve(name));
    const file = join(folder, process.platform === 'darwin' ? 'libduckdb.dylib' : 'libduckdb.so');
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

const file = findLibrary();
type Call = (...given: (string | bigint)[]) => unknown;

let call: Record<string, Call>;
let cells: NativeMemory;
let slots: BigUint64Array;
let schema: NativeMemory;
let array: NativeMemory;
const [DATABASE, CONNECTION, RESULT, SCHEMA, ARRAY] = [0, 1, 2, 3, 4];
const slot = (index: number): bigint => cells.address + BigInt(index * 8);

beforeAll(() => {
  if (file === null) return;
  const library = koffi.load(file);
  const functions = {
    open: 'int duckdb_open(const char *, void *)',
    connect: 'int duckdb_connect(void *, void *)',
    run: 'int duckdb_query(void *, const char *, void *)',
    scan: 'int duckdb_arrow_scan(void *, const char *, void *)',
    query: 'int duckdb_query_arrow(void *, const char *, void *)',
    schema: 'int duckdb_query_arrow_schema(void *, void *)',
    array: 'int duckdb_query_arrow_array(void *, void *)',
    error: 'const char *duckdb_query_arrow_error(void *)',
    destroy: 'void duckdb_destroy_arrow(void *)',
  };
  call = Object.fromEntries(
    Object.entries(functions).map(([name, text]) => [name, library.func(text) as Call]),
  );
  cells = allocate(64);
  slots = new BigUint64Array(cells.buffer);
  [schema, array] = [allocate(72), allocate(80)];
  slots[SCHEMA] = schema.address;
  slots[ARRAY] = array.address;
  expect(call.open!(':memory:', slot(DATABASE))).toBe(0);
  expect(call.connect!(slots[DATABASE]!, slot(CONNECTION))).toBe(0);
});

/** The first part of a result; small results have no other. */
function queried(sql: string): ArrowColumn {
  if (call.query!(slots[CONNECTION]!, sql, slot(RESULT)) !== 0) {
    throw new Error(String(call.error!(slots[RESULT]!)));
  }
  call.schema!(slots[RESULT]!, slot(SCHEMA));
  call.array!(slots[RESULT]!, slot(ARRAY));
  call.destroy!(slot(RESULT));
  return fromArrow({ schema: schema.address, array: array.address });
}

const shownValue = (_: string, value: unknown): unknown => {
  if (value instanceof ArrowDecimal) return value.toString();
  return typeof value === 'bigint' ? `${value}n` : value;
};
const plain = (values: readonly unknown[]): string => JSON.stringify(values, shownValue);

const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  plain: [],
  large: ['arrow_large_buffer_size=true'],
  views: ['arrow_large_buffer_size=false', 'arrow_output_list_view=true', 'produce_arrow_string_view=true'],
  newest: ["arrow_output_version='1.5'"],
};

const BIT = [
  'arrow_large_buffer_size',
  'arrow_output_list_view',
  'produce_arrow_string_view',
  'arrow_output_version',
];

describe.runIf(file !== null || process.env.CI !== undefined)('DuckDB', () => {
  test('has no type that is not read, and each setting gives the same values', () => {
    const seen: Record<string, Map<string, string>> = {};
    const formats = new Set<string>();
    for (const [name, settings] of Object.entries(SETTINGS)) {
      for (const setting of settings) expect(call.run!(slots[CONNECTION]!, `set ${setting}`, 0n)).toBe(0);
      const table = queried('select * from test_all_types()');
      seen[name] = new Map(table.children.map((column) => [column.name, plain(column.toArray())]));
      for (const { kind } of table.children) formats.add(kind);
      table.release();
    }
    for (const setting of BIT) call.run!(slots[CONNECTION]!, `reset ${setting}`, 0n);
    expect(seen.plain!.size).toBeGreaterThan(50);
    for (const name of ['large', 'views', 'newest']) expect(seen[name]).toEqual(seen.plain);
    expect([...formats]).toEqual(
      expect.arrayContaining([
        'boolean',
        'decimal',
        'dictionary',
        'list-view',
        'utf8-view',
        'map',
        'sparse-union',
      ]),
    );
    expect(seen.plain!.get('hugeint')).toBe(
      '["-170141183460469231731687303715884105728","170141183460469231731687303715884105727",null]',
    );
    expect(seen.plain!.get('map')).toBe('[[],[["key1","🦆🦆🦆🦆🦆🦆"],["key2","goose"]],null]');
    expect(seen.plain!.get('interval')).toContain('{"months":999,"days":999,"nanoseconds":"999999999000n"}');
  });

  test('reports a stream that was released before the query', () => {
    const stream = toArrowStream([{ x: allocate(8).view('i') }]);
    expect(call.scan!(slots[CONNECTION]!, 'released', stream.stream)).toBe(0);
    stream.release();
    expect(() => queried('select * from released')).toThrow('at least one column');
  });

  test('reads each of its own columns back once they were made anew here', () => {
    const table = queried('select * from test_all_types()');
    // What DuckDB itself can't read back from Arrow as it wrote it.
    const ours = table.children.filter(
      ({ name }) => !/^(uhugeint|bignum|time_tz|bit|geometry|date|timestamp.*|time)$/.test(name),
    );
    for (const column of ours) {
      const expected = plain(column.toArray());
      const stream = toArrowStream([{ x: column }]);
      expect(call.scan!(slots[CONNECTION]!, `again_${column.name}`, stream.stream), column.name).toBe(0);
      const again = queried(`select x from again_${column.name}`);
      expect(plain(again.child('x')!.toArray()), column.name).toBe(expected);
      again.release();
    }
    table.release();
  });
});
