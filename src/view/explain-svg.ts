/** Draws the portrait of a view as an SVG picture. */
import { counted, cutTo, wrapped } from '../columns.js';
import {
  box,
  element,
  FAINT_INK,
  INK,
  label,
  MONOCHROME,
  PALETTE,
  path,
  RULE,
  svgDocument,
  textWidth,
} from '../svg.js';
import {
  type Bracket,
  bytesPerLine,
  type Cell,
  cellWidth,
  fitting,
  type Gap,
  LEFT_OUT,
  type Line,
  type Marks,
  marksOf,
  stripOf,
} from './anatomy.js';
import type { Portrait, Strip, Value } from './portrait.js';

/** Pixels of a column of the width that is asked for. */
const COLUMN = 9;
const MARGIN = 22;
const FACTS = 86;
const BYTE_WIDTHS = [26, 92] as const;
const BYTE_HEIGHT = 26;
const LANE = 20;
const CELL_HEIGHT = 38;
const NARROWEST_CELL = 54;
const WIDEST_VALUE = 20;
const WIDEST_RECORD = 44;
/** Sizes of fonts. */
const TITLE = 14;
const TEXT = 12;
const NAME = 10.5;
const SMALL = 9;

/** The picture as SVG. @param isColored - else in shades of grey */
export function explainAsSvg(portrait: Portrait, columns: number, isColored: boolean): string {
  return new Drawing(portrait, columns * COLUMN, isColored).finished();
}

/** A picture that grows downwards. */
class Drawing {
  readonly #portrait: Portrait;
  readonly #colors: typeof PALETTE;
  readonly #parts: string[] = [];
  readonly #width: number;
  /** The right edge of what was drawn, and where the next thing goes. */
  #right = 0;
  #y: number = MARGIN;

  constructor(portrait: Portrait, width: number, isColored: boolean) {
    this.#portrait = portrait;
    this.#width = width;
    this.#colors = isColored ? PALETTE : MONOCHROME;
  }

  finished(): string {
    const { title, strips } = this.#portrait;
    this.#head();
    for (const strip of strips) this.#strip(strip);
    this.#leftOutStrips();
    this.#grid();
    const width = Math.min(this.#width, Math.max(this.#right + MARGIN, 360));
    return svgDocument(width, this.#y + MARGIN - 8, title, this.#parts);
  }

  #add(...parts: string[]): void {
    this.#parts.push(...parts);
  }

  #text(x: number, y: number, text: string, size: number, attributes: Record<string, string> = {}): void {
    const start = attributes['text-anchor'] === undefined ? x : x - textWidth(text, size) / 2;
    this.#right = Math.max(this.#right, start + textWidth(text, size));
    this.#add(label(x, y, text, { 'font-size': size === TEXT ? undefined : size, ...attributes }));
  }

  /** A text broken at the picture's width. */
  #paragraph(x: number, text: string, size: number, attributes: Record<string, string> = {}): void {
    const columns = Math.floor((this.#width - MARGIN - x) / (textWidth('0'.repeat(100), size) / 100));
    for (const line of wrapped(text, columns, 2)) {
      this.#text(x, this.#y + size, line, size, attributes);
      this.#y += size + 6;
    }
  }

  #colorsOf(number: number): { readonly fill: string; readonly ink: string } {
    return this.#colors[number % this.#colors.length]!;
  }

  #head(): void {
    const { title, facts } = this.#portrait;
    this.#paragraph(MARGIN, title, TITLE, { 'font-weight': 'bold' });
    this.#y += 4;
    for (const { name, text } of facts) {
      const top = this.#y;
      const isLong = textWidth(name, TEXT) > FACTS - 8;
      this.#text(MARGIN, top + TEXT, name, TEXT, { fill: FAINT_INK });
      this.#paragraph(isLong ? MARGIN + textWidth(name, TEXT) + 8 : MARGIN + FACTS, text, TEXT);
    }
  }

  // --- memory ---------------------------------------------------------------------------------------------------------------

  #strip(strip: Strip): void {
    const { fields, itemsize } = this.#portrait;
    const { title, extents, layout, nbytes } = strip;
    this.#y += 12;
    if (title !== null) this.#paragraph(MARGIN, title, TEXT);
    if (nbytes === 0) {
      this.#paragraph(MARGIN, 'the memory has no bytes', TEXT, { fill: FAINT_INK });
      return;
    }
    const left = MARGIN + textWidth(String(nbytes), NAME) + 12;
    const room = this.#width - MARGIN - left;
    const cell = cellWidth(extents, itemsize, room, BYTE_WIDTHS, (name) => textWidth(name, NAME) + 4);
    const most = Math.max(1, Math.floor(room / cell));
    const rows = stripOf(extents, nbytes, bytesPerLine(layout, itemsize, most), fields);
    for (const row of rows) {
      if (row.kind === 'gap') this.#gap(row, left);
      else this.#line(row, strip.bytes(row.low, row.low + row.cells.length), left, cell);
    }
    this.#legend(marksOf(rows), left);
  }

  #gap({ low, high }: Gap, left: number): void {
    const middle = this.#y + 10;
    this.#text(left, middle + 4, `⋯ ${counted(high - low, 'byte')}`, NAME, { fill: FAINT_INK });
    this.#y += 24;
  }

  #line({ low, cells, lanes }: Line, bytes: Uint8Array, left: number, cell: number): void {
    const top = this.#y + 12;
    this.#text(left - 10, top + 17, String(low), NAME, { fill: FAINT_INK, 'text-anchor': 'end' });
    this.#right = Math.max(this.#right, left + cells.length * cell);
    for (const [i, own] of cells.entries()) this.#byte(own, bytes[i]!, left + i * cell, top, cell);
    for (const { extent, from, to, opens, closes } of lanes[0] ?? []) {
      if (extent.kind !== 'element') continue;
      const x = left + from * cell;
      const right = left + to * cell;
      const { ink } = this.#colorsOf(extent.color);
      if (opens) this.#text(x + 2, top - 3, String(extent.low), SMALL, { fill: FAINT_INK });
      this.#add(outline(x, right, top, top + BYTE_HEIGHT, opens, closes, ink));
    }
    this.#y = top + BYTE_HEIGHT + 3;
    for (const lane of lanes) {
      for (const bracket of lane) this.#bracket(bracket, left, cell);
      this.#y += LANE;
    }
    this.#y += 2;
  }

  #byte({ owner, isPadding }: Cell, byte: number, x: number, y: number, width: number): void {
    const middle = x + width / 2;
    if (owner === null) {
      this.#add(box(x, y, width, BYTE_HEIGHT, { fill: '#f6f8fa', stroke: RULE }));
      this.#add(element('circle', { cx: middle, cy: y + BYTE_HEIGHT / 2, r: 1.3, fill: '#aab2bb' }));
      return;
    }
    const { fill, ink } = this.#colorsOf(owner.color);
    this.#add(box(x, y, width, BYTE_HEIGHT, { fill: isPadding ? '#ffffff' : fill, stroke: '#ffffff' }));
    if (isPadding) {
      const hatch = Array.from({ length: 3 }, (_, i) => {
        const at = x + ((i + 0.5) * width) / 3;
        return `M${at - 5} ${y + BYTE_HEIGHT - 5}L${at + 5} ${y + 5}`;
      });
      this.#add(path(hatch.join(''), { stroke: ink, 'stroke-opacity': '0.35' }));
      return;
    }
    const text = byte.toString(16).padStart(2, '0');
    this.#add(label(middle, y + 17, text, { 'text-anchor': 'middle', fill: byte === 0 ? FAINT_INK : INK }));
  }

  #bracket({ extent, from, to, opens, closes }: Bracket, left: number, cell: number): void {
    const [x, right] = [left + from * cell + 2, left + to * cell - 2];
    const { ink } = this.#colorsOf(extent.color);
    const tick = 4;
    const start = opens ? `M${x} ${this.#y}V${this.#y + tick}` : `M${x - 2} ${this.#y + tick}`;
    const end = closes ? `H${right}V${this.#y}` : `H${right + 2}`;
    this.#add(path(start + end, { stroke: ink }));
    const columns = Math.floor((right - x + 4) / (textWidth('0'.repeat(100), NAME) / 100));
    const name = cutTo(extent.name, columns);
    if (name === '') return;
    const attributes = {
      'text-anchor': 'middle',
      'font-size': NAME,
      fill: ink,
      'font-weight': extent.kind === 'field' ? undefined : 'bold',
      'font-style': extent.kind === 'field' ? 'italic' : undefined,
    };
    this.#add(label((x + right) / 2, this.#y + 15, name, attributes));
  }

  #legend({ free, padding, shared, parts }: Marks, left: number): void {
    const notes = [
      ...(free ? ['dotted: bytes that are not of this view'] : []),
      ...(padding ? ['hatched: padding'] : []),
      ...(shared ? ['×n: n elements on the same bytes'] : []),
      ...(parts ? ['[0]: all of view.slice(0)'] : []),
    ];
    if (notes.length > 0) this.#paragraph(left, notes.join('; '), NAME, { fill: FAINT_INK });
  }

  #leftOutStrips(): void {
    const { strips, shape, pointerAxis } = this.#portrait;
    const more = pointerAxis === null ? 0 : shape[pointerAxis]! - strips.length;
    if (more === 0) return;
    this.#y += 8;
    this.#paragraph(MARGIN, `⋯ ${counted(more, 'more row')} in between`, TEXT, { fill: FAINT_INK });
  }

  // --- elements -------------------------------------------------------------------------------------------------------------

  #grid(): void {
    const { values, shape, picks, axes } = this.#portrait;
    if (values.length === 0) return;
    this.#y += 12;
    this.#paragraph(MARGIN, 'elements, each with @ the byte where it starts', TEXT, { fill: FAINT_INK });
    const cells = this.#cells();
    if (shape.length < 2) {
      this.#row(cells, picks[0] ?? []);
      return;
    }
    if (shape.length === 2) {
      const { bottom } = this.#plane(cells, [], picks[0]!, picks[1]!, MARGIN, this.#y);
      this.#y = bottom;
      return;
    }
    this.#planes(cells, `${axes[0]} = `);
  }

  #cells(): Cells {
    const { values, facts } = this.#portrait;
    const isRecord = facts.some(({ name }) => name.startsWith('.'));
    const most = isRecord ? WIDEST_RECORD : WIDEST_VALUE;
    const found = new Map<string, { value: Value; text: string }>();
    let width: number = NARROWEST_CELL;
    for (const value of values) {
      const text = cutTo(value.text, most);
      width = Math.max(width, textWidth(text, TEXT) + 14, textWidth(`@${value.start}`, SMALL) + 10);
      found.set(value.index.join(), { value, text });
    }
    return { width: Math.min(width, this.#width - 2 * MARGIN - 80), found };
  }

  #cell({ width, found }: Cells, index: readonly number[], x: number, y: number): void {
    const own = found.get(index.join());
    if (own === undefined) {
      this.#ellipsis(x + width / 2, y + CELL_HEIGHT / 2);
      return;
    }
    const { fill, ink } = this.#colorsOf(own.value.color);
    const middle = x + width / 2;
    this.#right = Math.max(this.#right, x + width);
    this.#add(
      box(x + 1, y + 1, width - 2, CELL_HEIGHT - 2, { fill, stroke: ink, rx: 3 }),
      label(middle, y + 17, cutTo(own.text, Math.floor(width / 7.4)), { 'text-anchor': 'middle' }),
      label(middle, y + 30, `@${own.value.start}`, {
        'text-anchor': 'middle',
        'font-size': SMALL,
        fill: ink,
      }),
    );
  }

  #ellipsis(x: number, y: number): void {
    this.#add(label(x, y + 4, '⋯', { 'text-anchor': 'middle', fill: FAINT_INK }));
  }

  /** A 0-d or 1-D view: as many cells beside each other as fit. */
  #row(cells: Cells, picks: readonly number[]): void {
    const { shape, axes } = this.#portrait;
    if (shape.length === 0) {
      this.#cell(cells, [], MARGIN, this.#y);
      this.#y += CELL_HEIGHT + 4;
      return;
    }
    const per = Math.max(1, Math.floor((this.#width - 2 * MARGIN) / cells.width));
    for (let at = 0; at < picks.length; at += per) {
      const some = picks.slice(at, at + per);
      if (at === 0) {
        this.#step(0, MARGIN, MARGIN + Math.min(some.length, 2) * cells.width, this.#y);
        this.#y += this.#isStepped(0) ? 22 : 0;
      }
      for (const [n, i] of some.entries()) {
        const x = MARGIN + n * cells.width;
        this.#header(at + n === 0 ? `${axes[0]}=${i}` : i, x + cells.width / 2, this.#y + 10);
        if (i === LEFT_OUT) this.#ellipsis(x + cells.width / 2, this.#y + 14 + CELL_HEIGHT / 2);
        else this.#cell(cells, [i], x, this.#y + 14);
      }
      this.#y += 14 + CELL_HEIGHT + 6;
    }
  }

  #header(name: number | string, x: number, y: number, anchor = 'middle'): void {
    if (name === LEFT_OUT) return;
    this.#add(label(x, y, String(name), { 'text-anchor': anchor, 'font-size': NAME, fill: FAINT_INK }));
  }

  /** A 2-D view, or one plane of a 3-D one; says how far it reaches. */
  #plane(
    cells: Cells,
    plane: readonly number[],
    rows: readonly number[],
    all: readonly number[],
    x: number,
    y: number,
  ): { right: number; bottom: number } {
    const { axes } = this.#portrait;
    const d = plane.length;
    const rowHead = (i: number, n: number): string | number => (n === 0 ? `${axes[d]}=${i}` : i);
    const heads = Math.max(...rows.map((i, n) => textWidth(String(rowHead(i, n)), NAME)));
    const isDown = this.#isStepped(d);
    const left = x + heads + 8 + (isDown ? 24 : 0);
    const room = Math.max(1, Math.floor((this.#width - MARGIN - left) / cells.width));
    const columns = fitting(all, room);
    const isAcross = this.#isStepped(d + 1);
    const top = y + (isAcross ? 22 : 0) + 14;
    this.#step(d + 1, left, left + Math.min(columns.length, 2) * cells.width, y);
    for (const [n, j] of columns.entries()) {
      this.#header(n === 0 ? `${axes[d + 1]}=${j}` : j, left + (n + 0.5) * cells.width, top - 4);
    }
    for (const [n, i] of rows.entries()) {
      const at = top + n * CELL_HEIGHT;
      this.#header(rowHead(i, n), left - 6, at + CELL_HEIGHT / 2 + 4, 'end');
      if (i === LEFT_OUT) this.#ellipsis(left + cells.width / 2, at + CELL_HEIGHT / 2);
      else
        for (const [m, j] of columns.entries())
          this.#cell(cells, j === LEFT_OUT ? [] : [...plane, i, j], left + m * cells.width, at);
    }
    const bottom = top + rows.length * CELL_HEIGHT;
    if (isDown) this.#stepDown(d, x + 15, top, top + Math.min(rows.length, 2) * CELL_HEIGHT);
    return { right: left + columns.length * cells.width, bottom };
  }

  #planes(cells: Cells, prefix: string): void {
    const { picks, strides, pointerAxis } = this.#portrait;
    const between =
      pointerAxis === 0 ? 'memory of its own for each' : `${stepText(strides[0]!)} from plane to plane`;
    this.#paragraph(MARGIN, `${prefix}…: ${between}`, NAME, { fill: FAINT_INK });
    this.#y += 4;
    let x = MARGIN;
    let bottom = this.#y;
    let widest = 0;
    for (const i of picks[0]!) {
      if (x > MARGIN && x + widest > this.#width - MARGIN) {
        x = MARGIN;
        this.#y = bottom + 14;
      }
      if (i === LEFT_OUT) {
        this.#ellipsis(x + 8, this.#y + 60);
        x += 30;
        continue;
      }
      this.#text(x, this.#y + 12, prefix + i, TEXT, { 'font-weight': 'bold' });
      const drawn = this.#plane(cells, [i], picks[1]!, picks[2]!, x, this.#y + 20);
      widest = Math.max(widest, drawn.right - x);
      bottom = Math.max(bottom, drawn.bottom);
      x = drawn.right + 20;
    }
    this.#y = bottom;
  }

  #isStepped(d: number): boolean {
    return this.#portrait.shape[d]! > 1;
  }

  #stepName(d: number): string {
    const { pointerAxis, strides } = this.#portrait;
    return d === pointerAxis ? 'next row' : stepText(strides[d]!);
  }

  /** An arrow from the first element to the next of its row, with the stride. */
  #step(d: number, left: number, right: number, y: number): void {
    if (!this.#isStepped(d)) return;
    const width = (right - left) / 2;
    const [from, to] = [left + width / 2, right - width / 2];
    const text = this.#stepName(d);
    this.#add(
      path(
        `M${from} ${y + 16}V${y + 9}H${to}V${y + 15}M${to - 3} ${y + 11}L${to} ${y + 15}L${to + 3} ${y + 11}`,
        {
          stroke: FAINT_INK,
        },
      ),
    );
    this.#text(to + 8, y + 13, text, NAME, { fill: FAINT_INK });
  }

  #stepDown(d: number, x: number, top: number, bottom: number): void {
    const height = (bottom - top) / 2;
    const [from, to] = [top + height / 2, bottom - height / 2];
    const text = this.#stepName(d);
    this.#add(
      path(`M${x + 6} ${from}H${x}V${to}H${x + 5}M${x + 2} ${to - 3}L${x + 6} ${to}L${x + 2} ${to + 3}`, {
        stroke: FAINT_INK,
      }),
      label(x - 6, (from + to) / 2, text, {
        'font-size': NAME,
        fill: FAINT_INK,
        'text-anchor': 'middle',
        transform: `rotate(-90 ${x - 6} ${(from + to) / 2})`,
      }),
    );
  }
}

interface Cells {
  readonly width: number;
  readonly found: ReadonlyMap<string, { readonly value: Value; readonly text: string }>;
}

function stepText(stride: number): string {
  return stride === 0 ? '+0' : `${stride < 0 ? '−' : '+'}${counted(Math.abs(stride), 'byte')}`;
}

/** The outline of an element's bytes in a line; open where it goes on in another. */
function outline(
  x: number,
  right: number,
  top: number,
  bottom: number,
  opens: boolean,
  closes: boolean,
  ink: string,
): string {
  const near = opens ? `M${x} ${bottom}V${top}` : `M${x} ${top}`;
  const far = closes ? `H${right}V${bottom}` : `H${right}M${right} ${bottom}`;
  return path(`${near}${far}H${x}`, { stroke: ink });
}
