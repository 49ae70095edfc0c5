/** DuckDB's C library through koffi: streams of views as tables, and results as columns. Calls run beside the event loop. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import koffi, { type LibraryHandle } from 'koffi';
import { allocate, type NativeMemory } from 'memoryview';
import { type ArrowColumn, type ArrowStreamExport, fromArrow } from 'memoryview/arrow';

// The C library that DuckDB's package contains.
const bindings = createRequire(import.meta.url).resolve(
  `@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`,
);
export const library: LibraryHandle = koffi.load(
  join(bindings, '..', process.platform === 'darwin' ? 'libduckdb.dylib' : 'libduckdb.so'),
);

type Call = (...given: (string | bigint)[]) => Promise<number>;

/** A function of the library that returns 0 if it succeeds, called on a thread of koffi's. */
function checked(name: string, parameters: string): (...given: Parameters<Call>) => Promise<void> {
  const call = promisify(library.func(`int ${name}(${parameters})`).async) as Call;
  return async (...given) => {
    if ((await call(...given)) !== 0) throw new Error(`${name} failed`);
  };
}
const open = checked('duckdb_open', 'const char *path, void *database');
const connect = checked('duckdb_connect', 'void *database, void *connection');
const scan = checked('duckdb_arrow_scan', 'void *connection, const char *table, void *stream');
const query = checked('duckdb_query_arrow', 'void *connection, const char *sql, void *result');
const nextSchema = checked('duckdb_query_arrow_schema', 'void *result, void *schema');
const nextArray = checked('duckdb_query_arrow_array', 'void *result, void *array');
const saidOf = library.func('const char *duckdb_query_arrow_error(void *result)');
const destroy = library.func('void duckdb_destroy_arrow(void *result)');

/** Whether memory can't be released now. */
export function isHeld(memory: NativeMemory): boolean {
  try {
    memory.release();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_EXPORTED';
  }
}

const [DATABASE, CONNECTION, RESULT] = [0, 1, 2];

/** A database in memory, and a connection to it. */
export class Database {
  // Pointers that C writes, and the two structs of Arrow's C data interface.
  readonly #pointers = allocate(3 * 8).view('Q');
  readonly #schema = allocate(72);
  readonly #array = allocate(80);
  readonly #kept: { release(): void }[] = [this.#schema, this.#array];

  static async open(): Promise<Database> {
    const made = new Database();
    await open(':memory:', made.#at(DATABASE));
    await connect(made.#pointers.get(DATABASE), made.#at(CONNECTION));
    return made;
  }

  #at(index: number): bigint {
    return this.#pointers.slice(index).address;
  }

  /** Makes a stream a table for one query. DuckDB keeps the address and moves nothing out, so the stream must be kept too. */
  async register(table: string, stream: ArrowStreamExport): Promise<void> {
    this.#kept.push(stream);
    await scan(this.#pointers.get(CONNECTION), table, stream.stream);
  }

  /** The parts of a result, struct columns in DuckDB's memory. */
  async *query(sql: string): AsyncGenerator<ArrowColumn, void> {
    try {
      await query(this.#pointers.get(CONNECTION), sql, this.#at(RESULT)).catch(() => {
        throw new Error(String(saidOf(this.#pointers.get(RESULT))));
      });
      const [schema, array] = [this.#schema.address, this.#array.address];
      for (;;) {
        // Both functions take a pointer to the pointer to the struct.
        const structs = allocate(16).view('Q');
        structs.set(0, schema);
        structs.set(1, array);
        await nextSchema(this.#pointers.get(RESULT), structs.slice(0).address);
        await nextArray(this.#pointers.get(RESULT), structs.slice(1).address);
        (structs.obj as NativeMemory).release();
        if (this.#array.view('Q').get(8) === 0n) return; // a struct that holds nothing has no release
        yield fromArrow({ schema, array });
      }
    } finally {
      destroy(this.#at(RESULT));
    }
  }

  close(): void {
    library.func('void duckdb_disconnect(void *connection)')(this.#at(CONNECTION));
    library.func('void duckdb_close(void *database)')(this.#at(DATABASE));
    for (const kept of [this.#pointers.obj as NativeMemory, ...this.#kept]) kept.release();
  }
}
