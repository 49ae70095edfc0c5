/** Records of which a caller gives only some fields. */
import { expect, test } from 'vitest';
import { parseFormat } from '../../src/format/parse.js';
import { encodeParts } from '../../src/format/partial-record.js';
import { thrown } from '../memory/thrown.js';

/** The item's bytes after the value was stored over zeros. */
function stored(format: string, value: unknown): Buffer {
  const parsed = parseFormat(format);
  const bytes = Buffer.alloc(parsed.itemsize);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const { codec, offset, encoded } of encodeParts(parsed, value)) codec.store(data, offset, encoded);
  return bytes;
}

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const nested = 'T{B:a:T{B:b:(2)B:c:}:in:B:d:}';

test.each<[string, unknown, Buffer]>([
  [nested, {}, bytes(0, 0, 0, 0, 0)],
  [nested, { d: 5 }, bytes(0, 0, 0, 0, 5)],
  [nested, { in: { c: [3, 4] }, a: 1 }, bytes(1, 0, 3, 4, 0)],
  [nested, { in: [2, [3, 4]] }, bytes(0, 2, 3, 4, 0)],
  [nested, [1, { b: 2, c: [3, 4] }, 5], bytes(1, 2, 3, 4, 5)],
  ['x T{B:a:B:b:} x', { b: 2 }, bytes(0, 0, 2, 0)],
  ['T{(2)T{B:a:B:b:}:rows:}', { rows: [{ a: 1, b: 2 }, [3, 4]] }, bytes(1, 2, 3, 4)],
  ['T{B:__proto__:B:b:}', JSON.parse('{"__proto__":7}'), bytes(7, 0)],
  ['2B', [1, 2], bytes(1, 2)],
  ['>H', 258, bytes(1, 2)],
])('of %s, %j leaves zeros where it says nothing', (format, value, expected) => {
  expect(stored(format, value)).toEqual(expected);
});

test('a field that a record lacks is refused by name before any field is read', () => {
  let reads = 0;
  const value = {
    get a() {
      reads += 1;
      return 1;
    },
    aa: 2,
  };
  const error = thrown(() => stored('T{B:a:B:b:}', value));
  expect(error).toMatchObject({ code: 'ERR_INVALID_ARG' });
  expect(error.message).toMatch(/unknown field "aa"; did you mean "a"\?$/);
  expect(reads).toBe(0);
});

test('a record in a sub-array is given whole', () => {
  expect(thrown(() => stored('T{(1)T{B:a:B:b:}:rows:}', { rows: [{ a: 1 }] })).message).toContain(
    '"b" is missing',
  );
});

test('each field is read once', () => {
  const read: string[] = [];
  const value = new Proxy(
    { b: 1, a: 2 },
    {
      get: (target, key) => {
        read.push(String(key));
        return Reflect.get(target, key);
      },
    },
  );
  expect(stored('T{B:a:B:b:}', value)).toEqual(bytes(2, 1));
  expect(read).toEqual(['b', 'a']);
});
