/** Text in the columns of a monospaced font: its width, and cutting, padding and breaking it into lines. Imports nothing. */

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

/** The columns that a text takes in a monospaced font: wide characters two, combining ones none. */
export function columnCount(text: string): number {
  let columns = 0;
  for (const character of text) columns += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** The most characters in a column, combining ones included. */
const MAX_IN_COLUMN = 4;

/** A text of at most so many columns, with a `…` where it was cut. It reads no more of the text than it keeps. */
export function shortenedTo(text: string, columns: number): string {
  const most = columns * MAX_IN_COLUMN;
  if (text.length <= most && columnCount(text) <= columns) return text;
  let kept = '';
  let left = columns - 1;
  for (const character of text) {
    left -= columnCount(character);
    if (left < 0 || kept.length >= most) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** A text with its invisible characters (control characters, direction marks, halves of surrogate pairs) written as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/**
 * Breaks a text at spaces into lines of at most `width` columns; a word that is too long is broken anywhere.
 *
 * @param indent - of the lines after the first, in columns
 */
export function linesOf(text: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    const joined = line === '' ? rest : `${line} ${rest}`;
    if (columnCount(joined) <= width) {
      line = joined;
      continue;
    }
    if (line.trim() !== '') lines.push(line);
    const margin = ' '.repeat(lines.length === 0 ? 0 : indent);
    while (columnCount(margin + rest) > width) {
      const part = [...rest].slice(0, Math.max(1, Math.floor((width - margin.length) / 2))).join('');
      lines.push(margin + part);
      rest = rest.slice(part.length);
    }
    line = margin + rest;
  }
  return [...lines, line];
}

/** A text filled up with spaces. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnCount(text)));
}

/** A count with its unit: `1 byte`, `1,000 bytes`. */
export function counted(count: number, one: string): string {
  return `${grouped(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** An integer with a comma between groups of three digits. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
