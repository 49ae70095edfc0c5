/** Draws live blocks of memory as bars: sized by bytes, coloured by kind. Equal blocks give equal pictures. */
import type { MemoryKind } from '../binding.js';
import {
  box,
  element,
  FAINT_INK,
  label,
  PALETTE,
  path,
  RULE,
  svgDocument,
  textWidth,
} from '../drawing/svg.js';
import { counted, shortenedTo, visible } from '../drawing/text-columns.js';
import type { LiveBlock } from './live-block.js';

const WIDTH = 720;
const MARGIN = 22;
const MAX_BARS = 16;
const ROW = 34;
const BAR = 10;
const MAX_LABEL_LENGTH = 36;
const MIN_BAR = 2;
const NAME = 11;

const KIND_ORDER: readonly MemoryKind[] = ['heap', 'arena', 'file', 'shared', 'foreign'];

const colorsOf = (kind: MemoryKind): { readonly fill: string; readonly ink: string } =>
  PALETTE[KIND_ORDER.indexOf(kind)]!;

/** The picture of live blocks: all bytes by kind, then the largest blocks, one a row, and how much the others are together. */
export function blocksAsSvg(blocks: readonly LiveBlock[]): string {
  // By number where sizes are equal: the order that the caller has them in does not matter.
  const largest = Array.from(blocks).sort((a, b) => b.nbytes - a.nbytes || a.id - b.id);
  const total = sumOf(largest);
  const title = `${counted(blocks.length, 'live block')}, ${bytesText(total)}`;
  const parts = [label(MARGIN, MARGIN + 14, title, { 'font-size': 14, 'font-weight': 'bold' })];
  let y = MARGIN + 30;
  if (blocks.length > 0) {
    const { bottom } = byKind(parts, largest, total, y);
    y = bottom + 24;
  }
  const drawn = largest.slice(0, MAX_BARS);
  const most = largest[0]?.nbytes ?? 0;
  for (const block of drawn) {
    parts.push(...row(block, most, y));
    y += ROW;
  }
  const rest = largest.slice(MAX_BARS);
  if (rest.length > 0) {
    const text = `${rest.length} more, ${bytesText(sumOf(rest))} together`;
    parts.push(label(MARGIN, y + 14, text, { fill: FAINT_INK }));
    y += 26;
  }
  return svgDocument(WIDTH, y + MARGIN - 8, title, parts);
}

const sumOf = (blocks: readonly LiveBlock[]): number => blocks.reduce((sum, { nbytes }) => sum + nbytes, 0);

/** Adds one bar of all bytes with a legend of its colours; returns its lower edge. */
function byKind(
  parts: string[],
  blocks: readonly LiveBlock[],
  total: number,
  top: number,
): { bottom: number } {
  const room = WIDTH - 2 * MARGIN;
  let at = MARGIN;
  let legend = MARGIN;
  let y = top + 38;
  for (const kind of KIND_ORDER) {
    const own = blocks.filter((block) => block.kind === kind);
    if (own.length === 0) continue;
    const { fill, ink } = colorsOf(kind);
    const nbytes = sumOf(own);
    const width = total === 0 ? 0 : (room * nbytes) / total;
    if (width > 0) parts.push(box(at, top, width, 18, { fill, stroke: ink }));
    at += width;
    const text = `${kind} ${bytesText(nbytes)} in ${own.length}`;
    const needed = 15 + textWidth(text, NAME);
    if (legend + needed > WIDTH - MARGIN) {
      legend = MARGIN;
      y += 18;
    }
    parts.push(box(legend, y - 9, 10, 10, { fill, stroke: ink }));
    parts.push(label(legend + 15, y, text, { 'font-size': NAME, fill: FAINT_INK }));
    legend += needed + 14;
  }
  return { bottom: y };
}

function row(block: LiveBlock, most: number, top: number): string[] {
  const { fill, ink } = colorsOf(block.kind);
  const room = WIDTH - 2 * MARGIN;
  const width = most === 0 ? MIN_BAR : Math.max(MIN_BAR, (room * block.nbytes) / most);
  const name =
    block.label === undefined
      ? block.kind
      : shortenedTo(visible(shortenedTo(block.label, 200)), MAX_LABEL_LENGTH);
  const facts = `${bytesText(block.nbytes)}, ${ageText(block.age)}`;
  const numbered = `#${block.id} `;
  const shown = textWidth(numbered + name, 12);
  const holders = Object.entries(block.holders).map(([holder, count]) => `${count} ${holder}`);
  const pins = block.pins === 0 ? '' : shortenedTo(visible(holders.join(', ')), 30);
  return [
    label(MARGIN, top + 12, numbered, { fill: FAINT_INK }),
    label(MARGIN + textWidth(numbered, 12), top + 12, name),
    ...(pins === '' ? [] : pinText(MARGIN + shown + 12, top, pins)),
    label(WIDTH - MARGIN, top + 12, facts, { 'text-anchor': 'end', 'font-size': NAME, fill: FAINT_INK }),
    box(MARGIN, top + 17, room, BAR, { fill: '#f6f8fa', stroke: RULE }),
    box(MARGIN, top + 17, width, BAR, { fill, stroke: ink }),
  ];
}

/** A pin, and its holder. */
function pinText(x: number, top: number, text: string): string[] {
  const ink = '#b02a2a';
  return [
    element('circle', { cx: x + 4, cy: top + 4, r: 3.5, fill: ink }),
    path(`M${x + 4} ${top + 7}V${top + 14}`, { stroke: ink, 'stroke-width': 1.5 }),
    label(x + 12, top + 12, `pinned: ${text}`, { 'font-size': NAME, fill: ink }),
  ];
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `12 bytes`, `1.5 MiB`. */
function bytesText(nbytes: number): string {
  let unit = 0;
  let amount = nbytes;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  if (unit === 0) return counted(nbytes, 'byte');
  return `${amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10} ${UNITS[unit]}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How old something is, in the largest unit that it fills. */
function ageText(milliseconds: number): string {
  if (milliseconds < SECOND) return 'less than 1 s old';
  for (const [unit, name] of [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
  ] as const) {
    if (milliseconds >= unit) return `${Math.floor(milliseconds / unit)} ${name} old`;
  }
  return `${Math.floor(milliseconds / SECOND)} s old`;
}
