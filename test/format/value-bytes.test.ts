import { describe, expect, it } from 'vitest';
import { parseFormat } from '../../src/format/parse.js';
import { sameByteRule, valueBytesOf } from '../../src/format/value-bytes.js';

describe('formats whose bytes tell their values', () => {
  it.each([
    ['i', '<i', true],
    ['l', 'q', true],
    ['=l', 'i', true],
    ['b', '>b', true],
    ['c', 's', true],
    ['3s', '3s', true],
    ['<i', '>i', true],
    ['?', '?', true],
    ['d', '>d', true],
    ['Zf', 'Zf', true],
    ['P', 'Q', true],
    ['b', 'B', false],
    ['?', 'B', false],
    ['f', 'i', false],
    ['Zf', 'd', false],
    ['3s', '4s', false],
    ['3p', '3p', false],
    ['w', 'w', false],
    ['2i', '2i', false],
    ['O', 'O', false],
  ])('hold them in the same way, byte order aside: %s and %s: %s', (a, b, wanted) => {
    expect(sameByteRule(parseFormat(a), parseFormat(b))).toBe(wanted);
    expect(sameByteRule(parseFormat(b), parseFormat(a))).toBe(wanted);
  });

  it('say which numbers lie in the other byte order, and how long each is', () => {
    const [one, other] = [valueBytesOf(parseFormat('<Zd')), valueBytesOf(parseFormat('>Zd'))];
    expect([one?.part, other?.part]).toEqual([8, 8]);
    expect(one?.swapped).toBe(!other?.swapped);
    expect(valueBytesOf(parseFormat('d'))?.swapped).toBe(false);
    expect(valueBytesOf(parseFormat('>B'))?.swapped).toBe(false);
    expect(valueBytesOf(parseFormat('>4s'))?.swapped).toBe(false);
  });
});
