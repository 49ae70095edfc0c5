/**
 * numpy's `.npz` archives: a map of all arrays, each read when it is first asked for, or an open archive that reads one on demand.
 */
import { nearest, readInteger, readList, readOptions, readString } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { MemoryView } from '../view/memory-view.js';
import { addLater, LazyArrays } from './lazy-arrays.js';
import { openSource, type Source } from './npy-source.js';
import { Archive } from './npz-archive.js';
import type { ZipMember } from './zip-directory.js';

const MAX_BYTES = 2 ** 31;

/** How to open a `.npz` archive. */
export interface OpenNpzOptions {
  /** `'r'` by default; for a file `'c'` to write to copies of its pages, for memory `'r+'` to write to it. */
  readonly mode?: 'r' | 'c' | 'r+';
  /** The most bytes to inflate, 2 GiB by default: of one array by `openNpz`, of all together by `loadNpz`. Stored arrays take none. */
  readonly maxBytes?: number;
}

/** How to read a `.npz` archive. */
export interface LoadNpzOptions extends OpenNpzOptions {
  /** The arrays to read; all by default. */
  readonly names?: readonly string[];
}

function openArchive(
  subject: string,
  source: unknown,
  options: unknown,
  names: readonly ('mode' | 'maxBytes' | 'names')[],
): { archive: Archive; maxBytes: number; given: string[] | undefined } {
  const read = readOptions(subject, options, names);
  const maxBytes =
    read.maxBytes === undefined ? MAX_BYTES : readInteger(`${subject}: maxBytes`, read.maxBytes, { min: 0 });
  const list = read.names === undefined ? undefined : readList(`${subject}: names`, read.names, 2 ** 20);
  const given = list?.map((name) => readString(`${subject}: names`, name));
  const opened = openSource(subject, source, read.mode === undefined ? {} : { mode: read.mode }, ['r', 'c']);
  try {
    return { archive: new Archive(subject, opened), maxBytes, given };
  } catch (error) {
    opened.release();
    throw error;
  }
}

function requiredMember(subject: string, archive: Archive, name: string): ZipMember {
  const member = archive.member(name);
  if (member !== undefined) return member;
  const best = nearest(name, [...archive.names()].slice(0, 1000));
  const hint = best === null ? '' : `; did you mean ${shown(best)}?`;
  throw rangeError(
    'ERR_OUT_OF_RANGE',
    `${subject}: the archive has no member ${shown(name)}, expected one of ${archive.size}${hint}`,
  );
}

/**
 * Opens the arrays of a `.npz` archive, as `numpy.load` does, by their names without `.npy`. An array is read, checked, and inflated when it
 * is first asked for, so an unreadable one throws then and does not affect the others. Members that are not arrays are views of their bytes.
 *
 * @param source - a path, a `file:` URL, a descriptor or a FileHandle; or any exporter of the bytes of an archive
 * @param options - mode; names: the arrays to take; maxBytes: the most bytes to inflate in all
 * @returns a promise of the arrays, in the order of the archive. Arrays that were stored share one mapping, their `obj`, or the memory that was
 *   given. `saveNpz` aligns them; numpy does not, so `asTypedArray` may want a `copy()` first.
 * @throws (as a rejection) Node's own errors; RangeError `ERR_OUT_OF_RANGE` for an unsound archive, or one that lacks a name. Asking for an
 *   array
 *   throws what `loadNpy` throws; RangeError `ERR_OUT_OF_RANGE` for another checksum, `ERR_OUT_OF_MEMORY` beyond maxBytes; TypeError
 *   `ERR_UNSUPPORTED` for encrypted members and other compressions
 * @example const weights = (await loadNpz('model.npz')).get('weights')
 */
export async function loadNpz(source: Source, options?: LoadNpzOptions): Promise<Map<string, MemoryView>> {
  const { archive, maxBytes, given } = openArchive('loadNpz', source, options, ['mode', 'maxBytes', 'names']);
  let left = maxBytes;
  const arrays = new LazyArrays();
  try {
    for (const name of given ?? archive.names()) {
      const member = requiredMember('loadNpz', archive, name);
      addLater(arrays, name, () => {
        const view = archive.read(member, left);
        if (member.method !== 0) left -= member.nbytes;
        return view;
      });
    }
    return arrays;
  } catch (error) {
    archive.release();
    throw error;
  }
}

const KEY = Symbol('archive');

/** An open `.npz` archive, as numpy's `NpzFile`. Made by {@link openNpz}. */
export class NpzFile {
  readonly #archive: Archive;
  readonly #maxBytes: number;

  /** @internal */
  constructor(key: symbol, archive: Archive, maxBytes: number) {
    if (key !== KEY) {
      throw typeError('ERR_INVALID_ARG', 'NpzFile: has no public constructor; use openNpz() to make one');
    }
    this.#archive = archive;
    this.#maxBytes = maxBytes;
  }

  /** How many arrays there are. */
  get size(): number {
    return this.#archive.size;
  }

  /** Whether the archive was released. */
  get released(): boolean {
    return this.#archive.released;
  }

  /** The arrays' names without `.npy`, in the order of the archive. */
  keys(): IterableIterator<string> {
    return this.#archive.names();
  }

  /**
   * Whether there is an array of that name.
   *
   * @param name - with or without `.npy`
   */
  has(name: string): boolean {
    return typeof name === 'string' && this.#archive.member(name) !== undefined;
  }

  /**
   * Reads one array: a stored array is viewed in place, a deflated one is inflated on the thread pool, into memory of its own.
   *
   * @param name - with or without `.npy`
   * @returns a promise of the array; a view of the bytes where the member is none
   * @throws (as a rejection) what `loadNpy` throws; RangeError `ERR_OUT_OF_RANGE` for an unknown name or another checksum,
   *   `ERR_OUT_OF_MEMORY` beyond maxBytes; TypeError `ERR_UNSUPPORTED` for encrypted members and other compressions; BufferError
   *   `ERR_RELEASED`
   */
  async get(name: string): Promise<MemoryView> {
    const member = requiredMember('get', this.#archive, readString('get: name', name));
    return await this.#archive.readAsync(member, this.#maxBytes);
  }

  /** The names, as numpy iterates over them. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }

  /** Names and arrays, read one after the other. */
  async *[Symbol.asyncIterator](): AsyncGenerator<[string, MemoryView]> {
    for (const name of this.keys()) yield [name, await this.get(name)];
  }

  /**
   * Ends the archive and the arrays that were read from it; of an exporter's memory nothing is released. Idempotent.
   *
   * @param options - `wait`: wait for the pins of the memory
   * @returns with `wait` a promise that settles when all is released
   * @throws BufferError `ERR_EXPORTED` while an array is pinned
   */
  release(options?: { readonly wait?: false }): void;
  release(options: { readonly wait: boolean }): void | Promise<void>;
  release(options?: { readonly wait?: boolean }): void | Promise<void> {
    const { wait } = readOptions('release', options, ['wait']);
    return this.#archive.release(wait === true);
  }

  /** Waits for the pins of the memory, and releases it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#archive.release(true);
  }
}

/**
 * Opens a `.npz` archive without reading any array. `await using` releases it.
 *
 * @param source - a path, a `file:` URL, a descriptor or a FileHandle; or any exporter of the bytes of an archive
 * @param options - mode; maxBytes: the most bytes to inflate for one array
 * @throws (as a rejection) Node's own errors; RangeError `ERR_OUT_OF_RANGE` for an unsound archive
 * @example
 * await using archive = await openNpz('model.npz');
 * for (const name of archive) console.log(name, (await archive.get(name)).shape);
 */
export async function openNpz(source: Source, options?: OpenNpzOptions): Promise<NpzFile> {
  const { archive, maxBytes } = openArchive('openNpz', source, options, ['mode', 'maxBytes']);
  return new NpzFile(KEY, archive, maxBytes);
}
