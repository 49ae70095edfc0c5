/**
 * A column of an imported Arrow array: its buffers as read-only views, nothing copied. The views keep the array; its release is called
 * once, when the last of their memory has ended.
 */

import { checkHeap } from '../bulk/to-array.js';
import { rangeError, shown, typeError } from '../errors.js';
import { parseFormat } from '../format/parse.js';
import { type ArrowNode, adoptBuffer, dropArray } from '../memory/arrow-array.js';
import type { NativeMemory } from '../memory/native-memory.js';
import { spanOfAdopted } from '../span/offer.js';
import { createView, type MemoryView } from '../view/memory-view.js';
import { type ArrowKind, arrowKind, bufferCount } from './arrow-format.js';

const SECRET = Symbol('column');
const NULLABLE = 2;
/** What an element of any kind takes at least, in slots of a list. */
const SLOTS = 2;

/** The kind of each node of a tree, found before anything is moved. @throws TypeError `ERR_UNSUPPORTED`, `ERR_INVALID_ARG` */
export function checkNode(subject: string, node: ArrowNode): void {
  const kind = kindOf(subject, node);
  const buffers = bufferCount(kind);
  if (node.buffers.length !== buffers) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: column ${shown(node.name)} has ${node.buffers.length} buffers, expected ${buffers} for format ${shown(node.format)}`,
    );
  }
  if ((kind.kind === 'list' || kind.kind === 'fixed-size-list') && node.children.length !== 1) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: column ${shown(node.name)} has ${node.children.length} children, expected 1 for format ${shown(node.format)}`,
    );
  }
  for (const child of node.children) checkNode(subject, child);
}

function kindOf(subject: string, { format, name }: ArrowNode): ArrowKind {
  const kind = arrowKind(format);
  if (kind !== null) return kind;
  throw typeError(
    'ERR_UNSUPPORTED',
    `${subject}: column ${shown(name)} has Arrow format ${shown(format)}, expected a primitive, boolean, utf8, binary, list or struct column`,
  );
}

/** Takes the buffers of one holding. */
class Buffers {
  readonly memories: Set<NativeMemory> = new Set();
  readonly #subject: string;
  readonly #holding: object;

  constructor(subject: string, holding: object) {
    this.#subject = subject;
    this.#holding = holding;
  }

  /** `count` elements of a buffer from element `start`, of `end` that it has. */
  view(address: number, format: string, start: number, count: number, end: number): MemoryView {
    const { itemsize } = parseFormat(format);
    // The buffers of no elements may dangle.
    const nbytes = count === 0 ? 0 : end * itemsize;
    const adopted = adoptBuffer(this.#subject, this.#holding, nbytes === 0 ? 0 : address, nbytes);
    this.memories.add(adopted.memory);
    const layout = { offset: nbytes === 0 ? 0 : start * itemsize, shape: [count], strides: [itemsize] };
    return createView({ ...spanOfAdopted(adopted), format: parseFormat(format), layout });
  }

  /** The bytes that hold the bits `[start, start + count)`. */
  bits(address: number, start: number, count: number, end: number): MemoryView {
    const first = Math.floor(start / 8);
    return this.view(address, 'B', first, Math.ceil((start + count) / 8) - first, Math.ceil(end / 8));
  }

  check(node: ArrowNode, start: number, count: number): void {
    if (start + count <= node.offset + node.length) return;
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${this.#subject}: column ${shown(node.name)} has ${node.length} elements, expected at least ${start + count - node.offset}`,
    );
  }
}

/** Makes the column of a tree; consumes the holding, also when it throws. @throws as {@link checkNode} */
export function columnOf(subject: string, node: ArrowNode, holding: object): ArrowColumn {
  const buffers = new Buffers(subject, holding);
  try {
    checkNode(subject, node);
    return makeColumn(subject, buffers, node, node.offset, node.length);
  } catch (error) {
    for (const memory of buffers.memories) memory.release();
    throw error;
  } finally {
    dropArray(holding);
  }
}

/** The buffers of a column, as far as its kind has them. */
interface Parts {
  readonly values: MemoryView | null;
  readonly offsets: MemoryView | null;
  readonly data: MemoryView | null;
  readonly children: readonly ArrowColumn[];
}

const NO_PARTS: Parts = { values: null, offsets: null, data: null, children: [] };

let createColumn: (
  buffers: Buffers,
  node: ArrowNode,
  kind: ArrowKind,
  start: number,
  length: number,
  validity: MemoryView | null,
  parts: Parts,
) => ArrowColumn;

function makeColumn(
  subject: string,
  buffers: Buffers,
  node: ArrowNode,
  start: number,
  length: number,
): ArrowColumn {
  const kind = kindOf(subject, node);
  buffers.check(node, start, length);
  const end = node.offset + node.length;
  const bitmap = node.buffers[0] ?? 0;
  const validity = kind.kind === 'null' || bitmap === 0 ? null : buffers.bits(bitmap, start, length, end);
  const make = (parts: Partial<Parts>): ArrowColumn =>
    createColumn(buffers, node, kind, start, length, validity, { ...NO_PARTS, ...parts });
  const childAt = (index: number, from: number, count: number): ArrowColumn => {
    const child = node.children[index]!;
    return makeColumn(subject, buffers, child, child.offset + from, count);
  };
  switch (kind.kind) {
    case 'primitive':
      return make({ values: buffers.view(node.buffers[1]!, kind.format, start, length, end) });
    case 'boolean':
      return make({ values: buffers.bits(node.buffers[1]!, start, length, end) });
    case 'utf8':
    case 'binary': {
      const { offsets, last } = offsetsOf(subject, buffers, node, kind.offsets, start, length);
      return make({ offsets, data: buffers.view(node.buffers[2]!, 'B', 0, last, last) });
    }
    case 'list': {
      const { offsets } = offsetsOf(subject, buffers, node, kind.offsets, start, length);
      return make({ offsets, children: [childAt(0, 0, length === 0 ? 0 : node.children[0]!.length)] });
    }
    case 'fixed-size-list': {
      const child = childAt(0, start * kind.size, length * kind.size);
      const { values } = child;
      const rows = child.kind === 'boolean' ? null : values;
      const shape = rows === null ? [] : [length, kind.size, ...rows.shape.slice(1)];
      return make({ values: rows === null ? null : rows.reshape(shape), children: [child] });
    }
    case 'struct':
      return make({ children: node.children.map((_, i) => childAt(i, start, length)) });
    default:
      return make({});
  }
}

function offsetsOf(
  subject: string,
  buffers: Buffers,
  node: ArrowNode,
  format: 'i' | 'q',
  start: number,
  length: number,
): { offsets: MemoryView; last: number } {
  const address = node.buffers[1]!;
  const end = node.offset + node.length;
  // A column of no elements has no data: its offsets may be missing, dangle, or begin anywhere.
  if (length === 0) return { offsets: buffers.view(0, format, 0, 0, 0), last: 0 };
  const offsets = buffers.view(address, format, start, length + 1, end + 1);
  const last = Number(offsets.get(length));
  if (last >= 0 && Number.isSafeInteger(last)) return { offsets, last };
  throw rangeError(
    'ERR_OUT_OF_BOUNDS',
    `${subject}: column ${shown(node.name)} ends at offset ${last}, expected 0 or more`,
  );
}

/** A column of an Arrow array. Made by `fromArrow`. */
export class ArrowColumn {
  /** The name of the field; empty where it has none. */
  readonly name: string;
  /** Arrow's own format string, such as `i`, `tdD` or `+w:3`. */
  readonly format: string;
  /** What its buffers are. */
  readonly kind: ArrowKind['kind'];
  /** In elements. */
  readonly length: number;
  /** Whether the schema allows elements that are null. */
  readonly nullable: boolean;
  /** The bytes of the validity bitmap, or null where all elements are valid; the first element is bit {@link bitOffset}. */
  readonly validity: MemoryView | null;
  /** Of the first element, in the first byte of `validity` and of a boolean column's `values`. */
  readonly bitOffset: number;
  /** The elements; 2-D for a fixed-size list, the bytes of the bits for a boolean column; null where children have them. */
  readonly values: MemoryView | null;
  /** Of utf8, binary and list columns: `length + 1` offsets into `data` or the child. */
  readonly offsets: MemoryView | null;
  /** The bytes of a utf8 or binary column. */
  readonly data: MemoryView | null;
  /** Fields of a struct, elements of a list. */
  readonly children: readonly ArrowColumn[];

  readonly #buffers: Buffers;
  #nullCount: number;

  private constructor(
    secret: symbol,
    buffers: Buffers,
    node: ArrowNode,
    kind: ArrowKind,
    start: number,
    length: number,
    validity: MemoryView | null,
    parts: Parts,
  ) {
    if (secret !== SECRET) {
      throw typeError(
        'ERR_INVALID_ARG',
        'ArrowColumn: not to be constructed, expected a call of fromArrow()',
      );
    }
    this.#buffers = buffers;
    this.name = node.name;
    this.format = node.format;
    this.kind = kind.kind;
    this.length = length;
    this.nullable = (node.flags & NULLABLE) !== 0;
    this.validity = validity;
    this.bitOffset = start % 8;
    this.values = parts.values;
    this.offsets = parts.offsets;
    this.data = parts.data;
    this.children = parts.children;
    const isCounted = start === node.offset && length === node.length && node.nullCount <= length;
    this.#nullCount = kind.kind === 'null' ? length : validity === null ? 0 : isCounted ? node.nullCount : -1;
  }

  static {
    createColumn = (...given) => new ArrowColumn(SECRET, ...given);
  }

  /** How many elements are null; counted once where the producer did not. */
  get nullCount(): number {
    if (this.#nullCount < 0) {
      let count = 0;
      for (let i = 0; i < this.length; i++) if (!this.isValid(i)) count++;
      this.#nullCount = count;
    }
    return this.#nullCount;
  }

  /**
   * Tells whether an element is there, by the validity bitmap.
   *
   * @param index - of the element; negative ones do not count from the end
   * @throws RangeError `ERR_OUT_OF_BOUNDS`; BufferError `ERR_RELEASED`
   */
  isValid(index: number): boolean {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw rangeError(
        'ERR_OUT_OF_BOUNDS',
        `isValid: ${shown(index)} given, expected 0 to ${this.length - 1}`,
      );
    }
    if (this.kind === 'null') return false;
    return this.validity === null || bitAt(this.validity, this.bitOffset + index);
  }

  /**
   * Finds a field of a struct by its name.
   *
   * @param name - of the field
   * @returns its column; undefined where there is none
   */
  child(name: string): ArrowColumn | undefined {
    return this.children.find((column) => column.name === name);
  }

  /**
   * All elements as JavaScript values, null where one is missing; a copy. An element of a struct is an object; where two fields have one
   * name, an array of `[name, value]` pairs.
   *
   * @throws BufferError `ERR_RELEASED`; RangeError `ERR_OUT_OF_BOUNDS` for offsets that lead out of the data, `ERR_OUT_OF_MEMORY`
   */
  toArray(): unknown[] {
    checkHeap('toArray', this.length, this.length * SLOTS);
    const values = this.#elements();
    if (this.validity === null) return values;
    return values.map((value, i) => (this.isValid(i) ? value : null));
  }

  #elements(): unknown[] {
    const { kind, length, values, children } = this;
    const each = (make: (i: number) => unknown): unknown[] => Array.from({ length }, (_, i) => make(i));
    switch (kind) {
      case 'null':
        return each(() => null);
      case 'primitive':
        return values!.toArray() as unknown[];
      case 'boolean':
        return each((i) => bitAt(values!, this.bitOffset + i));
      case 'utf8':
      case 'binary': {
        const bytes = this.data!.asBuffer({ allowWrites: true });
        return each((i) => {
          const [from, to] = this.#range(i, bytes.length);
          return kind === 'utf8' ? bytes.toString('utf8', from, to) : Buffer.from(bytes.subarray(from, to));
        });
      }
      case 'list': {
        const elements = children[0]!.toArray();
        return each((i) => elements.slice(...this.#range(i, elements.length)));
      }
      case 'fixed-size-list': {
        const elements = children[0]!.toArray();
        const size = length === 0 ? 0 : elements.length / length;
        return each((i) => elements.slice(i * size, (i + 1) * size));
      }
      default: {
        const columns = children.map((column) => [column.name, column.toArray()] as const);
        // An object holds one field of a name.
        if (new Set(columns.map(([name]) => name)).size < columns.length) {
          return each((i) => columns.map(([name, column]) => [name, column[i]]));
        }
        return each((i) => Object.fromEntries(columns.map(([name, column]) => [name, column[i]])));
      }
    }
  }

  #range(index: number, end: number): [number, number] {
    const [from, to] = [Number(this.offsets!.get(index)), Number(this.offsets!.get(index + 1))];
    if (from >= 0 && from <= to && to <= end) return [from, to];
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `toArray: element ${index} of column ${shown(this.name)} lies from ${from} to ${to}, expected a part of 0 to ${end}`,
    );
  }

  /**
   * Ends the views of the whole array that this column belongs to, its siblings' too, and calls the array's release.
   *
   * @throws BufferError `ERR_EXPORTED` while somebody holds one of its buffers; then the others have ended
   */
  release(): void {
    for (const memory of this.#buffers.memories) memory.release();
  }

  /** Releases the array at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.release();
  }
}

function bitAt(bytes: MemoryView, bit: number): boolean {
  return ((Number(bytes.get(Math.floor(bit / 8))) >> (bit % 8)) & 1) === 1;
}
