/**
 * The buffers of an imported array as memory. Each is taken once, while the array's holder is alive, and as far as its columns reach;
 * slices use parts of it.
 */
import { rangeError, shown, typeError } from '../errors.js';
import { parseFormat } from '../format/parse.js';
import type { Adopted } from '../memory/adopted.js';
import { type ArrowNode, adoptBuffer, dropArray } from '../memory/arrow-array.js';
import type { NativeMemory } from '../memory/native-memory.js';
import { spanOf, spanOfAdopted } from '../span/offer.js';
import { createView, type MemoryView } from '../view/memory-view.js';

/** Consecutive elements of an array: those of a column. */
export interface ArraySlice {
  readonly array: ArrowNode;
  /** The first element, the array's own offset included. */
  readonly start: number;
  readonly length: number;
  /** The error where the array does not have these elements. */
  readonly fault?: Error;
}

/** The whole of an array. */
export function wholeArray(node: ArrowNode): ArraySlice {
  return { array: node, start: node.offset, length: node.length };
}

/** A part of an array; faulty where the array has fewer elements. */
export function sliceOfArray(subject: string, node: ArrowNode, from: number, length: number): ArraySlice {
  const part = { array: node, start: node.offset + from, length };
  if (from + length <= node.length) return part;
  const what = `column ${shown(node.name)} has ${node.length} elements, expected at least ${from + length}`;
  return { ...part, fault: rangeError('ERR_OUT_OF_BOUNDS', `${subject}: ${what}`) };
}

/** The memory of an empty slice. */
const NO_BYTES = new Uint8Array(0);

/** The buffers of one imported array. */
export class ArrayBuffers {
  /** The call that imported it, for messages. */
  readonly subject: string;
  readonly #memories = new Set<NativeMemory>();
  readonly #taken = new Map<number, Adopted[]>();
  #holding: object | null;

  constructor(subject: string, holding: object) {
    this.subject = subject;
    this.#holding = holding;
  }

  /**
   * `count` elements of a buffer from element `start`. A buffer of no elements may dangle, so it is never read.
   *
   * @throws TypeError `ERR_INVALID_ARG` for a missing buffer; RangeError `ERR_OUT_OF_MEMORY`
   */
  view(address: number, text: string, start: number, count: number): MemoryView {
    const format = parseFormat(text);
    const end = count === 0 ? 0 : (start + count) * format.itemsize;
    const span =
      end === 0 && this.#holding === null
        ? spanOf(this.subject, NO_BYTES)
        : spanOfAdopted(this.#adopt(end === 0 ? 0 : address, end));
    const offset = end === 0 ? 0 : start * format.itemsize;
    const layout = { offset, shape: [count], strides: [format.itemsize] };
    return createView({ ...span, format, layout, readonly: true });
  }

  /** The bytes that hold the bits `[start, start + count)`. */
  bits(address: number, start: number, count: number): MemoryView {
    const first = Math.floor(start / 8);
    return this.view(address, 'B', first, count === 0 ? 0 : Math.ceil((start + count) / 8) - first);
  }

  #adopt(address: number, nbytes: number): Adopted {
    const known = this.#taken.get(address) ?? [];
    const found = known.find(({ memory }) => memory.nbytes >= nbytes);
    if (found !== undefined) return found;
    if (this.#holding === null) {
      const most = Math.max(0, ...known.map(({ memory }) => memory.nbytes));
      throw rangeError(
        'ERR_OUT_OF_BOUNDS',
        `${this.subject}: a slice reaches ${nbytes} bytes of a buffer, expected at most the ${most} of the whole column`,
      );
    }
    const adopted = adoptBuffer(this.subject, this.#holding, address, nbytes);
    this.#memories.add(adopted.memory);
    this.#taken.set(address, [...known, adopted]);
    return adopted;
  }

  /** Drops the array's holder; from then on the array lives as long as the memory that was taken. */
  close(): void {
    if (this.#holding !== null) dropArray(this.#holding);
    this.#holding = null;
  }

  /** Ends all that was taken. @throws BufferError `ERR_EXPORTED`; then the others have ended */
  release(): void {
    for (const memory of this.#memories) memory.release();
  }
}

/** The error for a column whose struct contradicts its format. */
export function wrongColumn(subject: string, { name, format }: ArrowNode, what: string): Error {
  return typeError(
    'ERR_INVALID_ARG',
    `${subject}: column ${shown(name)} ${what} for format ${shown(format)}`,
  );
}
