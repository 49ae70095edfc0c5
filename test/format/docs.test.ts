/** The tables of docs/formats.md agree with the code. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/format/codec.js';
import { parseFormat } from '../../src/format/parse.js';

const text = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8');

/** The cells of the table rows whose first cell is code. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

/** Values as the table writes them: Buffers by their bytes alone. */
function shownValue(value: unknown): string {
  return inspect(value, { depth: 9, breakLength: Number.POSITIVE_INFINITY })
    .replace(/<Buffer ([0-9a-f ]+)>/g, 'Buffer $1')
    .replace(/\[ /g, '[')
    .replace(/ \]/g, ']');
}

describe('docs/formats.md', () => {
  it('has the sizes of every code', () => {
    const codes = rows.filter(
      (cells) => cells.length === 5 || (cells.length === 4 && /^\d+$/.test(cells[2]!)),
    );
    expect(codes.length).toBe(33);
    for (const [cell, , native, standard] of codes) {
      const code = cell === '`&`' ? '&d' : cell!.slice(1, -1);
      expect(parseFormat(code).itemsize, code).toBe(Number(native));
      if (standard === '–') expect(() => parseFormat(`<${code}`), code).toThrow('where it has no size');
      else expect(parseFormat(`<${code}`).itemsize, code).toBe(Number(standard));
    }
  });

  it('shows what the bytes 01 02 03 04 … are read as', () => {
    const data = new DataView(Uint8Array.from({ length: 64 }, (_, i) => i + 1).buffer);
    const examples = rows.filter((cells) => cells.length === 3 && /^\d+$/.test(cells[1]!));
    expect(examples.length).toBeGreaterThan(15);
    for (const [cell, itemsize, value] of examples) {
      const format = parseFormat(cell!.slice(1, -1));
      expect([cell, format.itemsize]).toEqual([cell, Number(itemsize)]);
      expect([cell, shownValue(codecOf(format).read(data, 0))]).toEqual([cell, value!.slice(1, -1)]);
    }
  });

  it('quotes the errors as they are', () => {
    const quoted = text.split('\n').filter((line) => line.startsWith('format "'));
    expect(quoted.length).toBe(3);
    for (const line of quoted) {
      const given: string = JSON.parse(/^format ("[^ ]+")/.exec(line)![1]!);
      expect(() => parseFormat(given)).toThrow(line);
    }
  });
});
