/**
 * The parts of a column by its kind: what each buffer holds, and which elements of its children it reaches. The claims of the
 * struct are checked here, before any of them is used.
 */
import { bare } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { ArrowNode } from '../memory/arrow-array.js';
import type { MemoryView } from '../view/memory-view.js';
import {
  type ArrayBuffers,
  type ArraySlice,
  sliceOfArray,
  wholeArray,
  wrongColumn,
} from './arrow-buffers.js';
import { type ArrowKind, type ArrowType, arrowType, isIndexFormat } from './arrow-type.js';

/** The buffers and children of a column, as far as its kind has them. */
export interface ColumnParts {
  readonly validity: MemoryView | null;
  readonly values: MemoryView | null;
  readonly offsets: MemoryView | null;
  readonly sizes: MemoryView | null;
  readonly data: MemoryView | null;
  readonly dataBuffers: readonly MemoryView[];
  readonly typeIds: MemoryView | null;
  readonly children: readonly ArraySlice[];
  readonly dictionary: ArraySlice | null;
}

const NO_PARTS: ColumnParts = {
  validity: null,
  values: null,
  offsets: null,
  sizes: null,
  data: null,
  dataBuffers: [],
  typeIds: null,
  children: [],
  dictionary: null,
};

/** How many buffers and children a column of a kind has; null for any number. */
const PART_COUNTS: Readonly<Record<ArrowKind, readonly [buffers: number | null, children: number | null]>> = {
  null: [0, 0],
  primitive: [2, 0],
  decimal: [2, 0],
  boolean: [2, 0],
  utf8: [3, 0],
  binary: [3, 0],
  'utf8-view': [null, 0],
  'binary-view': [null, 0],
  list: [2, 1],
  map: [2, 1],
  'list-view': [3, 1],
  'fixed-size-list': [1, 1],
  struct: [1, null],
  'dense-union': [2, null],
  'sparse-union': [1, null],
  dictionary: [2, 0],
  'run-end-encoded': [0, 2],
  unknown: [null, null],
};

/** The type of a node's elements; of a dictionary, of its indices. */
export function arrowTypeOf(node: ArrowNode): ArrowType {
  const type = bare({ ...arrowType(node.format) });
  return node.dictionary === null ? type : bare({ ...type, kind: 'dictionary' });
}

/**
 * Checks an array's own fields, without its buffers and children.
 *
 * @throws TypeError `ERR_UNSUPPORTED` for an unknown format, `ERR_INVALID_ARG` for fields that contradict it
 */
export function checkNode(subject: string, node: ArrowNode): void {
  const { name, format, buffers, children } = node;
  const { kind, typeCodes } = arrowTypeOf(node);
  if (node.fault !== null) {
    throw typeError('ERR_INVALID_ARG', `${subject}: column ${shown(name)} ${node.fault}`);
  }
  if (kind === 'unknown') {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: column ${shown(name)} has Arrow format ${shown(format)}, expected a format of the Arrow C Data Interface`,
    );
  }
  if (kind === 'dictionary' && !isIndexFormat(format, 'index')) {
    throw wrongColumn(subject, node, 'has a dictionary, expected indices that are integers');
  }
  const [bufferCount, childCount] = PART_COUNTS[kind];
  const expected = bufferCount ?? 3;
  if (bufferCount === null ? buffers.length < expected : buffers.length !== expected) {
    // The null type has no bitmap, though some producers give it one.
    if (kind !== 'null' || buffers.length > 1) {
      throw wrongColumn(subject, node, `has ${buffers.length} buffers, expected ${expected}`);
    }
  }
  if (kind === 'map' && (children[0]?.format !== '+s' || children[0].children.length !== 2)) {
    throw wrongColumn(subject, node, 'has another child, expected a struct of a key and a value');
  }
  const parts = childCount ?? typeCodes?.length ?? children.length;
  if (children.length !== parts) {
    throw wrongColumn(subject, node, `has ${children.length} children, expected ${parts}`);
  }
}

/**
 * Finds the parts of some elements of an array.
 *
 * @throws as {@link checkNode}; RangeError `ERR_OUT_OF_BOUNDS` for offsets and children that are too short
 */
export function columnPartsOf(buffers: ArrayBuffers, window: ArraySlice): ColumnParts {
  const { subject } = buffers;
  const { array: node, start, length, fault } = bare({ ...window });
  checkNode(subject, node);
  if (fault !== undefined) throw fault;
  const type = arrowTypeOf(node);
  const { kind, format } = type;
  const address = (i: number): number => node.buffers[i]!;
  const view = (i: number, text: string, from: number, count: number): MemoryView =>
    buffers.view(address(i), text, from, count);
  const child = (i: number, from: number, count: number): ArraySlice =>
    sliceOfArray(subject, node.children[i]!, from, count);
  /** All of a child; nothing of it where no element of ours can lead there. */
  const whole = (i: number): ArraySlice => {
    const made = wholeArray(node.children[i]!);
    return length === 0 ? { ...made, length: 0 } : made;
  };
  const offsets = (): MemoryView => view(1, format, start, length === 0 ? 0 : length + 1);
  const hasBitmap = !NO_BITMAP.has(kind) && address(0) !== 0;
  const made = { ...NO_PARTS, validity: hasBitmap ? buffers.bits(address(0), start, length) : null };
  switch (kind) {
    case 'primitive':
      if (type.size === 0) return { ...made, values: buffers.view(0, 'B', 0, 0).reshape([length, 0]) };
      return { ...made, values: view(1, format, start, length) };
    case 'decimal':
      return { ...made, values: view(1, format, start, length) };
    case 'dictionary':
      return { ...made, values: view(1, format, start, length), dictionary: dictionaryOf(node, length) };
    case 'boolean':
      return { ...made, values: buffers.bits(address(1), start, length) };
    case 'utf8':
    case 'binary': {
      const found = offsets();
      return { ...made, offsets: found, data: view(2, 'B', 0, dataEndOf(buffers, node, found, length)) };
    }
    case 'utf8-view':
    case 'binary-view':
      return {
        ...made,
        values: view(1, '16s', start, length),
        dataBuffers: dataBuffersOf(buffers, node, length),
      };
    case 'list':
    case 'map': {
      const found = offsets();
      dataEndOf(buffers, node, found, length);
      return { ...made, offsets: found, children: [whole(0)] };
    }
    case 'list-view': {
      const sizes = view(2, format, start, length);
      return { ...made, offsets: view(1, format, start, length), sizes, children: [whole(0)] };
    }
    case 'fixed-size-list':
      return { ...made, children: [child(0, start * type.size!, length * type.size!)] };
    case 'struct':
      return { ...made, children: node.children.map((_, i) => child(i, start, length)) };
    case 'dense-union': {
      const places = view(1, 'i', start, length);
      const typeIds = view(0, 'b', start, length);
      return { ...made, typeIds, offsets: places, children: node.children.map((_, i) => whole(i)) };
    }
    case 'sparse-union': {
      const children = node.children.map((_, i) => child(i, start, length));
      return { ...made, typeIds: view(0, 'b', start, length), children };
    }
    case 'run-end-encoded':
      if (!isIndexFormat(node.children[0]!.format, 'run end')) {
        throw wrongColumn(subject, node.children[0]!, 'has run ends, expected int16, int32 or int64');
      }
      return { ...made, children: [whole(0), whole(1)] };
    default:
      return made;
  }
}

const NO_BITMAP: ReadonlySet<ArrowKind> = new Set([
  'null',
  'dense-union',
  'sparse-union',
  'run-end-encoded',
] as const);

function dictionaryOf({ dictionary }: ArrowNode, length: number): ArraySlice {
  const made = wholeArray(dictionary!);
  return length === 0 ? { ...made, length: 0 } : made;
}

/** The last of `length + 1` offsets: the data's end. A column without elements has none, so its buffer is not read. */
function dataEndOf({ subject }: ArrayBuffers, node: ArrowNode, offsets: MemoryView, length: number): number {
  if (length === 0) return 0;
  const last = Number(offsets.get(length));
  if (last >= 0 && Number.isSafeInteger(last)) return last;
  throw rangeError(
    'ERR_OUT_OF_BOUNDS',
    `${subject}: column ${shown(node.name)} ends at offset ${last}, expected 0 or more`,
  );
}

/** The data buffers of a column of views; the last buffer has their lengths. */
function dataBuffersOf(buffers: ArrayBuffers, node: ArrowNode, length: number): MemoryView[] {
  const count = node.buffers.length - 3;
  if (length === 0 || count === 0) return [];
  const sizes = buffers.view(node.buffers[count + 2]!, 'q', 0, count);
  return Array.from({ length: count }, (_, i) => {
    const size = Number(sizes.get(i));
    if (size >= 0 && Number.isSafeInteger(size)) return buffers.view(node.buffers[i + 2]!, 'B', 0, size);
    throw rangeError(
      'ERR_OUT_OF_BOUNDS',
      `${buffers.subject}: column ${shown(node.name)} has a data buffer of ${size} bytes, expected 0 or more`,
    );
  });
}
