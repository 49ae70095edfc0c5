/** Draws the description of a view as text, for a terminal. */
import { columnCount, counted, linesOf, padded, shortenedTo } from '../drawing/text-columns.js';
import {
  type Bracket,
  type ByteLine,
  bytesPerLine,
  type Cell,
  cellWidth,
  type Gap,
  type Marks,
  marksOf,
  stripOf,
} from './byte-lines.js';
import {
  type Description,
  type DrawnValue,
  MAX_RECORD_WIDTH,
  MAX_VALUE_WIDTH,
  type Strip,
} from './description.js';
import { fitting, LEFT_OUT } from './extents.js';

/** Paints a text; without colour it returns the text as it is. */
type Paint = (style: string, text: string) => string;

/** SGR parameters. */
const BOLD = '1';
const DIM = '2';
const INKS = ['36', '33', '32', '35', '34', '31'];

const inkOf = (color: number): string => INKS[color % INKS.length]!;
const painted: Paint = (style, text) => (text.trim() === '' ? text : `\u001b[${style}m${text}\u001b[0m`);
const plain: Paint = (_, text) => text;

const BYTE = 2;
const MAX_CELL_WIDTH = 10;
const NO_BYTE = '··';
const PADDING = '░░';
/** Between cells of the grid. */
const BETWEEN = '   ';

/**
 * The picture as text, each line of at most `width` columns.
 *
 * @param isColored - whether with the escape sequences of a terminal's colours
 */
export function explainAsText(description: Description, width: number, isColored: boolean): string {
  const paint = isColored ? painted : plain;
  const lines = [
    ...linesOf(description.title, width, 2).map((line) => paint(BOLD, line)),
    '',
    ...factLines(description, width, paint),
    ...description.strips.flatMap((strip) => ['', ...stripLines(description, strip, width, paint)]),
    ...leftOutStrips(description, width),
    ...gridLines(description, width, paint),
  ];
  return lines.map((line) => line.trimEnd()).join('\n');
}

function factLines({ facts }: Description, width: number, paint: Paint): string[] {
  const column = Math.min(12, Math.max(...facts.map(({ name }) => columnCount(name)))) + 2;
  return facts.flatMap(({ name, text }) => {
    const head = columnCount(name) < column ? padded(name, column) : `${name} `;
    const [first, ...rest] = linesOf(head + text, width, column);
    return [paint(DIM, first!.slice(0, head.length)) + first!.slice(head.length), ...rest];
  });
}

// --- memory -----------------------------------------------------------------------------------------------------------------

function stripLines(description: Description, strip: Strip, width: number, paint: Paint): string[] {
  const { fields, itemsize, pointerAxis } = description;
  const { title, extents, layout, nbytes } = strip;
  const heading = title === null ? [] : linesOf(title, width, 2);
  if (nbytes === 0) return [...heading, paint(DIM, 'the memory has no bytes')];
  const margin = 2 + String(nbytes).length + 2;
  const room = width - margin;
  const cell = cellWidth(
    extents,
    itemsize,
    room,
    [BYTE + 1, MAX_CELL_WIDTH],
    (name) => columnCount(name) + 1,
  );
  // The last cell needs no space after it.
  const most = Math.max(1, Math.floor((room + 1) / cell));
  const rows = stripOf(extents, nbytes, bytesPerLine(layout, itemsize, most), fields, pointerAxis !== null);
  return [
    ...heading,
    ...rows.flatMap((row) =>
      row.kind === 'gap' ? gapLine(row, margin, paint) : byteLines(row, strip, margin, cell, paint),
    ),
    ...legendLines(marksOf(rows), width, paint),
  ];
}

function legendLines({ free, padding, shared, parts }: Marks, width: number, paint: Paint): string[] {
  const notes = [
    ...(free ? [`${NO_BYTE} not of this view`] : []),
    ...(padding ? [`${PADDING} padding`] : []),
    ...(shared ? ['×n n elements on the same bytes'] : []),
    ...(parts ? ['[0] all of view.slice(0)'] : []),
  ];
  if (notes.length === 0) return [];
  return linesOf(notes.join(', '), width - 2, 0).map((line) => `  ${paint(DIM, line)}`);
}

function gapLine({ low, high }: Gap, margin: number, paint: Paint): string[] {
  return [paint(DIM, `${'…'.padStart(margin - 2)}  ${counted(high - low, 'byte')}`)];
}

function byteLines(line: ByteLine, strip: Strip, margin: number, cell: number, paint: Paint): string[] {
  const bytes = strip.bytes(line.low, line.low + line.cells.length);
  const address = paint(DIM, `${String(line.low).padStart(margin - 2)}  `);
  const texts = line.cells.map((own, i) => {
    const text = byteText(own, bytes[i]!);
    const style = own.owner === null || own.isPadding ? DIM : inkOf(own.owner.color);
    return paint(style, text) + ' '.repeat(cell - BYTE);
  });
  return [
    address + texts.join(''),
    ...line.lanes.map((lane) => ' '.repeat(margin) + laneText(lane, cell, paint)),
  ];
}

function byteText({ owner, isPadding }: Cell, byte: number): string {
  if (owner === null) return NO_BYTE;
  return isPadding ? PADDING : byte.toString(16).padStart(2, '0');
}

function laneText(lane: readonly Bracket[], cell: number, paint: Paint): string {
  let text = '';
  let column = 0;
  for (const bracket of [...lane].sort((a, b) => a.from - b.from)) {
    const from = bracket.from * cell;
    // One column stays free between neighbours.
    const to = Math.max(from + BYTE, bracket.to * cell - 1);
    const style = inkOf(bracket.extent.color);
    text += ' '.repeat(Math.max(0, from - column)) + paint(style, bracketText(bracket, to - from));
    column = to;
  }
  return text;
}

/** `╰── name ──╯`, open if the extent continues in another line; the bare name if there is no room for more. */
function bracketText({ extent: { name }, opens, closes }: Bracket, columns: number): string {
  const left = opens ? '╰' : '─';
  const right = closes ? '╯' : '─';
  if (columnCount(name) > columns - 2) {
    const bare = shortenedTo(name, columns);
    return padded(' '.repeat(Math.floor((columns - columnCount(bare)) / 2)) + bare, columns);
  }
  const free = columns - 2 - columnCount(name);
  const gap = free >= 4 ? ' ' : '';
  const dashes = free - 2 * gap.length;
  const before = Math.floor(dashes / 2);
  return `${left}${'─'.repeat(before)}${gap}${name}${gap}${'─'.repeat(dashes - before)}${right}`;
}

function leftOutStrips({ strips, shape, pointerAxis }: Description, width: number): string[] {
  const more = pointerAxis === null ? 0 : shape[pointerAxis]! - strips.length;
  return more > 0 ? ['', ...linesOf(`… ${counted(more, 'more row')} in between`, width, 2)] : [];
}

// --- elements -----------------------------------------------------------------------------------------------------------------

function gridLines(description: Description, width: number, paint: Paint): string[] {
  const { values, shape, picks, axes } = description;
  if (values.length === 0) return [];
  const cells = new Cells(description, width, paint);
  const heading = [
    '',
    paint(DIM, linesOf('elements, each with @ the byte where it starts', width, 2).join('\n')),
  ];
  if (shape.length === 0) return [...heading, `  ${cells.text([])}`];
  if (shape.length === 1) return [...heading, ...lone(cells, picks[0]!, axes[0]!, width)];
  if (shape.length === 2) return [...heading, ...matrix(cells, [], picks, axes, width)];
  return [
    ...heading,
    ...picks[0]!.flatMap((i) =>
      i === LEFT_OUT
        ? ['  …']
        : [
            `  ${paint(BOLD, `${axes[0]}=${i}`)}`,
            ...matrix(cells, [i], picks.slice(1), axes.slice(1), width),
          ],
    ),
  ];
}

/** The cells of a grid, all of one width. */
class Cells {
  readonly width: number;
  readonly #texts = new Map<string, string>();
  readonly #paint: Paint;

  constructor({ values, fields, shape }: Description, width: number, paint: Paint) {
    this.#paint = paint;
    const isRecord = fields.length > 0;
    const starts = Math.max(...values.map(({ start }) => String(start).length)) + 1;
    // The part of the grid's line before the first cell: two spaces, `i=12` and the space between cells.
    const heads = shape.length < 2 ? 0 : 2 + String(Math.max(...shape)).length + BETWEEN.length;
    const room = Math.max(1, width - 2 - heads - starts - 1);
    const most = Math.min(room, isRecord ? MAX_RECORD_WIDTH : MAX_VALUE_WIDTH);
    const texts = values.map(({ text }) => shortenedTo(text, most));
    const widest = Math.max(...texts.map(columnCount));
    // The index of a column stands over it.
    const index = String(shape.at(-1) ?? 0).length + 2;
    this.width = Math.max(widest + 1 + starts, index);
    values.forEach((value, i) => {
      this.#texts.set(value.index.join(), this.#cell(value, texts[i]!, widest, starts));
    });
  }

  #cell({ start, color }: DrawnValue, text: string, widest: number, starts: number): string {
    const place = this.#paint(DIM, padded(`@${start}`, Math.max(starts, this.width - widest - 1)));
    const value = this.#paint(inkOf(color), text);
    return `${' '.repeat(widest - columnCount(text))}${value} ${place}`;
  }

  text(index: readonly number[]): string {
    return this.#texts.get(index.join()) ?? ' '.repeat(this.width);
  }

  head(text: string): string {
    return this.#paint(DIM, padded(text.padStart(Math.ceil((this.width + text.length) / 2)), this.width));
  }

  dim(text: string): string {
    return this.#paint(DIM, text);
  }
}

/** A 1-D view: as many cells beside each other as fit. */
function lone(cells: Cells, picks: readonly number[], axis: string, width: number): string[] {
  const each = cells.width + BETWEEN.length;
  const per = Math.max(1, Math.floor((width - 2 + BETWEEN.length) / each));
  const lines: string[] = [];
  for (let at = 0; at < picks.length; at += per) {
    const some = picks.slice(at, at + per);
    const heads = some.map((i, n) => cells.head(i === LEFT_OUT ? '…' : n === 0 ? `${axis}=${i}` : String(i)));
    lines.push(`  ${heads.join(BETWEEN)}`);
    lines.push(`  ${some.map((i) => (i === LEFT_OUT ? cells.head('…') : cells.text([i]))).join(BETWEEN)}`);
  }
  return lines;
}

/** A 2-D view, or one plane of a 3-D one; columns in the middle are left out where they don't fit. */
function matrix(
  cells: Cells,
  plane: readonly number[],
  picks: readonly (readonly number[])[],
  axes: readonly string[],
  width: number,
): string[] {
  const [rows, all] = [picks[0]!, picks[1]!];
  const rowHead = (i: number, n: number): string =>
    i === LEFT_OUT ? '…' : n === 0 ? `${axes[0]}=${i}` : String(i);
  const margin = 2 + Math.max(...rows.map((i, n) => rowHead(i, n).length));
  const room = Math.max(1, Math.floor((width - margin) / (cells.width + BETWEEN.length)));
  const columns = fitting(all, room);
  const heads = columns.map((j, n) =>
    cells.head(j === LEFT_OUT ? '…' : n === 0 ? `${axes[1]}=${j}` : String(j)),
  );
  return [
    ' '.repeat(margin) + BETWEEN + heads.join(BETWEEN),
    ...rows.map((i, n) => {
      const head = cells.dim(rowHead(i, n).padStart(margin));
      if (i === LEFT_OUT) return head;
      const texts = columns.map((j) => (j === LEFT_OUT ? cells.head('…') : cells.text([...plane, i, j])));
      return [head, ...texts].join(BETWEEN);
    }),
  ];
}
