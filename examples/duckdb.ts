/**
 * DuckDB's columns as views. A query through DuckDB's C API returns Arrow columns, and the example reads them in DuckDB's own memory. It
 * asks which words this library's source uses most, and in how many files.
 *
 *     npm run example -- duckdb
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { allocate, memory } from 'memoryview';
import { type ArrowColumn, fromArrow } from 'memoryview/arrow';
import { addressText, claim, line, table, title } from './report.js';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const WORD = /[A-Za-z]{4,}/g;
const SQL = `select word, count(*)::integer as uses, count(distinct filename)::integer as files
  from (select filename, unnest(regexp_extract_all(content, '${WORD.source}')) as word from read_text('${source.replaceAll("'", "''")}/**/*.ts'))
  group by word order by uses desc, word`;

// The C library that DuckDB's package contains.
const bindings = createRequire(import.meta.url).resolve(
  `@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`,
);
const library = koffi.load(
  join(bindings, '..', process.platform === 'darwin' ? 'libduckdb.dylib' : 'libduckdb.so'),
);
/** A function of the library that returns 0 if it succeeds. */
function checked(name: string, parameters: string): (...given: (string | bigint)[]) => void {
  const call = library.func(`int ${name}(${parameters})`);
  return (...given) => {
    if (call(...given) !== 0) throw new Error(`${name} failed`);
  };
}
const open = checked('duckdb_open', 'const char *path, void *database');
const connect = checked('duckdb_connect', 'void *database, void *connection');
const query = checked('duckdb_query_arrow', 'void *connection, const char *sql, void *result');
const nextSchema = checked('duckdb_query_arrow_schema', 'void *result, void *schema');
const nextArray = checked('duckdb_query_arrow_array', 'void *result, void *array');

// Pointers that C writes, and the two structs of Arrow's C data interface.
const [DATABASE, CONNECTION, RESULT, SCHEMA, ARRAY] = [0, 1, 2, 3, 4];
const pointers = allocate(5 * 8).view('Q');
const [schema, array] = [allocate(72), allocate(80)];
pointers.set(SCHEMA, schema.address);
pointers.set(ARRAY, array.address);
const to = (index: number): bigint => pointers.slice(index).address;

/** The next part of the result, a struct column; null at the end. */
function nextPart(): ArrowColumn | null {
  nextSchema(pointers.get(RESULT), to(SCHEMA));
  nextArray(pointers.get(RESULT), to(ARRAY));
  const release = array.view('Q').get(8); // the ninth member, null in an empty struct
  return release === 0n ? null : fromArrow({ schema: schema.address, array: array.address });
}

open(':memory:', to(DATABASE));
connect(pointers.get(DATABASE), to(CONNECTION));
query(pointers.get(CONNECTION), SQL, to(RESULT));
title(`Words in ${source}, counted by DuckDB`);
const counts = new Map<string, number>();
for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }))
  for (const [word] of file.endsWith('.ts') ? readFileSync(join(source, file), 'utf8').matchAll(WORD) : [])
    counts.set(word, (counts.get(word) ?? 0) + 1);

const heap = memory.stats().byKind.heap.bytes;
let [rows, equal] = [0, 0];
for (let part = nextPart(); part !== null; part = nextPart()) {
  const [word, uses, files] = ['word', 'uses', 'files'].map((name) => part.child(name)!);
  line('uses', `${part.length} × "${uses!.values!.format}" at ${addressText(uses!.values!.address)}`);
  line('words', `${word!.data!.nbytes} bytes of text at ${addressText(word!.data!.address)}`);
  // Everything above is views; this makes JavaScript strings.
  const words = word!.toArray().map(String);
  for (const [i, text] of words.entries()) if (counts.get(text) === uses!.values!.get(i)) equal++;
  if (rows === 0) {
    const top = words
      .slice(0, 8)
      .map((text, i) => [text, Number(uses!.values!.get(i)), Number(files!.values!.get(i))]);
    table([['word', 'uses', 'files'], ...top]);
  }
  rows += part.length;
  part.release();
}
claim(`all ${rows} words are counted as JavaScript counts them`, equal === rows && rows === counts.size);
claim('no memory was allocated for the columns', memory.stats().byKind.heap.bytes === heap);
claim('DuckDB has its memory back', memory.stats().byKind.foreign.bytes === 0);
library.func('void duckdb_destroy_arrow(void *result)')(to(RESULT));
library.func('void duckdb_disconnect(void *connection)')(to(CONNECTION));
library.func('void duckdb_close(void *database)')(to(DATABASE));
