import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFormat, parseStruct } from '../../src/format/parse.js';
import { withByteOrder } from '../../src/format/swap.js';

function refusal(text: unknown, parse: (text: unknown) => unknown = parseFormat): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_FORMAT' });
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(text)} was taken`);
}

describe('sizes of bare sequences', () => {
  it.each([
    ['', 0],
    ['<', 0],
    ['d', 8],
    ['l', 8],
    ['<l', 4],
    ['bi', 8],
    ['ib', 5],
    ['ib0i', 8],
    ['<bi', 5],
    ['^bi', 5],
    ['=bl', 5],
    ['^bl', 9],
    ['3x', 3],
    ['5s', 5],
    ['5p', 5],
    ['3u', 6],
    ['3w', 12],
    ['Zf', 8],
    ['bZd', 24],
    ['(2,3)i', 24],
    ['(2)3h', 12],
    ['( 2 , 3 ) i', 24],
    [' i\t\n2h ', 8],
    ['b<i>i', 9],
    ['i:a:b:b:', 5],
  ])('%j has %i bytes, as struct lays it out', (text, itemsize) => {
    expect(parseFormat(text).itemsize).toBe(itemsize);
  });
});

describe('sizes of records', () => {
  it.each([
    ['T{}', 0],
    ['T{ib}', 8],
    ['T{<ib}', 5],
    ['^T{bi}', 5],
    ['T{b:a:T{h:x:q:y:}:in:}', 24],
    ['T{b:a:2T{h:x:b:y:}:in:}', 10],
    ['T{<b:a:>i:b:}', 5],
    ['<T{i:a:@b:b:i:c:}', 12],
    ['T{i:a:b:b:xxx}', 8],
    ['T{b:a:0i}', 4],
    ['T{\n  i:a: \n}', 4],
  ])('%j has %i bytes, as numpy pads it', (text, itemsize) => {
    expect(parseFormat(text).itemsize).toBe(itemsize);
  });

  it('keep a byte order in force past the closing brace', () => {
    const { item } = parseFormat('T{T{>h:a:}:r:i:b:}');
    expect(item).toMatchObject({
      fields: [{}, { key: 'b', offset: 2, item: { littleEndian: false, text: '>i' } }],
    });
  });

  it('name the nameless with the first free of f0, f1, …', () => {
    const { item } = parseFormat('T{b:f1:bb}');
    expect(item).toMatchObject({ named: true, fields: [{ key: 'f1' }, { key: 'f0' }, { key: 'f2' }] });
  });

  it('take any name between colons, also an empty one', () => {
    const { item } = parseFormat('T{b::b:a b:b:é}{:}');
    expect(item).toMatchObject({ fields: [{ key: '' }, { key: 'a b' }, { key: 'é}{' }] });
  });
});

describe('the properties of a format', () => {
  it.each([
    ['d', 'd', true],
    ['@d', 'd', true],
    ['<d', 'd', false],
    ['=d', 'd', false],
    ['Zd', 'Zd', false],
    ['e', 'e', true],
    ['P', 'P', true],
    ['s', 's', false],
    ['x', null, false],
    ['1d', null, false],
    [' d', 'd', false],
    ['3s', null, false],
    ['(1)d', null, false],
    ['d:a:', null, false],
    ['T{d}', null, false],
    ['dd', null, false],
    ['xd', null, false],
  ])('%j has code %j, and being native is %j', (text, code, isNative) => {
    expect(parseFormat(text)).toMatchObject({ code, isNative });
  });

  it('says which byte order a scalar has', () => {
    expect(parseFormat('<i').littleEndian).toBe(true);
    expect(parseFormat('>i').littleEndian).toBe(false);
    expect(parseFormat('!i').littleEndian).toBe(false);
    expect(parseFormat('=i').littleEndian).toBe(parseFormat('i').littleEndian);
  });

  it('has the alignment of its strictest native part, 1 without one', () => {
    expect(parseFormat('bd').alignment).toBe(8);
    expect(parseFormat('T{b:a:h:b:}').alignment).toBe(2);
    expect(parseFormat('<bd').alignment).toBe(1);
    expect(parseFormat('^bd').alignment).toBe(1);
    expect(parseFormat('Zf').alignment).toBe(4);
  });

  it('is frozen in all its parts', () => {
    const format = parseFormat('T{(2,3)i:a:T{b:c:}:b:}');
    expect(Object.isFrozen(format)).toBe(true);
    const { item } = format;
    if (item.kind !== 'record') throw new Error('a record was expected');
    expect(Object.isFrozen(item)).toBe(true);
    expect(Object.isFrozen(item.fields)).toBe(true);
    for (const field of item.fields) {
      expect(Object.isFrozen(field)).toBe(true);
      expect(Object.isFrozen(field.shape)).toBe(true);
      expect(Object.isFrozen(field.item)).toBe(true);
    }
  });

  it('is the same object for the same text', () => {
    expect(parseFormat('2h3i')).toBe(parseFormat('2h3i'));
    expect(parseFormat('2h3i')).not.toBe(parseStruct('2h3i'));
  });

  it('stays right when more formats come than are remembered', () => {
    for (let n = 0; n < 2000; n++) expect(parseFormat(`${n}b`).itemsize).toBe(n);
    for (let n = 0; n < 2000; n++) expect(parseFormat(`${n}b`).itemsize).toBe(n);
  });
});

describe('opaque codes', () => {
  it.each([
    ['O', 8],
    ['<O', 8],
    ['&i', 8],
    ['&<T{i:a:i:b:}', 8],
    ['&&(2,3)d', 8],
    ['X{}', 8],
    ['X{ii->X{d}}', 8],
    ['2&i', 16],
    ['float8_e4m3fn', 1],
    ['T{<h:a:2float8_e5m2:b:}', 4],
    ['t', 1],
    ['8t', 1],
    ['9t', 2],
    ['T{b:a:O:o:}', 16],
  ])('%j is carried in %i bytes', (text, itemsize) => {
    expect(parseFormat(text)).toMatchObject({ itemsize, decodable: false });
  });

  it('have no size under standard marks where they are native only', () => {
    expect(refusal('<g')).toContain('"g"');
    expect(refusal('=n')).toBe('format "=n" has "n" under "=", where it has no size (at 1)');
  });
});

describe('a text that is not a format', () => {
  it.each([
    ['T{i:x', 'format "T{i:x" has no closing "}" (at 5)'],
    ['T{i', 'format "T{i" has no closing "}" (at 3)'],
    ['T{i:x}', 'format "T{i:x}" has no closing ":" after a name (at 6)'],
    ['i}', 'format "i}" has a "}" that closes nothing (at 1)'],
    ['k', 'format "k" has no code "k" (at 0)'],
    ['i😀', 'format "i😀" has no code "😀" (at 1)'],
    ['Zi', 'format "Zi" has no code "Zi" (at 0)'],
    ['3', 'format "3" has no code where one must come (at 1)'],
    ['2 i', 'format "2 i" has no code " " (at 1)'],
    ['i<', 'format "i<" has no code where one must come (at 2)'],
    ['T{i:a:<}', 'format "T{i:a:<}" has no code where one must come (at 7)'],
    ['<<i', 'format "<<i" has no code "<" (at 1)'],
    ['<(2)i', 'format "<(2)i" has no code "(" (at 1)'],
    ['2(3)i', 'format "2(3)i" has no code "(" (at 1)'],
    ['()i', 'format "()i" has no number where a dimension must come (at 1)'],
    ['(2,)i', 'format "(2,)i" has no number where a dimension must come (at 3)'],
    ['(-1)i', 'format "(-1)i" has no number where a dimension must come (at 1)'],
    ['(2', 'format "(2" has no closing ")" (at 2)'],
    ['(2;3)i', 'format "(2;3)i" has no "," or ")" after a dimension (at 2)'],
    ['T{i:a:b:a:}', 'format "T{i:a:b:a:}" has two fields named "a" (at 10)'],
    ['X', 'format "X" has an "X" without "{" (at 1)'],
    ['X{{}', 'format "X{{}" has no closing "}" (at 4)'],
    ['&', 'format "&" has no code where one must come (at 1)'],
    ['i\0', 'format "i\\u0000" has no code "\\u0000" (at 1)'],
  ])('%j is refused with its place', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it.each([[undefined], [null], [1], [Symbol('f')], [{}], [['i']], [new String('i')]])(
    '%s is refused',
    (value) => {
      expect(refusal(value)).toContain('expected a format string');
    },
  );

  it('is refused without asking it anything', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusal(proxy)).toBe('format: a proxy given, expected a format string such as "d" or "<i"');
  });

  it('may have the same name in different records', () => {
    expect(parseFormat('T{i:a:T{i:a:}:b:}').itemsize).toBe(8);
  });
});

describe("struct's own grammar", () => {
  it.each([
    ['T{i}'],
    ['(2)i'],
    ['i:a:'],
    ['u'],
    ['w'],
    ['Zd'],
    ['O'],
    ['g'],
    ['&i'],
    ['^i'],
    ['i<i'],
    [' <i'],
    ['i é'],
    ['2'],
    ['<n'],
  ])('has no %j', (text) => {
    refusal(text, parseStruct);
  });

  it.each([
    ['@bl', 16],
    ['< i 2h', 8],
    ['>10s', 10],
    ['nNP', 24],
  ])('has %j, of %i bytes', (text, size) => {
    expect(parseStruct(text).itemsize).toBe(size);
  });
});

describe('hostile formats', () => {
  it.each([
    ['99999999999999999999i'],
    [`${'9'.repeat(400)}i`],
    ['9007199254740993b'],
    ['4503599627370496d'],
    ['(94906267,94906267)d'],
    ['(4503599627370496,4503599627370496)b'],
    ['9007199254740991bb'],
    ['9007199254740991b0d'],
    ['T{9007199254740990bb2T{9007199254740990b}}'],
  ])('with a size beyond 2^53 are refused: %j', (text) => {
    expect(refusal(text)).toContain('beyond 2^53');
  });

  it('with a dimension of 0 have no size, however large the others', () => {
    expect(parseFormat('(4503599627370496,0,4503599627370496)d').itemsize).toBe(0);
  });

  it('may be as large as a number counts exactly', () => {
    expect(parseFormat('9007199254740991b').itemsize).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('nested beyond all measure are refused, whatever they nest', () => {
    const deep = 100_000;
    expect(refusal('T{'.repeat(deep))).toContain('nests deeper than 64 levels');
    expect(refusal('&T{'.repeat(deep))).toContain('nests deeper than 64 levels');
    expect(refusal(`(${'1,'.repeat(deep)}1)i`)).toContain('more than 64 dimensions');
    expect(refusal('(1,1,1)T{'.repeat(deep))).toContain('more than 64 dimensions');
    expect(refusal(`X${'{'.repeat(deep)}`)).toContain('no closing');
    expect(parseFormat(`${'&'.repeat(deep)}i`).itemsize).toBe(8);
  });

  it('nested 64 levels deep are read', () => {
    expect(parseFormat(`${'T{'.repeat(64)}i${'}'.repeat(64)}`).itemsize).toBe(4);
  });

  it('of a million characters are read', () => {
    expect(parseFormat('i'.repeat(1_000_000)).itemsize).toBe(4_000_000);
    expect(parseFormat(' '.repeat(1_000_000)).itemsize).toBe(0);
    expect(refusal(`${'T{i:a:}'.repeat(100_000)}}`)).toContain('closes nothing');
    expect(refusal(`T{i:${'a'.repeat(1_000_000)}`).length).toBeLessThan(200);
  });
});

describe('any text', () => {
  const pieces = [
    ...'@^=<>!(){}:,012 ',
    ...'xcbB?hHiIlLqQnNPefdspuwOgtZ&X',
    'T{',
    ':a:',
    'Zf',
    'Zd',
    '(2,3)',
    'é',
  ];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));

  function parsedOrNull(parse: typeof parseFormat, given: string): ReturnType<typeof parseFormat> | null {
    try {
      return parse(given);
    } catch (error) {
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_FORMAT' });
      expect((error as Error).message).toMatch(/\(at \d+\)$/);
      return null;
    }
  }

  it('is a format, or refused with its place', () => {
    let taken = 0;
    fc.assert(
      fc.property(text, (given) => {
        const format = parsedOrNull(parseFormat, given);
        if (format === null) return;
        taken++;
        expect(format.text).toBe(given);
        expect(Number.isSafeInteger(format.itemsize)).toBe(true);
        if (format.item.kind === 'scalar') return;
        let end = 0;
        for (const field of format.item.fields) {
          expect(field.offset).toBeGreaterThanOrEqual(end);
          end = field.offset + field.nbytes;
          expect(parseFormat(field.item.text).itemsize).toBe(field.item.size);
        }
        expect(end).toBeLessThanOrEqual(format.itemsize);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it("of struct's means the same in the larger grammar", () => {
    fc.assert(
      fc.property(text, (given) => {
        const format = parsedOrNull(parseStruct, given);
        if (format !== null) expect(parseFormat(given)).toEqual(format);
      }),
      { numRuns: 5_000 },
    );
  });

  it('that can be decoded keeps its offsets in another byte order', () => {
    fc.assert(
      fc.property(text, (given) => {
        const format = parsedOrNull(parseFormat, given);
        if (format === null || !format.comparable) return;
        const swapped = withByteOrder(format, '>');
        expect(swapped.itemsize).toBe(format.itemsize);
        if (format.item.kind === 'scalar' || swapped.item.kind === 'scalar') return;
        expect(swapped.item.fields.map(({ offset, nbytes }) => [offset, nbytes])).toEqual(
          format.item.fields.map(({ offset, nbytes }) => [offset, nbytes]),
        );
      }),
      { numRuns: 5_000 },
    );
  });
});
