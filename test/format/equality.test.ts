import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/format/codec.js';
import { equalityOf, matcherOf } from '../../src/format/equality.js';
import { parseFormat } from '../../src/format/parse.js';

/** Puts a value through a format's bytes, so that it is what memory would give. */
function through(text: string, value: unknown): unknown {
  const format = parseFormat(text);
  const { encode, store, read } = codecOf(format);
  const data = new DataView(new ArrayBuffer(format.itemsize));
  store(data, 0, encode(value));
  return read(data, 0);
}

function equal(textA: string, a: unknown, textB: string, b: unknown): boolean {
  const compare = equalityOf(parseFormat(textA), parseFormat(textB));
  const swapped = equalityOf(parseFormat(textB), parseFormat(textA));
  if (compare === null || swapped === null) throw new Error('both formats can be decoded');
  const answer = compare(through(textA, a), through(textB, b));
  expect(swapped(through(textB, b), through(textA, a))).toBe(answer);
  return answer;
}

describe("equality, as Python's == has it", () => {
  it.each([
    ['i', 5, '<i', 5, true],
    ['<i', 5, '>i', 5, true],
    ['i', 5, 'd', 5, true],
    ['i', 5, 'd', 5.5, false],
    ['q', 5, 'B', 5, true],
    ['?', true, 'B', 1, true],
    ['?', true, 'q', 1, true],
    ['?', true, 'B', 2, false],
    ['q', 2n ** 53n + 1n, 'd', 2 ** 53, false],
    ['q', 2n ** 53n, 'd', 2 ** 53, true],
    ['Q', 2n ** 64n - 1n, 'q', -1n, false],
    ['d', -0, 'd', 0, true],
    ['d', Number.NaN, 'd', Number.NaN, false],
    ['e', Number.NaN, 'i', 0, false],
    ['q', 1, 'd', Number.NaN, false],
    ['d', Number.POSITIVE_INFINITY, 'f', Number.POSITIVE_INFINITY, true],
    ['q', 1, 'd', Number.POSITIVE_INFINITY, false],
    ['f', 0.1, 'd', 0.1, false],
    ['Zd', { re: 2, im: 0 }, 'i', 2, true],
    ['Zd', { re: 2, im: 0 }, 'q', 2, true],
    ['Zd', { re: 2, im: 1 }, 'i', 2, false],
    ['Zd', { re: 2, im: 1 }, '>Zf', { re: 2, im: 1 }, true],
    ['Zd', { re: Number.NaN, im: 1 }, 'Zd', { re: Number.NaN, im: 1 }, false],
    ['c', 'a', '1s', Buffer.from('a'), true],
    ['c', 'a', '2s', Buffer.from('a'), false],
    ['c', 'a', '2p', Buffer.from('a'), true],
    ['c', 'a', 'u', 'a', false],
    ['c', 'a', 'w', 'a', false],
    ['c', 'a', 'B', 97, false],
    ['s', Buffer.from('1'), 'B', 1, false],
    ['3s', Buffer.from('ab'), '2s', Buffer.from('ab'), false],
    ['3u', 'ab', '5w', 'ab', true],
    ['w', 'a', 's', Buffer.from('a'), false],
    ['2h', [1, 2], '2d', [1, 2], true],
    ['2h', [1, 2], 'hd', [1, 3], false],
    ['hxxi', [1, 2], '<hi', [1, 2], true],
    ['2h', [1, 2], '3h', [1, 2, 3], false],
    ['(2)h', [1, 2], '2h', [1, 2], true],
    ['h', 1, 'T{h}', [1], false],
    ['T{h:a:d:b:}', { a: 1, b: 2 }, 'T{d:x:q:y:}', { x: 1, y: 2 }, true],
    ['T{h:a:d:b:}', { a: 1, b: 2 }, 'hd', [1, 2], true],
    ['T{h:a:T{c:x:}:b:}', [1, ['z']], 'T{q:a:T{s:x:}:b:}', [1, [Buffer.from('z')]], true],
    ['T{h:a:T{c:x:}:b:}', [1, ['z']], 'T{q:a:T{w:x:}:b:}', [1, ['z']], false],
    [
      'T{(2,2)h:m:}',
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      'T{(2,2)d:m:}',
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      true,
    ],
    [
      'T{(2,2)h:m:}',
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      'T{(4)d:m:}',
      [[1, 2, 3, 4]],
      false,
    ],
    ['x', [], '3x', [], true],
    ['x', [], 'B', 1, false],
    ['100h50q', Array.from({ length: 150 }, () => 3), '75d75B', Array.from({ length: 150 }, () => 3), true],
  ])('%s %o and %s %o: %s', (textA, a, textB, b, wanted) => {
    expect(equal(textA, a, textB, b)).toBe(wanted);
  });

  it('compares integers and floats exactly, whatever their size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
        const nearest = Number(n);
        expect(equal('q', n, 'd', nearest)).toBe(BigInt(nearest) === n);
      }),
    );
  });

  it('is null for a format that cannot be decoded, also with itself', () => {
    for (const text of ['O', 'T{i:a:&i:p:}', '8t', 'g']) {
      expect(equalityOf(parseFormat(text), parseFormat(text))).toBeNull();
      expect(equalityOf(parseFormat('i'), parseFormat(text))).toBeNull();
    }
  });
});

describe('a value that is looked for', () => {
  it.each([
    ['i', 5, 5n, true],
    ['q', 5, 5, true],
    ['q', 5, 5.5, false],
    ['B', 1, true, true],
    ['?', true, 1, true],
    ['d', Number.NaN, Number.NaN, false],
    ['d', -0, 0n, true],
    ['i', 5, '5', false],
    ['i', 5, { re: 5, im: 0 }, true],
    ['i', 5, undefined, false],
    ['i', 0, null, false],
    ['Zd', { re: 1, im: 2 }, { re: 1n, im: 2 }, true],
    ['Zd', 1, 1, true],
    ['c', 'a', 'a', true],
    ['c', 'a', Buffer.from('a'), true],
    ['c', 'a', 97, false],
    ['2s', Buffer.from('ab'), Buffer.from('ab'), true],
    ['2s', Buffer.from('ab'), 'ab', false],
    ['2s', Buffer.from('a'), Buffer.from('a'), false],
    ['3w', 'ab', 'ab', true],
    ['2h', [1, 2], [1, 2n], true],
    ['2h', [1, 2], [1], false],
    ['2h', [1, 2], Float64Array.of(1, 2), true],
    ['T{h:a:h:b:}', [1, 2], { b: 2, a: 1 }, true],
    ['T{h:a:h:b:}', [1, 2], [1, 2], true],
    ['T{h:a:h:b:}', [1, 2], { a: 1 }, false],
    ['T{h:a:h:b:}', [1, 2], { a: 1, c: 2 }, false],
    ['T{h:a:h:b:}', [1, 2], 1, false],
    ['T{hh}', [1, 2], { f0: 1, f1: 2 }, false],
    ['h', 1, [1], false],
  ])('in %s with %o, %o: %s', (text, value, wanted, found) => {
    expect(matcherOf(parseFormat(text), wanted)?.(through(text, value)) ?? false).toBe(found);
  });

  it('is never found where nothing can be decoded', () => {
    expect(matcherOf(parseFormat('O'), 1)?.(1)).toBe(false);
  });

  it('is read once, before the search', () => {
    let reads = 0;
    const wanted = {
      get a() {
        reads++;
        return 1;
      },
    };
    const matches = matcherOf(parseFormat('T{b:a:}'), wanted)!;
    expect([matches({ a: 1 }), matches({ a: 2 }), matches({ a: 1 })]).toEqual([true, false, true]);
    expect(reads).toBe(1);
    const bytes = Buffer.from('ab');
    const same = matcherOf(parseFormat('2s'), bytes)!;
    bytes.fill(0);
    expect(same(Buffer.from('ab'))).toBe(true);
  });

  it('that is a revoked proxy is found nowhere, or refused with a code', () => {
    for (const text of ['i', 'c', '2s', 'w', '2h', 'T{b:a:}']) {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      try {
        expect(matcherOf(parseFormat(text), proxy)).toBeNull();
      } catch (error) {
        expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
      }
    }
  });
});
