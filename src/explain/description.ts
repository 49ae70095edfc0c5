/**
 * The content of a view's picture: facts in words, the elements with their values, and the memory with its parts. It is gathered once
 * from a span; as-text and as-svg draw it.
 */

import { textOf } from '../bulk/inspect.js';
import { counted, shortenedTo, visible } from '../drawing/text-columns.js';
import { shown } from '../errors.js';
import { costOf } from '../format/codec.js';
import type { Field as FormatField, Item, ScalarCode } from '../format/format.js';
import { type FormatInfo, formatInfo } from '../format/info.js';
import { isCContiguous, isFContiguous, type Layout, reach, shownShape } from '../layout/layout.js';
import { nbytesNow } from '../span/offer.js';
import type { Region } from '../span/region.js';
import { itemCount, rowSpan, type Span } from '../span/span.js';
import {
  type DrawnField,
  type Element,
  type Extent,
  elementsAt,
  extentsOf,
  LEFT_OUT,
  picksOf,
} from './extents.js';

/** Columns of the text of a value, and of a record, in a grid. */
export const MAX_VALUE_WIDTH = 20;
export const MAX_RECORD_WIDTH = 44;
/** The most dimensions whose elements are drawn as a grid. */
const MAX_GRID_DIMENSIONS = 3;
/** The most fields that are named, and that a record may have for its fields to be drawn. */
const MAX_FIELDS = 16;
const MAX_KNOWN_FIELDS = 512;
/** The most axes that are described one by one. */
const MAX_AXES = 8;
const MAX_NAME_LENGTH = 40;
/** Items of more bytes, or of more values, are shown as bytes. */
const LARGE_ITEM = 256;

const NO_GRID: Fact = {
  name: 'grid',
  text: `not drawn above ${MAX_GRID_DIMENSIONS} dimensions; explain a part of the view, such as view.slice(0)`,
};

/** A heading and its text. */
export interface Fact {
  readonly name: string;
  readonly text: string;
}

/** An element of the grid. */
export interface DrawnValue extends Element {
  readonly text: string;
}

/** One block of memory, and the part of the view in it. */
export interface Strip {
  /** Names the memory; null for the only one, which the facts name. */
  readonly title: string | null;
  readonly nbytes: number;
  readonly extents: readonly Extent[];
  /** The geometry in it; the offset counts from its first byte. */
  readonly layout: Layout;
  /** Reads bytes of the memory. */
  bytes(low: number, high: number): Uint8Array;
}

/** The content of a view's picture. */
export interface Description {
  readonly title: string;
  readonly facts: readonly Fact[];
  /** Names of the axes, `i`, `j`, `k`. */
  readonly axes: readonly string[];
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly itemsize: number;
  /** The dimension whose rows have memory of their own; null for a view of one block. */
  readonly pointerAxis: number | null;
  readonly picks: readonly (readonly number[])[];
  /** The picked elements in C order; empty above three dimensions. */
  readonly values: readonly DrawnValue[];
  /** The fields by which bytes are told from padding; empty where elements have none. */
  readonly fields: readonly DrawnField[];
  readonly strips: readonly Strip[];
}

/** Gathers the content of a live span's picture. */
export function descriptionOf(span: Span): Description {
  const { format, layout, indirect } = span;
  const { shape, strides } = layout;
  const { itemsize } = format;
  const info = formatInfo(format.text);
  const known = fieldsOf(format.item, info);
  const named = known.slice(0, MAX_FIELDS);
  const picks = picksOf(shape);
  const axes = axisNames(shape.length);
  const pointerAxis = indirect === null ? null : indirect.axis;
  const blocks = blocksDrawn(span, picks).map((block) => ({
    block,
    elements: elementsAt(block.layout, block.picks),
  }));
  const drawsGrid = shape.length <= MAX_GRID_DIMENSIONS;
  const asBytes = itemsize > LARGE_ITEM || costOf(format.item) > LARGE_ITEM;
  return {
    title: titleOf(span),
    facts: [
      ...memoryFacts(span),
      ...elementFacts(span, info, axes),
      ...axisFacts(span, axes),
      ...fieldFacts(known, itemsize),
      ...(drawsGrid ? [] : [NO_GRID]),
    ],
    axes,
    shape,
    strides,
    itemsize,
    pointerAxis,
    picks,
    values: drawsGrid
      ? inOrder(blocks.flatMap(({ block, elements }) => valuesOf(block, elements, pointerAxis, asBytes)))
      : [],
    fields: known.length > MAX_KNOWN_FIELDS ? [] : known,
    strips: blocks.map(({ block, elements }) => {
      const extents = extentsOf(block.layout, itemsize, block.picks, elements, named);
      return stripOfBlock(block, extents, pointerAxis === null ? '' : axes[pointerAxis]!);
    }),
  };
}

function titleOf({ format, layout, readonly, indirect }: Span): string {
  const about = [
    `${shownFormat(format.text)}, shape ${shownShape(layout.shape)}, strides ${shownShape(layout.strides)}`,
  ];
  if (readonly) about.push('read-only');
  if (indirect !== null) about.push('indirect');
  return `MemoryView ${about.join(', ')}`;
}

/** The elements of a block with their values; those of a row have the row's index and colour. */
function valuesOf(
  { span, region, index }: DrawnBlock,
  elements: readonly Element[],
  pointerAxis: number | null,
  asBytes: boolean,
): DrawnValue[] {
  const text = textOf(span, asBytes);
  return elements.map(({ index: inner, start, color }) => ({
    index: index === null ? inner : inner.toSpliced(pointerAxis!, 0, index),
    start,
    color: index ?? color,
    text: visible(text(region.start + start)),
  }));
}

function stripOfBlock(
  { region, index, nbytes, layout }: DrawnBlock,
  extents: readonly Extent[],
  axis: string,
): Strip {
  return {
    title: index === null ? null : `${axis}=${index}: ${ownerOf(region)}`,
    nbytes,
    extents: index === null ? extents : extents.map((extent) => ({ ...extent, color: index })),
    layout,
    bytes: (low, high) => region.bytes(region.start + low, region.start + high),
  };
}

interface DrawnBlock {
  readonly span: Span;
  readonly region: Region;
  readonly nbytes: number;
  /** The index along the pointer dimension; null for a view of one block. */
  readonly index: number | null;
  readonly layout: Layout;
  readonly picks: readonly (readonly number[])[];
}

/** The blocks of memory that are drawn, each with the view's part in it: one block, or for an indirect view one per row. */
function blocksDrawn(span: Span, picks: readonly (readonly number[])[]): DrawnBlock[] {
  const partOf = (own: Span, index: number | null, inner: readonly (readonly number[])[]): DrawnBlock => {
    const { region } = own;
    const layout = { ...own.layout, offset: own.layout.offset - region.start };
    return { span: own, region, nbytes: nbytesNow('explain', region), index, layout, picks: inner };
  };
  if (span.indirect === null) return [partOf(span, null, picks)];
  const { axis } = span.indirect;
  const inner = picks.toSpliced(axis, 1);
  return picks[axis]!.filter((i) => i !== LEFT_OUT).map((i) => partOf(rowSpan(span, i), i, inner));
}

function inOrder(values: DrawnValue[]): DrawnValue[] {
  return values.sort((a, b) => {
    const d = a.index.findIndex((i, n) => i !== b.index[n]);
    return d < 0 ? 0 : a.index[d]! - b.index[d]!;
  });
}

function axisNames(ndim: number): string[] {
  const short = ['i', 'j', 'k'];
  return Array.from({ length: ndim }, (_, d) => (ndim <= short.length ? short[d]! : `i${d}`));
}

// --- facts ----------------------------------------------------------------------------------------------------------------

const shownName = (name: string): string =>
  shortenedTo(visible(shortenedTo(name, MAX_NAME_LENGTH)), MAX_NAME_LENGTH);
const shownFormat = (text: string): string => `"${shownName(text)}"`;

function ownerOf(region: Region): string {
  const { memory, obj } = region;
  const nbytes = counted(nbytesNow('explain', region), 'byte');
  const limits = region.readonly ? ', read-only' : '';
  if (memory !== null) {
    const name = memory.label === undefined ? '' : ` "${shownName(memory.label)}"`;
    const part = region.nbytes < memory.nbytes ? ` of ${memory.nbytes}` : '';
    return `${nbytes}${part}, native memory (${memory.kind}${name}${limits})`;
  }
  if (typeof obj === 'string') return `${nbytes}, a string's`;
  const what = shownName(shown(obj).replace(/^an instance of /, ''));
  return `${nbytes}, the engine's (${what}${limits})`;
}

function memoryFacts(span: Span): Fact[] {
  const { format, layout, region, indirect } = span;
  if (indirect !== null) {
    return [{ name: 'memory', text: `${counted(indirect.rows.length, 'row')}, each in memory of its own` }];
  }
  const { itemsize } = format;
  const memory = { name: 'memory', text: ownerOf(region) };
  if (itemCount(span) === 0) return [memory, { name: 'view', text: 'has no elements, so it takes no bytes' }];
  const { low, high } = reach(layout, itemsize);
  const first = layout.offset - region.start;
  const range = `bytes ${low - region.start} to ${high - region.start - 1}`;
  const isC = isCContiguous(layout, itemsize);
  const isF = isFContiguous(layout, itemsize);
  const order = isC ? (isF ? 'contiguous' : 'C-contiguous') : isF ? 'Fortran-contiguous' : 'not contiguous';
  return [memory, { name: 'view', text: `starts at byte ${first}, reaches ${range}, ${order}` }];
}

const WORDS: Readonly<Partial<Record<ScalarCode, string>>> = {
  x: 'padding',
  c: 'a character',
  b: 'int8',
  B: 'uint8',
  '?': 'a boolean',
  h: 'int16',
  H: 'uint16',
  e: 'float16',
  f: 'float32',
  d: 'float64',
  Zf: 'complex64',
  Zd: 'complex128',
  s: 'a string of bytes',
  p: 'a string of bytes, its length first',
  u: 'UCS-2 text',
  w: 'UCS-4 text',
  P: 'an address',
};

function wordFor(item: Item, { shape, fields }: FormatInfo): string {
  if (shape.length > 0) return `a sub-array of shape ${shownShape(shape)}`;
  if (item.kind !== 'scalar') return `a record of ${counted(fields.length, 'field')}`;
  const { code, size } = item;
  const word = WORDS[code];
  if (word !== undefined) return word;
  if ('iIlLqQnN'.includes(code)) return `${code === code.toLowerCase() ? '' : 'u'}int${8 * size}`;
  return 'carried but not decoded';
}

function elementFacts(
  { format, layout, region, indirect }: Span,
  info: FormatInfo,
  axes: readonly string[],
): Fact[] {
  const { item, itemsize } = format;
  const hasOrder = item.kind === 'scalar' && item.size > 1 && !'spx'.includes(item.code);
  const order = hasOrder ? `, ${item.littleEndian ? 'low' : 'high'} byte first` : '';
  const facts = [{ name: 'element', text: `${wordFor(item, info)}, ${counted(itemsize, 'byte')}${order}` }];
  const { shape, strides } = layout;
  if (shape.length === 0 || shape.length > MAX_GRID_DIMENSIONS || shape.includes(0)) return facts;
  const terms = axes.map((axis, d) => {
    if (d === indirect?.axis) return '';
    return `${strides[d]! < 0 ? ' − ' : ' + '}${Math.abs(strides[d]!)}·${axis}`;
  });
  // The offset within a row is the same for all rows; the row's offset in its memory is not.
  const where = indirect === null ? '' : ` after the start of row ${axes[indirect.axis]}`;
  const first = indirect === null ? `byte ${layout.offset - region.start}` : `${layout.offset}`;
  return [
    ...facts,
    { name: 'place', text: `[${axes.join(', ')}] starts at ${first}${terms.join('')}${where}` },
  ];
}

function axisFacts({ format, layout, indirect }: Span, axes: readonly string[]): Fact[] {
  const { shape, strides } = layout;
  const isEmpty = shape.includes(0);
  const facts = axes.slice(0, MAX_AXES).map((name, d): Fact => {
    const length = shape[d]!;
    const stride = strides[d]!;
    const many = counted(length, 'element');
    if (d === indirect?.axis) return { name: `axis ${name}`, text: `${many}, each a row` };
    if (length < 2 || isEmpty) return { name: `axis ${name}`, text: many };
    if (stride === 0) return { name: `axis ${name}`, text: `${many} on the same bytes (stride 0)` };
    const apart = `${many}, ${counted(Math.abs(stride), 'byte')} apart`;
    const backwards = stride < 0 ? ', backwards' : '';
    const overlap = Math.abs(stride) < format.itemsize ? ', overlapping' : '';
    return { name: `axis ${name}`, text: apart + backwards + overlap };
  });
  if (axes.length > MAX_AXES) facts.push({ name: '…', text: `${axes.length - MAX_AXES} more axes` });
  return facts;
}

// --- fields -----------------------------------------------------------------------------------------------------------------

interface NamedField extends DrawnField {
  readonly about: string;
}

/** The fields of records, those of nested ones by their path; none for a single value or sub-array. */
function fieldsOf(item: Item, info: FormatInfo): NamedField[] {
  // A lone sub-array, even of records, is one value.
  if (item.kind === 'scalar' || info.fields.length === 0 || info.shape.length > 0) return [];
  const found: NamedField[] = [];
  const add = (fields: readonly FormatField[], base: number, prefix: string): void => {
    for (const { key, offset, shape, count, nbytes, item: own } of fields) {
      if (found.length > MAX_KNOWN_FIELDS) return;
      const name = prefix + key;
      if (own.kind === 'record' && shape.length === 0 && count === 1)
        add(own.fields, base + offset, `${name}.`);
      else if (nbytes > 0) {
        const lengths = count === 1 ? shape : [...shape, count];
        const suffix = lengths.length === 0 ? '' : `, shape ${shownShape(lengths)}`;
        const about = `${shownFormat(own.text)}${suffix}, ${counted(nbytes, 'byte')} at ${base + offset}`;
        found.push({ name: shownName(name), offset: base + offset, nbytes, about });
      }
    }
  };
  add(item.fields, 0, '');
  return found;
}

function fieldFacts(fields: readonly NamedField[], itemsize: number): Fact[] {
  const facts = fields.slice(0, MAX_FIELDS).map(({ name, about }) => ({ name: `.${name}`, text: about }));
  const more = fields.length - facts.length;
  if (more > 0) {
    const many = fields.length > MAX_KNOWN_FIELDS ? `more than ${MAX_KNOWN_FIELDS - MAX_FIELDS}` : more;
    facts.push({ name: '…', text: `${many} more fields` });
  }
  const taken = fields.reduce((sum, { nbytes }) => sum + nbytes, 0);
  if (fields.length > 0 && fields.length <= MAX_KNOWN_FIELDS && taken < itemsize) {
    facts.push({
      name: 'padding',
      text: `${counted(itemsize - taken, 'byte')} of each element that no field takes`,
    });
  }
  return facts;
}
