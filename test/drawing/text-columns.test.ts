/** Text in columns. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  columnCount,
  counted,
  linesOf,
  padded,
  shortenedTo,
  visible,
} from '../../src/drawing/text-columns.js';

test('wide characters take two columns, combining ones none', () => {
  expect(columnCount('ab')).toBe(2);
  expect(columnCount('日本')).toBe(4);
  expect(columnCount('e\u0301')).toBe(1);
  expect(columnCount('🙂')).toBe(2);
  expect(padded('日', 4)).toBe('日  ');
});

test('a cut text ends in an ellipsis, and is never wider than asked', () => {
  expect(shortenedTo('abcdef', 4)).toBe('abc…');
  expect(shortenedTo('abcd', 4)).toBe('abcd');
  expect(shortenedTo('日本語', 4)).toBe('日…');
  expect(shortenedTo('abc', 0)).toBe('');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, columns) => {
      expect(columnCount(shortenedTo(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test('marks without width do not make a cut text long', () => {
  expect(shortenedTo(`a${'\u0301'.repeat(1_000_000)}`, 10).length).toBeLessThan(50);
});

test('wrapped lines keep to the width and lose nothing but spaces', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 10, max: 60 }), (text, width) => {
      const lines = linesOf(text, width, 4);
      for (const line of lines) expect(columnCount(line)).toBeLessThanOrEqual(width);
      const bare = (lines: readonly string[]): string => lines.join('').replaceAll(' ', '');
      expect(bare(lines)).toBe(bare([text]));
    }),
  );
  expect(linesOf('one two three', 9, 2)).toEqual(['one two', '  three']);
});

test('invisible characters are written out', () => {
  expect(visible('a\u001bb\u202ec\ud800\n')).toBe('a\\u{1b}b\\u{202e}c\\u{d800}\\u{a}');
  expect(visible('日本 é 🙂')).toBe('日本 é 🙂');
});

test('counts have commas and a plural', () => {
  expect([counted(0, 'byte'), counted(1, 'byte'), counted(1_234_567, 'byte')]).toEqual([
    '0 bytes',
    '1 byte',
    '1,234,567 bytes',
  ]);
});
