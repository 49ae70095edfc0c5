/**
 * The few SVG elements that pictures are made of, as text. Each element has its own attributes, because class
 * names would clash if a page holds several pictures.
 */
import { columnCount, visible } from './text-columns.js';

/** The attributes of an element; `undefined` leaves one out. */
export type SvgAttributes = Readonly<Record<string, string | number | undefined>>;

/** Colours that go together on a light ground; each with a fill for areas and an ink for lines and text on it. */
export const PALETTE: readonly { readonly fill: string; readonly ink: string }[] = [
  { fill: '#cfe4ff', ink: '#1f5fb0' },
  { fill: '#ffe0bf', ink: '#a85a08' },
  { fill: '#cdeed2', ink: '#1d7a36' },
  { fill: '#e6d9ff', ink: '#6a3fb8' },
  { fill: '#ffd6e2', ink: '#b02a5c' },
  { fill: '#c6eeec', ink: '#0f7672' },
  { fill: '#f7efae', ink: '#7d6608' },
  { fill: '#dfe3e8', ink: '#4d5763' },
];

/** The same in shades of grey. */
export const MONOCHROME: typeof PALETTE = [
  { fill: '#e4e7eb', ink: '#3a424b' },
  { fill: '#f3f4f6', ink: '#6b7480' },
];

/** Ink of text, of text that matters less, and of lines that only divide. */
export const INK = '#1f2328';
export const FAINT_INK = '#59636e';
export const RULE = '#d1d9e0';

const GROUND = '#ffffff';
const MONOSPACE = 'ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace';
/** The width of a character of these fonts, as a share of the font's size; that of the widest. */
const CHARACTER = 0.62;

/** The width of a text in pixels. @param size - of the font, in pixels */
export function textWidth(text: string, size: number): number {
  return Math.ceil(columnCount(text) * size * CHARACTER);
}

/** A text for XML, between tags or in an attribute. Whatever the text, the result is well-formed. */
function escapeXml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An element. `content` is markup, made by these functions. */
export function element(name: string, attributes: SvgAttributes, content = ''): string {
  let head = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    head += ` ${key}="${typeof value === 'number' ? rounded(value) : escapeXml(value)}"`;
  }
  return content === '' ? `<${head}/>` : `<${head}>${content}</${name}>`;
}

/** A text whose baseline starts (by default) at a point. */
export function label(x: number, y: number, text: string, attributes: SvgAttributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(text));
}

/** A rectangle. */
export function box(
  x: number,
  y: number,
  width: number,
  height: number,
  attributes: SvgAttributes = {},
): string {
  return element('rect', { x, y, width, height, ...attributes });
}

/** A line along points; the first coordinates are absolute. */
export function path(d: string, attributes: SvgAttributes = {}): string {
  return element('path', { d, fill: 'none', ...attributes });
}

/**
 * A whole picture, on a ground of its own, so that it can be read on a dark page too.
 *
 * @param title - the text for screen readers
 * @param parts - markup, one element each
 */
export function svgDocument(width: number, height: number, title: string, parts: readonly string[]): string {
  const size = { width, height, viewBox: `0 0 ${rounded(width)} ${rounded(height)}` };
  const ground = box(0.5, 0.5, width - 1, height - 1, { rx: 8, fill: GROUND, stroke: RULE });
  const lines = [element('title', {}, escapeXml(title)), ground, ...parts].join('\n');
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    ...size,
    role: 'img',
    'font-family': MONOSPACE,
    'font-size': 12,
    fill: INK,
  };
  return `${element('svg', attributes, `\n${lines}\n`)}\n`;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}
