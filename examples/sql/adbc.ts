/** ADBC, the C API of databases that support Arrow, through DuckDB's own entry point; drivers of other databases have a similar one. */
import koffi from 'koffi';
import { allocate, type NativeMemory } from 'memoryview';
import { type ArrowStream, type ArrowStreamExport, fromArrow } from 'memoryview/arrow';
import { library } from './duckdb.js';

// The members of an AdbcDriver of version 1.0.0, in their order; the first two are the driver's own.
const MEMBERS =
  'private manager release DatabaseInit DatabaseNew DatabaseSetOption DatabaseRelease ConnectionCommit ConnectionGetInfo ' +
  'ConnectionGetObjects ConnectionGetTableSchema ConnectionGetTableTypes ConnectionInit ConnectionNew ConnectionSetOption ' +
  'ConnectionReadPartition ConnectionRelease ConnectionRollback StatementBind StatementBindStream StatementExecuteQuery ' +
  'StatementExecutePartitions StatementGetParameterSchema StatementNew StatementPrepare StatementRelease StatementSetOption ' +
  'StatementSetSqlQuery StatementSetSubstraitPlan';
const VERSION = 1_000_000;
const ERROR_BYTES = 56;

/** A database of a driver, a connection to it, and one statement; each a struct of two pointers. */
export class Adbc {
  readonly #driver: NativeMemory = allocate(MEMBERS.split(' ').length * 8);
  readonly #structs: NativeMemory = allocate(3 * 16);
  readonly #error: NativeMemory = allocate(ERROR_BYTES);
  readonly #stream: NativeMemory = allocate(40);

  constructor() {
    const entry = library.func('int duckdb_adbc_init(int, void *driver, void *error)');
    if (entry(VERSION, this.#driver.address, this.#error.address) !== 0) throw new Error(this.#said());
    const [database, connection] = [this.#struct(0), this.#struct(1)];
    this.#call('DatabaseNew', database);
    this.#call('DatabaseInit', database);
    this.#call('ConnectionNew', connection);
    this.#call('ConnectionInit', connection, database);
  }

  #struct(index: number): bigint {
    return this.#structs.address + BigInt(index * 16);
  }

  #call(member: string, ...given: (bigint | string | null)[]): void {
    const at = this.#driver.view('Q').get(MEMBERS.split(' ').indexOf(member));
    const types = given.map((value) => (typeof value === 'string' ? 'const char *' : 'void *'));
    const proto = koffi.proto(`int (${[...types, 'void *'].join(', ')})`);
    if (koffi.call(at, proto, ...given, this.#error.address) !== 0)
      throw new Error(`${member}: ${this.#said()}`);
  }

  /** The first member of an AdbcError is its message. */
  #said(): string {
    const message = this.#error.view('Q').get(0);
    return message === 0n ? 'no reason given' : String(koffi.decode(message, 'char', -1));
  }

  /** Makes a table from a stream. @returns the number of its rows */
  ingest(table: string, stream: ArrowStreamExport): bigint {
    const statement = this.#struct(2);
    const rows = allocate(8);
    this.#call('StatementNew', this.#struct(1), statement);
    this.#call('StatementSetOption', statement, 'adbc.ingest.target_table', table);
    this.#call('StatementBindStream', statement, stream.stream);
    this.#call('StatementExecuteQuery', statement, null, rows.address);
    this.#call('StatementRelease', statement);
    stream.release(); // keeps the object until the driver has moved the stream out
    const count = rows.view('q').get(0);
    rows.release();
    return count;
  }

  /** The result of a query as a stream. */
  query(sql: string): ArrowStream {
    const statement = this.#struct(2);
    this.#call('StatementNew', this.#struct(1), statement);
    this.#call('StatementSetSqlQuery', statement, sql);
    this.#call('StatementExecuteQuery', statement, this.#stream.address, null);
    this.#call('StatementRelease', statement);
    return fromArrow({ stream: this.#stream.address });
  }

  close(): void {
    this.#call('ConnectionRelease', this.#struct(1));
    this.#call('DatabaseRelease', this.#struct(0));
    for (const memory of [this.#driver, this.#structs, this.#error, this.#stream]) memory.release();
  }
}
