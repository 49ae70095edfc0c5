import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/format/codec.js';
import { hostIsLittleEndian } from '../../src/format/format.js';
import { parseFormat } from '../../src/format/parse.js';
import { swapUnits, withByteOrder } from '../../src/format/swap.js';

describe('a format in another byte order', () => {
  it.each([
    ['i', '>', '>i'],
    ['l', '>', '>q'],
    ['=l', '>', '>l'],
    ['N', '<', '<Q'],
    ['P', '=', '=Q'],
    ['>d', '<', '<d'],
    ['Zd', '>', '>Zd'],
    ['bi', '>', '>b3xi'],
    ['T{b:a:i:b:b:c:}', '>', '>T{b:a:3xi:b:b:c:3x}'],
    ['T{(2,3)h:m:3s:s:2w:t:}', '<', '<T{(2,3)h:m:3s:s:1x2w:t:}'],
    ['T{T{b:x:h:y:}:r:q:s:}', '>', '>T{T{b:x:1xh:y:}:r:4xq:s:}'],
  ] as const)('%j in %j is %j', (text, order, wanted) => {
    const format = parseFormat(text);
    const other = withByteOrder(format, order);
    expect(other.text).toBe(wanted);
    expect(other.itemsize).toBe(format.itemsize);
  });

  it.each(['B', '3s', 'T{b:a:c:b:}', '?'])('%j has none, and stays as it is', (text) => {
    expect(withByteOrder(parseFormat(text), '>')).toBe(parseFormat(text));
  });

  it.each(['O', 'T{i:a:&i:b:}', 'g'])('%j is refused, since its parts are not known', (text) => {
    expect(() => withByteOrder(parseFormat(text), '>')).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED' }),
    );
  });

  it('reads from swapped bytes what the format reads from the bytes', () => {
    const scalar = fc.constantFrom(...'bBhHiIlLqQnNefd?cs', 'Zf', 'Zd', '2s', '3u', '2x', '(2,2)h', '0i');
    const text = fc
      .tuple(fc.constantFrom('', '<', '>', '^', '='), fc.array(scalar, { minLength: 1, maxLength: 6 }))
      .map(([mark, codes]) => {
        const known = codes.filter((code) => mark === '' || mark === '^' || !/[nN]/.test(code));
        return `${mark}T{${known.map((code, i) => `${code}:v${i}:`).join('')}}`;
      });
    fc.assert(
      fc.property(text, fc.infiniteStream(fc.nat(255)), (given, stream) => {
        const format = parseFormat(given);
        const bytes = Uint8Array.from({ length: format.itemsize }, () => stream.next().value as number);
        const swapped = bytes.slice();
        for (const { offset, size } of swapUnits(format)) swapped.subarray(offset, offset + size).reverse();
        const native = hostIsLittleEndian ? '<' : '>';
        const foreign = hostIsLittleEndian ? '>' : '<';
        const order = given.startsWith('>') ? '<' : given.startsWith('<') ? '>' : foreign;
        const other = withByteOrder(format, order);
        if (other === format) return;
        expect(other.itemsize).toBe(format.itemsize);
        expect([native, foreign]).toContain(other.text[0]);
        const value = codecOf(other).read(new DataView(swapped.buffer), 0);
        expect(value).toEqual(codecOf(format).read(new DataView(bytes.buffer), 0));
      }),
      { numRuns: 300 },
    );
  });
});
