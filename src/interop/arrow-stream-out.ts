/**
 * Streams of batches for C. Batches of an array are made at once, and any thread may pull them. Batches of another iterable are made when
 * they are pulled: on the JavaScript thread within the call; another thread waits for JavaScript, up to a timeout.
 */
import { types } from 'node:util';
import { isList, readGuarded, readInteger, readList, readOptions } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import {
  type ArrowStreamStruct,
  endStream,
  openStream,
  pushBatch,
  releaseStream,
} from '../memory/arrow-structs.js';
import { ArrowExport, type ArrowSource, exportOf, isExport, structsOf } from './arrow-export.js';

const KEY = Symbol('stream');
const WAIT_MILLISECONDS = 30_000;
const MAX_WAIT = 2 ** 31 - 1;
const MAX_BATCHES = 2 ** 24;
const CLOSE = 1;

/** The source of a batch: columns by name, or any value that `toArrow` takes. */
export type ArrowBatch = ArrowSource | Readonly<Record<string, ArrowSource>>;

/** Options of `toArrowStream`. */
export interface ToArrowStreamOptions {
  /** Milliseconds for which another thread waits until JavaScript has made a batch; 30,000 by default. */
  readonly timeout?: number;
}

let createStream: (struct: ArrowStreamStruct) => ArrowStreamExport;
/** Whether a value is a stream that this module made. */
export let isStreamExport: (value: unknown) => value is ArrowStreamExport;

/** An `ArrowArrayStream` for one consumer, which moves it. Keep it until then. */
export class ArrowStreamExport {
  readonly #struct: ArrowStreamStruct;

  private constructor(key: symbol, struct: ArrowStreamStruct) {
    if (key !== KEY) {
      throw typeError(
        'ERR_INVALID_ARG',
        'ArrowStreamExport: has no public constructor; use toArrowStream() to make one',
      );
    }
    this.#struct = struct;
  }

  static {
    createStream = (struct) => new ArrowStreamExport(KEY, struct);
    isStreamExport = (value): value is ArrowStreamExport =>
      typeof value === 'object' && value !== null && #struct in value;
  }

  /** The address of the `ArrowArrayStream`. */
  get stream(): bigint {
    if (isStreamExport(this)) return this.#struct.address;
    throw typeError('ERR_INVALID_ARG', `stream: called on ${shown(this)}, expected an ArrowStreamExport`);
  }

  /** Releases a stream that no consumer has moved out, with the batches that were not taken. */
  release(): void {
    releaseStream(this.#struct);
  }

  /** Releases at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/** Makes a stream of batches. @throws as `toArrowStream` */
export function streamOf(batches: unknown, options: unknown): ArrowStreamExport {
  const read = readOptions('toArrowStream', options, ['timeout']);
  const wait =
    read.timeout === undefined
      ? WAIT_MILLISECONDS
      : readInteger('toArrowStream: timeout', read.timeout, { min: 0, max: MAX_WAIT });
  if (isList(batches)) return eagerStream(readList('toArrowStream', batches, MAX_BATCHES), wait);
  const iterator = iteratorOf(batches);
  const puller = new Puller(iterator);
  const struct = openStream('toArrowStream', (errand) => puller.run(errand), wait);
  puller.queue = struct.queue;
  return createStream(struct);
}

function eagerStream(batches: readonly unknown[], wait: number): ArrowStreamExport {
  const struct = openStream('toArrowStream', null, wait);
  try {
    for (const batch of batches) push(struct.queue, batch);
    endStream(struct.queue, null);
    return createStream(struct);
  } catch (error) {
    releaseStream(struct);
    throw error;
  }
}

function push(queue: object, batch: unknown): void {
  const made = isExport(batch) ? batch : exportOf(batch, undefined);
  try {
    pushBatch('toArrowStream', queue, structsOf(made).structs);
  } catch (error) {
    if (made !== batch) made.release();
    throw error;
  }
}

type Step = IteratorResult<unknown, unknown>;
type AnyIterator = { next(): Step | PromiseLike<Step>; return?(): unknown };

function iteratorOf(batches: unknown): AnyIterator {
  // The engine's own iterables do not iterate behind a proxy, and typed arrays have no batches.
  if (
    !types.isProxy(batches) &&
    !ArrayBuffer.isView(batches) &&
    ((typeof batches === 'object' && batches !== null) || typeof batches === 'function')
  ) {
    const found = readGuarded('toArrowStream', batches, (): unknown => {
      const make: unknown =
        Reflect.get(batches, Symbol.asyncIterator) ?? Reflect.get(batches, Symbol.iterator);
      return typeof make === 'function' ? Reflect.apply(make, batches, []) : null;
    });
    if (typeof found === 'object' && found !== null) return found as AnyIterator;
  }
  throw typeError(
    'ERR_INVALID_ARG',
    `toArrowStream: ${shown(batches)} given, expected an iterable or async iterable of batches`,
  );
}

/** Makes batches when they are asked for, one at a time. It never throws: the stream reports a failure as its error. */
class Puller {
  queue: object | null = null;
  readonly #iterator: AnyIterator;
  #busy = false;
  #closed = false;

  constructor(iterator: AnyIterator) {
    this.#iterator = iterator;
  }

  run(errand: number): void {
    if (errand === CLOSE) this.#close();
    else if (!this.#busy && !this.#closed) this.#next();
  }

  #next(): void {
    this.#busy = true;
    try {
      const step = this.#iterator.next();
      if (isPromise(step)) {
        step.then(
          (found) => this.#take(found),
          (error: unknown) => this.#fail(error),
        );
      } else this.#take(step);
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(step: Step): void {
    this.#busy = false;
    if (this.#closed || this.queue === null) return;
    try {
      if (step.done === true) this.#end(null);
      else push(this.queue, step.value);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#busy = false;
    const said = error instanceof Error ? error.message : shown(error);
    this.#end(said === '' ? 'the batches failed' : said);
  }

  #end(failure: string | null): void {
    if (this.queue !== null) endStream(this.queue, failure);
    this.#closed = true;
    this.queue = null;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.queue = null;
    try {
      const ended: unknown = this.#iterator.return?.();
      // The consumer has released the stream, so no error can be reported.
      if (isPromise(ended)) ended.then(undefined, () => undefined);
    } catch {
      // As above.
    }
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

export { ArrowExport };
