import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ellipsis, newAxis, Range, range } from '../../src/layout/index-parts.js';
import { readParts } from '../../src/layout/read-parts.js';

const read = (...parts: unknown[]): unknown => readParts('slice', parts);
const wrongKind = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
const all = { start: null, stop: null, step: 1 };

describe('range', () => {
  it('takes one argument for where it stops', () => {
    expect(range(2)).toMatchObject({ start: null, stop: 2, step: null });
    expect(range(1, 5)).toMatchObject({ start: 1, stop: 5, step: null });
    expect(range(1, undefined)).toMatchObject({ start: 1, stop: null });
    expect(read(range(), range(null), range(undefined, null, 2n))).toEqual([all, all, { ...all, step: 2 }]);
  });

  it('is frozen and prints as the call that makes it', () => {
    expect(Object.isFrozen(range(1, 2))).toBe(true);
    expect(inspect(range(null, 5n, -1))).toBe('range(null, 5n, -1)');
    expect(String(range(3))).toBe('range(null, 3)');
    expect(range(1, 2)).toBeInstanceOf(Range);
  });

  it('refuses a bound that is no integer', () => {
    for (const bound of [1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', true, {}, Symbol('x')]) {
      expect(() => range(bound as number)).toThrow(wrongKind);
      expect(() => read([bound, null])).toThrow(wrongKind);
    }
  });
});

describe('the parts of an index', () => {
  it('may be arrays of up to three bounds, with holes for bounds that are left out', () => {
    // biome-ignore lint/suspicious/noSparseArray: a hole is a bound that a caller may leave out
    expect(read([1, 2, 3], [1, 2], [1], [], [, 4])).toEqual([
      { start: 1, stop: 2, step: 3 },
      { start: 1, stop: 2, step: 1 },
      { start: 1, stop: null, step: 1 },
      all,
      { ...all, stop: 4 },
    ]);
    expect(() => read([1, 2, 3, 4])).toThrow(wrongKind);
  });

  it('are of no other kind', () => {
    const others = [
      true,
      null,
      undefined,
      1.5,
      Number.NaN,
      {},
      () => 1,
      Symbol('ellipsis'),
      new Map(),
      new Uint8Array(2),
    ];
    for (const other of others) expect(() => read(other)).toThrow(wrongKind);
    expect(() => read(0, '1:2')).toThrow(wrongKind);
    expect(() => read(Object.create(Range.prototype))).toThrow(wrongKind);
    expect(() => read(new Proxy(range(1), {}))).toThrow(wrongKind);
  });

  it('hold at most one ellipsis', () => {
    expect(() => read(ellipsis, 0, ellipsis)).toThrow(wrongKind);
    expect(() => read('..., ...')).toThrow(wrongKind);
  });

  it('let through what a getter of the caller throws, and name a revoked proxy', () => {
    const own = new Error('mine');
    const trap = new Proxy([1, 2], {
      get: () => {
        throw own;
      },
    });
    expect(() => read(trap)).toThrow(own);
    const gone = Proxy.revocable<number[]>([], {});
    gone.revoke();
    expect(() => read(gone.proxy)).toThrow(wrongKind);
    const liar = new Proxy([], { get: () => 'long' });
    expect(() => read(liar)).toThrow(wrongKind);
  });

  it('read each bound once', () => {
    const asked: unknown[] = [];
    const spy = new Proxy([1, 2], {
      get: (target, key) => {
        asked.push(key);
        return Reflect.get(target, key);
      },
    });
    expect(read(spy)).toEqual([{ start: 1, stop: 2, step: 1 }]);
    expect(asked).toEqual(['length', '0', '1']);
  });
});

describe('an index written as text', () => {
  it.each<[string, unknown[]]>([
    ['1', [1]],
    ['-1', [-1]],
    ['+ 3', [3]],
    ['--3', [3]],
    ['~0', [-1]],
    ['- ~ 1', [2]],
    ['0x_1F', [31]],
    ['0o17, 0B11', [15, 3]],
    ['1_000', [1000]],
    ['00', [0]],
    ['1:5', [{ start: 1, stop: 5, step: 1 }]],
    [':', [all]],
    ['::', [all]],
    [' : : -1 ', [{ ...all, step: -1 }]],
    [':2', [{ ...all, stop: 2 }]],
    ['3:', [{ ...all, start: 3 }]],
    ['3::2', [{ ...all, start: 3, step: 2 }]],
    ['None:5:None', [{ ...all, stop: 5 }]],
    ['1:5, ::-1, ..., 0', [{ start: 1, stop: 5, step: 1 }, { ...all, step: -1 }, ellipsis, 0]],
    ['None, newaxis, Ellipsis', [newAxis, newAxis, ellipsis]],
    ['newaxis:1', [{ ...all, stop: 1 }]],
    ['1,', [1]],
    ['\t1 ,\n2\f', [1, 2]],
    ['(1)', [1]],
    ['-( (2) ), (None)', [-2, newAxis]],
    ['(1):(5):( -1 )', [{ start: 1, stop: 5, step: -1 }]],
    ['(1, ..., None)', [1, ellipsis, newAxis]],
    ['((1,))', [1]],
    ['()', []],
    ['99999999999999999999', [99999999999999999999n]],
    ['-99999999999999999999:', [{ ...all, start: -(2 ** 63) }]],
  ])('%j is read as Python reads it', (text, parts) => {
    expect(read(text)).toEqual(parts);
  });

  it.each([
    '',
    ' ',
    ',',
    ',1',
    '1,,2',
    '1 2',
    '1:2:3:4',
    '01',
    '1_',
    '_1',
    '1__0',
    '0x',
    '1.0',
    '1.',
    '1e3',
    '1n',
    '....',
    '. . .',
    '...:2',
    'none',
    'Nonesuch',
    'None1',
    'True',
    'a',
    '1:b',
    '(1',
    '1)',
    '(1 2)',
    '(,)',
    '(1,,2)',
    '(1:2)',
    '(1, 2),',
    '(1, 2), 3',
    '(1, (2, 3))',
    '(1, 2):3',
    '1:()',
    '-()',
    '-(None)',
    '(...)1',
    '[1]',
    '1;',
    '-',
    '1-',
    '1+1',
    '\u00a01',
    '\v1',
    '\u0661',
    '1\u0000',
    '1'.repeat(4301),
  ])('%j is no index', (text) => {
    expect(() => read(text)).toThrow(wrongKind);
  });

  it('names the place where it stops to be an index', () => {
    expect(() => read('1:5, x')).toThrow('slice: "1:5, x" has "x" at 5, expected an index');
    expect(() => read('1:5, -')).toThrow('slice: "1:5, -" has "-" at 5, expected an index');
  });

  it('is refused at once however long it is', () => {
    expect(() => read('-'.repeat(1 << 20))).toThrow(wrongKind);
    expect(() => read(`${' '.repeat(1 << 20)}x`)).toThrow(wrongKind);
    expect(() => read(`${'1:'.repeat(1 << 19)}`)).toThrow(wrongKind);
    expect(() => read('('.repeat(1 << 20))).toThrow(wrongKind);
    expect(() => read(`${'('.repeat(201)}1${')'.repeat(201)}`)).toThrow(wrongKind);
    expect(read(`${'('.repeat(200)}1${')'.repeat(200)}`)).toEqual([1]);
  });

  it('means the same each time, among any number of texts and after one that was refused', () => {
    for (let turn = 0; turn < 2; turn++) {
      for (let i = 0; i < 600; i++) {
        expect(read(`${i}:, ...`)).toEqual([{ ...all, start: i }, ellipsis]);
        expect(read('::-1')).toEqual([{ ...all, step: -1 }]);
      }
      expect(() => read('..., ...')).toThrow(wrongKind);
      expect(() => read('::0')).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
      expect(() => read('..., ...')).toThrow(wrongKind);
    }
  });
});
