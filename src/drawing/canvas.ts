/** An SVG that pictures of views are drawn on. It grows downwards, and is as wide as its widest part. */

import { label, MONOCHROME, PALETTE, svgDocument, textWidth } from './svg.js';
import { linesOf } from './text-columns.js';

export const MARGIN = 22;
const MIN_WIDTH = 360;

/** Sizes of fonts, in pixels. */
export const TITLE = 14;
export const TEXT = 12;
export const NAME = 10.5;
export const SMALL = 9;

/** An SVG that is being drawn. */
export class Canvas {
  /** The most pixels that it may be wide. */
  readonly width: number;
  /** The upper edge of what is drawn next (pixels). */
  y: number = MARGIN;
  readonly #colors: typeof PALETTE;
  readonly #parts: string[] = [];
  /** The right edge of the drawing. */
  #right = 0;

  constructor(width: number, isColored: boolean) {
    this.width = width;
    this.#colors = isColored ? PALETTE : MONOCHROME;
  }

  /** Adds markup. */
  add(...parts: string[]): void {
    this.#parts.push(...parts);
  }

  /** Makes the picture at least so wide that `x` is in it. */
  reach(x: number): void {
    this.#right = Math.max(this.#right, x);
  }

  /** Adds a line of text, and widens the picture to hold it. */
  text(x: number, y: number, text: string, size: number, attributes: Record<string, string> = {}): void {
    const before = { end: 1, middle: 0.5 }[attributes['text-anchor'] ?? ''] ?? 0;
    this.reach(x + (1 - before) * textWidth(text, size));
    this.add(label(x, y, text, { 'font-size': size === TEXT ? undefined : size, ...attributes }));
  }

  /** Adds a text, broken into lines at the picture's width. */
  paragraph(x: number, text: string, size: number, attributes: Record<string, string> = {}): void {
    for (const line of linesOf(text, columnsIn(this.width - MARGIN - x, size), 2)) {
      this.text(x, this.y + size, line, size, attributes);
      this.y += size + 6;
    }
  }

  /** The colours of a number. */
  colorsOf(number: number): { readonly fill: string; readonly ink: string } {
    return this.#colors[number % this.#colors.length]!;
  }

  /** The document. @param title - the text for screen readers */
  finished(title: string): string {
    const width = Math.min(this.width, Math.max(this.#right + MARGIN, MIN_WIDTH));
    return svgDocument(width, this.y + MARGIN - 8, title, this.#parts);
  }
}

/** How many columns of text there are in so many pixels. */
export function columnsIn(pixels: number, size: number): number {
  return Math.floor((pixels * 100) / textWidth('0'.repeat(100), size));
}
