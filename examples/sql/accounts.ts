/** A mapped file of records, as numpy would write it: packed, little endian. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MemoryView, type NativeMemory, zeros } from 'memoryview';
import type { ArrowBatch } from 'memoryview/arrow';
import { loadNpy, saveNpy } from 'memoryview/npy';

const COUNTRIES = ['DE', 'FR', 'IT', 'PL'];
const FIELDS = ['id', 'country', 'rating'];

export class AccountsFile {
  readonly #path: string;
  readonly #records: MemoryView;

  private constructor(path: string, records: MemoryView) {
    this.#path = path;
    this.#records = records;
  }

  static async make(count: number): Promise<AccountsFile> {
    const path = join(tmpdir(), `accounts-${process.pid}.npy`);
    const records = zeros(count, 'T{<i:id:<2s:country:<h:rating:}');
    for (let i = 0; i < count; i++)
      records.set(i, { id: i, country: Buffer.from(COUNTRIES[i % 4]!), rating: i % 5 });
    await saveNpy(path, records);
    (records.obj as NativeMemory).release();
    return new AccountsFile(path, await loadNpy(path));
  }

  /** The fields of records are not contiguous, so each part is copied when DuckDB asks for it, on DuckDB's own thread. */
  *parts(size: number): Generator<ArrowBatch> {
    for (let from = 0; from < this.#records.length; from += size) {
      const part = this.#records.slice([from, from + size, null]);
      yield Object.fromEntries(FIELDS.map((name) => [name, part.field(name).copy()]));
    }
  }

  remove(): void {
    (this.#records.obj as NativeMemory).release();
    rmSync(this.#path);
  }
}
