/** `explain` draws a view. This file reads the arguments; extents and description gather the content, as-text and as-svg draw it. */
import { readBoolean, readInteger, readOneOf, readOptions, readProperty } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { isMemoryView, type MemoryView, spanOfView } from '../view/memory-view.js';
import { explainAsSvg } from './as-svg.js';
import { explainAsText } from './as-text.js';
import { descriptionOf } from './description.js';

/** Options of {@link explain}. */
export interface ExplainOptions {
  /** `'text'` (the default) for a terminal, or `'svg'`. */
  readonly format?: 'text' | 'svg';
  /** Whether to use colours. By default an SVG does, and a text where standard output is a terminal with colours. */
  readonly color?: boolean;
  /**
   * The width in columns, 40 to 1000. A text is as wide as the terminal, or else 80. Of an SVG, which is 80 unless told otherwise, a
   * column is 9 pixels.
   */
  readonly width?: number;
}

const PICTURE_FORMATS = ['text', 'svg'] as const;
const MIN_WIDTH = 40;
const MAX_WIDTH = 1000;
const COLUMNS = 80;

/**
 * Draws a view: its memory, offset, shape and strides, and which bytes each element takes. Large parts are shortened with `…`, so that
 * the work does not grow with the memory. Elements are drawn as a grid up to three dimensions; above, the text says so instead. Addresses
 * are left out, so that equal memory gives the same picture in each run.
 *
 * @param view - a live view, indirect ones too: then each row's memory is drawn
 * @param options - `format`: text (default) or SVG; `color`; `width`: in columns
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a view, an unknown option or one of the wrong kind; RangeError `ERR_OUT_OF_RANGE` for an
 *   unknown `format`, or a `width` that no picture has; BufferError `ERR_RELEASED`
 * @example
 * console.log(explain(matrix.T));
 * writeFileSync('transposed.svg', explain(matrix.T, { format: 'svg' }));
 */
export function explain(view: MemoryView, options?: ExplainOptions): string;
export function explain(view: unknown, options?: unknown): string {
  if (typeof view !== 'object' || view === null || !isMemoryView(view)) {
    throw typeError(
      'ERR_INVALID_ARG',
      `explain: ${shown(view)} given, expected a MemoryView; memoryview() makes one over any memory`,
    );
  }
  const given = readOptions('explain', options, ['format', 'color', 'width']);
  const format =
    given.format === undefined ? 'text' : readOneOf('explain: format', given.format, PICTURE_FORMATS);
  const color = given.color === undefined ? null : readBoolean('explain: color', given.color);
  const width =
    given.width === undefined
      ? null
      : readInteger('explain: width', given.width, { min: MIN_WIDTH, max: MAX_WIDTH });
  const description = descriptionOf(spanOfView('explain', view));
  if (format === 'svg') return explainAsSvg(description, width ?? COLUMNS, color ?? true);
  return explainAsText(description, width ?? terminalWidth(), color ?? hasColors());
}

function terminalWidth(): number {
  const columns = readProperty(process.stdout, 'columns');
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, typeof columns === 'number' ? columns : COLUMNS));
}

function hasColors(): boolean {
  // Not every runtime's terminal says how many colours it has.
  return readProperty(process.stdout, 'isTTY') === true && process.stdout.hasColors?.() === true;
}
