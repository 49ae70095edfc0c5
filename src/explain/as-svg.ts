/** Draws the description of a view as an SVG picture: a description in words, its memory, and (svg-grid) its elements. */

import { Canvas, columnsIn, MARGIN, NAME, SMALL, TEXT, TITLE } from '../drawing/canvas.js';
import { box, element, FAINT_INK, INK, label, path, RULE, textWidth } from '../drawing/svg.js';
import { counted, shortenedTo } from '../drawing/text-columns.js';
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
import type { Description, Strip } from './description.js';
import { drawGrid } from './svg-grid.js';

/** Pixels of a column of the width that is asked for. */
const COLUMN = 9;
const FACTS = 86;
const BYTE_WIDTHS = [26, 92] as const;
const BYTE_HEIGHT = 26;
const LANE = 20;

/** The picture as SVG. @param isColored - else in shades of grey */
export function explainAsSvg(description: Description, columns: number, isColored: boolean): string {
  const canvas = new Canvas(columns * COLUMN, isColored);
  drawHead(canvas, description);
  for (const strip of description.strips) drawStrip(canvas, description, strip);
  drawLeftOut(canvas, description);
  drawGrid(canvas, description);
  return canvas.finished(description.title);
}

function drawHead(canvas: Canvas, { title, facts }: Description): void {
  canvas.paragraph(MARGIN, title, TITLE, { 'font-weight': 'bold' });
  canvas.y += 4;
  for (const { name, text } of facts) {
    const width = textWidth(name, TEXT) + 8;
    canvas.text(MARGIN, canvas.y + TEXT, name, TEXT, { fill: FAINT_INK });
    canvas.paragraph(MARGIN + Math.max(FACTS, width), text, TEXT);
  }
}

function drawStrip(canvas: Canvas, { fields, itemsize, pointerAxis }: Description, strip: Strip): void {
  const { title, extents, layout, nbytes } = strip;
  canvas.y += 12;
  if (title !== null) canvas.paragraph(MARGIN, title, TEXT);
  if (nbytes === 0) {
    canvas.paragraph(MARGIN, 'the memory has no bytes', TEXT, { fill: FAINT_INK });
    return;
  }
  const left = MARGIN + textWidth(String(nbytes), NAME) + 12;
  const room = canvas.width - MARGIN - left;
  const cell = cellWidth(extents, itemsize, room, BYTE_WIDTHS, (name) => textWidth(name, NAME) + 4);
  const most = Math.max(1, Math.floor(room / cell));
  const rows = stripOf(extents, nbytes, bytesPerLine(layout, itemsize, most), fields, pointerAxis !== null);
  for (const row of rows) {
    if (row.kind === 'gap') drawGap(canvas, row, left);
    else drawLine(canvas, row, strip.bytes(row.low, row.low + row.cells.length), left, cell);
  }
  drawLegend(canvas, marksOf(rows), left);
}

function drawGap(canvas: Canvas, { low, high }: Gap, left: number): void {
  const middle = canvas.y + 10;
  canvas.text(left, middle + 4, `⋯ ${counted(high - low, 'byte')}`, NAME, { fill: FAINT_INK });
  canvas.y += 24;
}

function drawLine(
  canvas: Canvas,
  { low, cells, lanes }: ByteLine,
  bytes: Uint8Array,
  left: number,
  cell: number,
): void {
  const top = canvas.y + 12;
  canvas.text(left - 10, top + 17, String(low), NAME, { fill: FAINT_INK, 'text-anchor': 'end' });
  canvas.reach(left + cells.length * cell);
  for (const [i, own] of cells.entries()) drawByte(canvas, own, bytes[i]!, left + i * cell, top, cell);
  for (const { extent, from, to, opens, closes } of lanes[0] ?? []) {
    if (extent.kind !== 'element') continue;
    const x = left + from * cell;
    const right = left + to * cell;
    const { ink } = canvas.colorsOf(extent.color);
    if (opens) canvas.text(x + 2, top - 3, String(extent.low), SMALL, { fill: FAINT_INK });
    canvas.add(outline(x, right, top, top + BYTE_HEIGHT, opens, closes, ink));
  }
  canvas.y = top + BYTE_HEIGHT + 3;
  for (const lane of lanes) {
    for (const bracket of lane) drawBracket(canvas, bracket, left, cell);
    canvas.y += LANE;
  }
  canvas.y += 2;
}

function drawByte(
  canvas: Canvas,
  { owner, isPadding }: Cell,
  byte: number,
  x: number,
  y: number,
  width: number,
): void {
  const middle = x + width / 2;
  if (owner === null) {
    canvas.add(box(x, y, width, BYTE_HEIGHT, { fill: '#f6f8fa', stroke: RULE }));
    canvas.add(element('circle', { cx: middle, cy: y + BYTE_HEIGHT / 2, r: 1.3, fill: '#aab2bb' }));
    return;
  }
  const { fill, ink } = canvas.colorsOf(owner.color);
  canvas.add(box(x, y, width, BYTE_HEIGHT, { fill: isPadding ? '#ffffff' : fill, stroke: '#ffffff' }));
  if (isPadding) {
    const hatch = Array.from({ length: 3 }, (_, i) => {
      const at = x + ((i + 0.5) * width) / 3;
      return `M${at - 5} ${y + BYTE_HEIGHT - 5}L${at + 5} ${y + 5}`;
    });
    canvas.add(path(hatch.join(''), { stroke: ink, 'stroke-opacity': '0.35' }));
    return;
  }
  const text = byte.toString(16).padStart(2, '0');
  canvas.add(label(middle, y + 17, text, { 'text-anchor': 'middle', fill: byte === 0 ? FAINT_INK : INK }));
}

function drawBracket(
  canvas: Canvas,
  { extent, from, to, opens, closes }: Bracket,
  left: number,
  cell: number,
): void {
  const [x, right] = [left + from * cell + 2, left + to * cell - 2];
  const { ink } = canvas.colorsOf(extent.color);
  const tick = 4;
  const start = opens ? `M${x} ${canvas.y}V${canvas.y + tick}` : `M${x - 2} ${canvas.y + tick}`;
  const end = closes ? `H${right}V${canvas.y}` : `H${right + 2}`;
  canvas.add(path(start + end, { stroke: ink }));
  const name = shortenedTo(extent.name, columnsIn(right - x + 4, NAME));
  if (name === '') return;
  const attributes = {
    'text-anchor': 'middle',
    'font-size': NAME,
    fill: ink,
    'font-weight': extent.kind === 'field' ? undefined : 'bold',
    'font-style': extent.kind === 'field' ? 'italic' : undefined,
  };
  canvas.add(label((x + right) / 2, canvas.y + 15, name, attributes));
}

function drawLegend(canvas: Canvas, { free, padding, shared, parts }: Marks, left: number): void {
  const notes = [
    ...(free ? ['dotted: bytes that are not of this view'] : []),
    ...(padding ? ['hatched: padding'] : []),
    ...(shared ? ['×n: n elements on the same bytes'] : []),
    ...(parts ? ['[0]: all of view.slice(0)'] : []),
  ];
  if (notes.length > 0) canvas.paragraph(left, notes.join('; '), NAME, { fill: FAINT_INK });
}

/** Says how many rows of an indirect view are not drawn. */
function drawLeftOut(canvas: Canvas, { strips, shape, pointerAxis }: Description): void {
  const more = pointerAxis === null ? 0 : shape[pointerAxis]! - strips.length;
  if (more === 0) return;
  canvas.y += 8;
  canvas.paragraph(MARGIN, `⋯ ${counted(more, 'more row')} in between`, TEXT, { fill: FAINT_INK });
}

/** The outline of an element's bytes in a line; open if it continues in another. */
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
