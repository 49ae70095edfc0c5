/** How a view prints: its repr on one line, then its content as numpy prints arrays. */
import { readGuarded, readProperty } from '../arguments.js';
import { codecOf } from '../format/codec.js';
import type { Item } from '../format/format.js';
import { shownShape } from '../layout/layout.js';
import { itemCount, pointerFirst, rowSpan, type Span } from '../span/span.js';

/** More elements than this are shortened, as numpy's `threshold`. */
const MAX_SHOWN = 1000;
/** Elements at each end of a shortened axis, as numpy's `edgeitems`. */
const EDGE = 3;
/** The most elements that are written: axes that are too short to be shortened multiply. */
const MAX_WRITTEN_ITEMS = 2_000;
const MIN_WIDTH = 20;
const MAX_TEXT_LENGTH = 60;
const DOTS = '...';

/**
 * The text of a view for `util.inspect`.
 *
 * @param head - `<memory at 0x…>`
 * @param span - its span; null if the memory has gone
 * @param depth - the remaining depth of inspect; below 0 the content is left out
 * @param width - of a line, in characters
 */
export function renderView(head: string, span: Span | null, depth: unknown, width: number): string {
  if (span === null) return head;
  const { format, layout, readonly, indirect } = span;
  const about = [`format ${JSON.stringify(shortened(format.text))}`, `shape ${shownShape(layout.shape)}`];
  // The dtype is shown where the format does not tell the type: a date's unit, or void.
  if (format.dtype !== null && format.source !== format.text) about.splice(1, 0, format.dtype);
  if (readonly) about.push('read-only');
  if (indirect !== null) about.push('indirect');
  const line = `${head.slice(0, -1)}, ${about.join(', ')}>`;
  if (typeof depth === 'number' && depth < 0) return line;
  return `${line}\n${renderItems(span, width)}`;
}

/** The width of a line that options of inspect ask for. Runs the caller's code, so check liveness after it. */
export function widthOf(options: unknown): number {
  const columns = readProperty(process.stdout, 'columns');
  const terminal = Math.max(MIN_WIDTH, typeof columns === 'number' ? columns : 80);
  if (typeof options !== 'object' || options === null) return terminal;
  const asked: unknown = readGuarded('inspect', options, () => readProperty(options, 'breakLength'));
  if (typeof asked !== 'number' || !Number.isFinite(asked)) return terminal;
  return Math.max(MIN_WIDTH, Math.min(asked, terminal));
}

/** A text or a bracketed list of them, or the dots of a shortened axis. */
type Node = string | readonly Node[];

function renderItems(span: Span, width: number): string {
  const { shape } = span.layout;
  const count = itemCount(span);
  if (count === 0) return '[]';
  const texts = nodes(span, count > MAX_SHOWN, { left: MAX_WRITTEN_ITEMS });
  if (typeof texts === 'string') return texts;
  return bracketed(aligned(texts), shape.length, 0, width);
}

function nodes(span: Span, shortens: boolean, budget: { left: number }): Node {
  if (span.indirect !== null) {
    const { axis, rows } = span.indirect;
    const inner = pointerFirst(span);
    let list: Node = picked(rows.length, shortens).map((i) =>
      i < 0 ? DOTS : nodes(rowSpan(inner, i), shortens, budget),
    );
    for (let d = 0; d < axis; d++) list = [list];
    return list;
  }
  const { shape, strides, offset } = span.layout;
  const text = textOf(span);
  const at = (d: number, from: number): Node => {
    if (budget.left <= 0) return DOTS;
    if (d === shape.length) {
      budget.left--;
      return text(from);
    }
    return picked(shape[d]!, shortens).map((i) => (i < 0 ? DOTS : at(d + 1, from + i * strides[d]!)));
  };
  return at(0, offset);
}

/** The indices of an axis that are shown, -1 where some are left out. */
function picked(length: number, shortens: boolean): number[] {
  const all = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  if (!shortens || length <= 2 * EDGE) return all(0, length);
  return [...all(0, EDGE), -1, ...all(length - EDGE, length)];
}

/**
 * Writes the items of a span, each at a byte of the region's buffer.
 *
 * @param asBytes - writes them as hexadecimal bytes, as it does anyway for a format that can't be read
 */
export function textOf(span: Span, asBytes = false): (at: number) => string {
  const { format, region } = span;
  if (asBytes || !format.decodable) {
    // Bytes are all that can be shown of a format that can't be read.
    return (at) =>
      shortened(Buffer.from(region.buffer, at, Math.min(format.itemsize, MAX_TEXT_LENGTH)).toString('hex'));
  }
  const codec = codecOf(format);
  return (at) => valueText(codec.read(region.data, at), format.item);
}

/** One value; a record as a tuple with its names. */
function valueText(value: unknown, item: Item): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Buffer.isBuffer(value)) return `b${quoted(value.toString('latin1'))}`;
  if (Array.isArray(value)) return listText(value, item);
  if (typeof value !== 'object' || value === null) return String(value);
  if (item.kind === 'scalar') return complexText(value);
  const parts = Object.entries(value).map(([name, field]) => {
    const of = item.fields.find((f) => f.key === name)?.item ?? item;
    return `${name}: ${valueText(field, of)}`;
  });
  return `(${parts.join(', ')})`;
}

function listText(values: readonly unknown[], item: Item): string {
  const isRecord = item.kind !== 'scalar' && values.length === item.fields.length;
  const shown =
    values.length > 2 * EDGE + 2 && !isRecord
      ? [...values.slice(0, EDGE), DOTS, ...values.slice(-EDGE)]
      : values;
  const texts = shown.map((value, i) => {
    if (value === DOTS) return DOTS;
    return valueText(value, isRecord ? item.fields[i]!.item : item);
  });
  return isRecord ? `(${texts.join(', ')})` : `[${texts.join(', ')}]`;
}

function complexText(value: object): string {
  const re = Number(Reflect.get(value, 're'));
  const im = Number(Reflect.get(value, 'im'));
  const sign = im < 0 || Object.is(im, -0) ? '-' : '+';
  return `${re}${sign}${Number.isNaN(im) ? 'nan' : Math.abs(im)}j`;
}

function quoted(text: string): string {
  const inner = JSON.stringify(shortened(text)).slice(1, -1);
  return `'${inner.replaceAll("'", "\\'").replaceAll('\\"', '"')}'`;
}

function shortened(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

function isNumber(text: string): boolean {
  return /^-?(\d|Inf|NaN)/.test(text) && !text.endsWith('j');
}

/** Pads all texts to columns: numbers on the decimal point, the rest to the left. */
function aligned(root: Node): Node {
  const texts: string[] = [];
  const collect = (node: Node): void => {
    if (typeof node !== 'string') node.forEach(collect);
    else if (node !== DOTS) texts.push(node);
  };
  collect(root);
  const numeric = texts.every(isNumber);
  const tail = (text: string): number => (/[.e]/.test(text) ? text.length - text.search(/[.e]/) : 0);
  const longest = (lengthOf: (text: string) => number): number =>
    texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0);
  const tails = numeric ? longest(tail) : 0;
  const pad = (text: string): string => (numeric ? text + ' '.repeat(tails - tail(text)) : text);
  const width = longest((text) => pad(text).length);
  const place = (node: Node): Node => {
    if (typeof node !== 'string') return node.map(place);
    if (node === DOTS) return node;
    return numeric ? pad(node).padStart(width) : node.padEnd(width);
  };
  return place(root);
}

/** A list in brackets, rows under one another, wrapped at the width. */
function bracketed(node: Node, dims: number, indent: number, width: number): string {
  if (typeof node === 'string') return node;
  if (dims === 1) return wrappedList(node as readonly string[], indent, width);
  const gap = `,${'\n'.repeat(dims - 1)}${' '.repeat(indent + 1)}`;
  return `[${node.map((part) => bracketed(part, dims - 1, indent + 1, width)).join(gap)}]`;
}

function wrappedList(texts: readonly string[], indent: number, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const [i, text] of texts.entries()) {
    const bare = text.trimEnd();
    // The comma of a text stands at the text, that of a number behind its column, as numpy has them.
    const gap = text.slice(bare.length);
    const part =
      i === texts.length - 1
        ? isNumber(bare)
          ? text
          : bare
        : isNumber(bare)
          ? `${text},`
          : `${bare},${gap}`;
    const joined = line === '' ? part : `${line} ${part}`;
    // One column for each bracket that is open, and one for those that close.
    if (line !== '' && indent + 1 + joined.length + indent + 1 > width) {
      lines.push(line);
      line = part;
    } else line = joined;
  }
  lines.push(line);
  return `[${lines.join(`\n${' '.repeat(indent + 1)}`)}]`;
}
