/** Streams of Arrow arrays that another library makes. */
import { typeError } from '../errors.js';
import {
  closeStream,
  type NextArray,
  nextArray,
  nextArrayLater,
  streamSchema,
} from '../memory/arrow-array.js';
import { type ArrowColumn, columnOf } from './arrow-column.js';
import { type ArrowField, fieldOf } from './arrow-field.js';

const KEY = Symbol('stream');

/** Makes a stream of one that was moved in. */
export let streamOver: (stream: object) => ArrowStream;

/** The arrays of an Arrow stream, one after another. Made by `fromArrow`; the stream is released at its end, or by `release()`. */
export class ArrowStream implements Iterable<ArrowColumn>, AsyncIterable<ArrowColumn> {
  readonly #stream: object;
  #schema: ArrowField | null = null;

  private constructor(key: symbol, stream: object) {
    if (key !== KEY) {
      throw typeError(
        'ERR_INVALID_ARG',
        'ArrowStream: has no public constructor; use fromArrow() to make one',
      );
    }
    this.#stream = stream;
  }

  static {
    streamOver = (stream) => new ArrowStream(KEY, stream);
  }

  /**
   * The schema of all arrays of the stream, known before the first of them is pulled; the fields of batches are its `children`.
   *
   * @throws TypeError with the stream's own message; BufferError `ERR_EXPORTED` while the first pull is under way, `ERR_RELEASED` where the
   *   stream ended before the schema was read
   */
  get schema(): ArrowField {
    this.#schema ??= fieldOf(streamSchema('schema', this.#stream));
    return this.#schema;
  }

  /** The next array, or null at the end. @throws TypeError with the stream's own message */
  next(): ArrowColumn | null {
    return this.#columnOf('next', nextArray('next', this.#stream));
  }

  #columnOf(subject: string, found: NextArray | null): ArrowColumn | null {
    if (found === null) return null;
    this.#schema ??= fieldOf(found.root);
    return columnOf(subject, found.root, found.holding);
  }

  /** Iterates over the arrays that are left; releases the stream when that ends, also early. */
  *[Symbol.iterator](): Generator<ArrowColumn, void> {
    try {
      for (let column = this.next(); column !== null; column = this.next()) yield column;
    } finally {
      this.release();
    }
  }

  /**
   * Pulls the next array on the thread pool, while the event loop turns: null at the end. One pull at a time.
   *
   * @throws as {@link ArrowStream.next}; BufferError `ERR_EXPORTED` while another pull is under way
   */
  async nextAsync(): Promise<ArrowColumn | null> {
    return this.#columnOf('nextAsync', await nextArrayLater('nextAsync', this.#stream));
  }

  /** Iterates over the arrays that are left, pulled on the thread pool; releases the stream when that ends, also early. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ArrowColumn, void> {
    try {
      for (let column = await this.nextAsync(); column !== null; column = await this.nextAsync())
        yield column;
    } finally {
      this.release();
    }
  }

  /** Releases the stream, at once or when the pull under way has ended. Arrays that were pulled before live on. */
  release(): void {
    closeStream(this.#stream);
  }

  /** Releases the stream at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }
}
