/** Draws the elements of a view as a grid, with their values, where each starts, and the strides as arrows. */

import { type Canvas, columnsIn, MARGIN, NAME, SMALL, TEXT } from '../drawing/canvas.js';
import { box, FAINT_INK, label, path, textWidth } from '../drawing/svg.js';
import { counted, shortenedTo } from '../drawing/text-columns.js';
import { type Description, type DrawnValue, MAX_RECORD_WIDTH, MAX_VALUE_WIDTH } from './description.js';
import { fitting, LEFT_OUT } from './extents.js';

const CELL_HEIGHT = 38;
const MIN_CELL_WIDTH = 54;

/** Adds the grid of a view of up to three dimensions; nothing for a view without elements, or of more. */
export function drawGrid(canvas: Canvas, description: Description): void {
  if (description.values.length === 0) return;
  canvas.y += 12;
  canvas.paragraph(MARGIN, 'elements, each with @ the byte where it starts', TEXT, { fill: FAINT_INK });
  new GridDrawing(canvas, description).draw();
}

class GridDrawing {
  readonly #canvas: Canvas;
  readonly #description: Description;

  constructor(canvas: Canvas, description: Description) {
    this.#canvas = canvas;
    this.#description = description;
  }

  draw(): void {
    const { shape, picks, axes } = this.#description;
    const cells = this.#cells();
    if (shape.length < 2) {
      this.#row(cells, picks[0] ?? []);
      return;
    }
    if (shape.length === 2) {
      const { bottom } = this.#plane(cells, [], picks[0]!, picks[1]!, MARGIN, this.#canvas.y);
      this.#canvas.y = bottom;
      return;
    }
    this.#planes(cells, `${axes[0]} = `);
  }

  #cells(): Cells {
    const { values, fields, shape } = this.#description;
    const isRecord = fields.length > 0;
    const most = isRecord ? MAX_RECORD_WIDTH : MAX_VALUE_WIDTH;
    const found = new Map<string, { value: DrawnValue; text: string }>();
    // The index of a column stands over it.
    let width = Math.max(MIN_CELL_WIDTH, textWidth(String(shape.at(-1) ?? 0), NAME) + 8);
    for (const value of values) {
      const text = shortenedTo(value.text, most);
      width = Math.max(width, textWidth(text, TEXT) + 14, textWidth(`@${value.start}`, SMALL) + 10);
      found.set(value.index.join(), { value, text });
    }
    return { width: Math.min(width, this.#canvas.width - 2 * MARGIN - 80), found };
  }

  #cell({ width, found }: Cells, index: readonly number[], x: number, y: number): void {
    const own = found.get(index.join());
    if (own === undefined) {
      this.#ellipsis(x + width / 2, y + CELL_HEIGHT / 2);
      return;
    }
    const { fill, ink } = this.#canvas.colorsOf(own.value.color);
    const middle = x + width / 2;
    this.#canvas.reach(x + width);
    this.#canvas.add(
      box(x + 1, y + 1, width - 2, CELL_HEIGHT - 2, { fill, stroke: ink, rx: 3 }),
      label(middle, y + 17, shortenedTo(own.text, columnsIn(width - 4, TEXT)), { 'text-anchor': 'middle' }),
      label(middle, y + 30, `@${own.value.start}`, {
        'text-anchor': 'middle',
        'font-size': SMALL,
        fill: ink,
      }),
    );
  }

  #ellipsis(x: number, y: number): void {
    this.#canvas.reach(x + 6);
    this.#canvas.add(label(x, y + 4, '⋯', { 'text-anchor': 'middle', fill: FAINT_INK }));
  }

  /** A 0-d or 1-D view: as many cells beside each other as fit. */
  #row(cells: Cells, picks: readonly number[]): void {
    const { shape, axes } = this.#description;
    if (shape.length === 0) {
      this.#cell(cells, [], MARGIN, this.#canvas.y);
      this.#canvas.y += CELL_HEIGHT + 4;
      return;
    }
    const per = Math.max(1, Math.floor((this.#canvas.width - 2 * MARGIN) / cells.width));
    for (let at = 0; at < picks.length; at += per) {
      const some = picks.slice(at, at + per);
      if (at === 0) {
        this.#step(0, MARGIN, MARGIN + Math.min(some.length, 2) * cells.width, this.#canvas.y);
        this.#canvas.y += this.#isStepped(0) ? 22 : 0;
      }
      for (const [n, i] of some.entries()) {
        const x = MARGIN + n * cells.width;
        this.#header(at + n === 0 ? `${axes[0]}=${i}` : i, x + cells.width / 2, this.#canvas.y + 10);
        if (i === LEFT_OUT) this.#ellipsis(x + cells.width / 2, this.#canvas.y + 14 + CELL_HEIGHT / 2);
        else this.#cell(cells, [i], x, this.#canvas.y + 14);
      }
      this.#canvas.y += 14 + CELL_HEIGHT + 6;
    }
  }

  #header(name: number | string, x: number, y: number, anchor = 'middle'): void {
    if (name === LEFT_OUT) return;
    this.#canvas.add(
      label(x, y, String(name), { 'text-anchor': anchor, 'font-size': NAME, fill: FAINT_INK }),
    );
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
    const { axes } = this.#description;
    const d = plane.length;
    const rowHead = (i: number, n: number): string | number => (n === 0 ? `${axes[d]}=${i}` : i);
    const heads = Math.max(...rows.map((i, n) => textWidth(String(rowHead(i, n)), NAME)));
    const isDown = this.#isStepped(d);
    const left = x + heads + 8 + (isDown ? 24 : 0);
    const room = Math.max(1, Math.floor((this.#canvas.width - MARGIN - left) / cells.width));
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
    const { picks, strides, pointerAxis } = this.#description;
    const between =
      pointerAxis === 0 ? 'memory of its own for each' : `${stepText(strides[0]!)} from plane to plane`;
    this.#canvas.paragraph(MARGIN, `${prefix}…: ${between}`, NAME, { fill: FAINT_INK });
    this.#canvas.y += 4;
    let x = MARGIN;
    let bottom = this.#canvas.y;
    let widest = 0;
    for (const i of picks[0]!) {
      if (x > MARGIN && x + widest > this.#canvas.width - MARGIN) {
        x = MARGIN;
        this.#canvas.y = bottom + 14;
      }
      if (i === LEFT_OUT) {
        this.#ellipsis(x + 8, this.#canvas.y + 8);
        bottom = Math.max(bottom, this.#canvas.y + 16);
        x += 30;
        continue;
      }
      this.#canvas.text(x, this.#canvas.y + 12, prefix + i, TEXT, { 'font-weight': 'bold' });
      const drawn = this.#plane(cells, [i], picks[1]!, picks[2]!, x, this.#canvas.y + 20);
      widest = Math.max(widest, drawn.right - x);
      bottom = Math.max(bottom, drawn.bottom);
      x = drawn.right + 20;
    }
    this.#canvas.y = bottom;
  }

  #isStepped(d: number): boolean {
    return this.#description.shape[d]! > 1;
  }

  #stepName(d: number): string {
    const { pointerAxis, strides } = this.#description;
    return d === pointerAxis ? 'next row' : stepText(strides[d]!);
  }

  /** An arrow from the first element to the next one in its row, with the stride. */
  #step(d: number, left: number, right: number, y: number): void {
    if (!this.#isStepped(d)) return;
    const width = (right - left) / 2;
    const [from, to] = [left + width / 2, right - width / 2];
    const text = this.#stepName(d);
    this.#canvas.add(
      path(
        `M${from} ${y + 16}V${y + 9}H${to}V${y + 15}M${to - 3} ${y + 11}L${to} ${y + 15}L${to + 3} ${y + 11}`,
        {
          stroke: FAINT_INK,
        },
      ),
    );
    const isRoomBeside = to + 8 + textWidth(text, NAME) <= this.#canvas.width - MARGIN / 2;
    if (isRoomBeside) this.#canvas.text(to + 8, y + 13, text, NAME, { fill: FAINT_INK });
    else this.#canvas.text((from + to) / 2, y + 6, text, NAME, { 'text-anchor': 'middle', fill: FAINT_INK });
  }

  #stepDown(d: number, x: number, top: number, bottom: number): void {
    const height = (bottom - top) / 2;
    const [from, to] = [top + height / 2, bottom - height / 2];
    const text = this.#stepName(d);
    this.#canvas.add(
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
  readonly found: ReadonlyMap<string, { readonly value: DrawnValue; readonly text: string }>;
}

function stepText(stride: number): string {
  return stride === 0 ? '+0' : `${stride < 0 ? '−' : '+'}${counted(Math.abs(stride), 'byte')}`;
}
