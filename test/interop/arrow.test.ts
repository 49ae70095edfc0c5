/** The Arrow C Data Interface against a C library that counts, and back and forth. */
import { beforeAll, describe, expect, test } from 'vitest';
import { allocate, array, type MemoryView, memoryview, type NativeMemory, zeros } from '../../src/index.js';
import { fromArrow, toArrow, toArrowStream } from '../../src/interop/arrow.js';
import { settle } from '../settle.js';
import { COMPILING } from './addons.js';
import { arrows } from './arrow-kit.js';
import type { Native } from './library.js';

let c: Record<string, Native>;

beforeAll(() => {
  c = arrows();
}, COMPILING);

const count = (name: string): number => Number(c[name]!());
const ownerOf = (view: MemoryView): NativeMemory => view.obj as NativeMemory;

/** Room for the two structs. */
function structs(): { schema: bigint; array: bigint; memory: NativeMemory } {
  const memory = allocate(72 + 80);
  return { schema: memory.address, array: memory.address + 72n, memory };
}

describe('an array of a C library', () => {
  test('is moved, and its buffers are views; it is released once, with the column', () => {
    const { schema, array: at, memory } = structs();
    c.arrow_text!(schema, at, 0, 5);
    const before = count('arrows_released');
    const column = fromArrow({ schema, array: at });
    expect([column.name, column.format, column.kind, column.length, column.nullable]).toEqual([
      'text',
      'u',
      'utf8',
      5,
      true,
    ]);
    expect(column.offsets!.toArray()).toEqual([0, 1, 1, 1, 7, 8]);
    expect(column.data!.decode()).toBe('adéjàx');
    expect(column.data!.readonly).toBe(true);
    expect(column.validity!.toArray()).toEqual([0x1b]);
    expect(column.nullCount).toBe(1);
    expect(column.isValid(2)).toBe(false);
    expect(column.toArray()).toEqual(['a', '', null, 'déjà', 'x']);
    expect(() => fromArrow({ schema, array: at })).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    expect(count('arrows_open')).toBe(0);
    expect(count('arrows_released')).toBe(before);
    column.release();
    column.release();
    expect(count('arrows_released')).toBe(before + 1);
    expect(() => column.toArray()).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    memory.release();
  });

  test('may begin at an offset', () => {
    const { schema, array: at } = structs();
    c.arrow_text!(schema, at, 1, 3);
    const column = fromArrow({ schema, array: at });
    expect(column.toArray()).toEqual(['', null, 'déjà']);
    expect([column.bitOffset, column.nullCount, column.offsets!.shape]).toEqual([1, 1, [4]]);
    expect(() => column.isValid(3)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_BOUNDS' }));
    column.release();
  });

  test('lives as long as one view of it, and ends when that is garbage', async () => {
    await settle();
    const before = count('arrows_released');
    const held: (MemoryView | null)[] = [];
    ((): void => {
      const { schema, array: at } = structs();
      c.arrow_text!(schema, at, 0, 5);
      held.push(fromArrow({ schema, array: at }).data);
    })();
    await settle();
    ((): void => expect(held[0]!.decode()).toBe('adéjàx'))();
    expect(count('arrows_released')).toBe(before);
    held.length = 0;
    await settle();
    expect(count('arrows_released')).toBe(before + 1);
  });

  test.each([
    [0, 'ERR_INVALID_ARG', 'has length -1 at offset 0'],
    [1, 'ERR_INVALID_ARG', 'has length 5 at offset -1'],
    [2, 'ERR_INVALID_ARG', 'has 2 buffers, expected 3 for format "u"'],
    [3, 'ERR_INVALID_ARG', 'has 3 buffers at no address'],
    [4, 'ERR_INVALID_ARG', 'has 1 children, expected 0'],
    [5, 'ERR_UNSUPPORTED', 'has Arrow format "vx"'],
    [7, 'ERR_RELEASED', 'was released or moved away, expected a live array'],
    [8, 'ERR_INVALID_ARG', 'has a dictionary in its schema only'],
    [12, 'ERR_RELEASED', 'was released or moved away in part, expected a live array'],
    [13, 'ERR_INVALID_ARG', 'has more than 262144 arrays in all'],
  ])('that is wrong (%s) is refused and stays where it is', (how, code, said) => {
    const { schema, array: at } = structs();
    c.arrow_wrong!(schema, at, how);
    const before = count('arrows_released');
    expect(() => fromArrow({ schema, array: at })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(said) }),
    );
    expect(count('arrows_released')).toBe(before);
  });

  test.each([
    [6, 'a buffer is missing'],
    [9, 'ends at offset -1'],
  ])('whose buffers are wrong (%s) is refused and released once', (how, said) => {
    const { schema, array: at } = structs();
    c.arrow_wrong!(schema, at, how);
    const before = count('arrows_released');
    expect(() => fromArrow({ schema, array: at })).toThrow(said);
    expect(count('arrows_released')).toBe(before + 1);
  });

  test.each([
    [10, 'ERR_OUT_OF_BOUNDS', 'element 1 of column "text" lies from 5 to 1'],
    [11, 'ERR_OUT_OF_BOUNDS', 'element 3 of column "text" lies from 1 to 99, expected a part of 0 to 8'],
    [14, 'ERR_OUT_OF_MEMORY', 'values need about'],
  ])('whose elements can not be (%s) says so when they are read', (how, code, said) => {
    const { schema, array: at } = structs();
    c.arrow_wrong!(schema, at, how);
    const column = fromArrow({ schema, array: at });
    expect(() => column.toArray()).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(said) }),
    );
    column.release();
  });

  test('that has more nulls than elements, as it says, is counted here', () => {
    const { schema, array: at } = structs();
    c.arrow_wrong!(schema, at, 15);
    using column = fromArrow({ schema, array: at });
    expect(column.nullCount).toBe(1);
  });
});

describe('a stream of a C library', () => {
  const opened = (rest: number): { address: bigint; memory: NativeMemory } => {
    const memory = allocate(40);
    c.arrow_stream!(memory.address, rest);
    return { address: memory.address, memory };
  };

  test('gives its arrays one by one and is released at its end', () => {
    const open = count('arrows_open');
    const [made, released] = [count('arrows_made'), count('arrows_released')];
    const { address } = opened(3);
    const stream = fromArrow({ stream: address });
    expect(() => fromArrow({ stream: address })).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    const columns = [...stream];
    expect(columns.map((column) => column.toArray())).toEqual(new Array(3).fill(['', null, 'déjà']));
    expect(stream.next()).toBeNull();
    expect(count('arrows_open')).toBe(open);
    for (const column of columns) column.release();
    expect(count('arrows_released') - released).toBe(count('arrows_made') - made);
  });

  test('has the schema of its arrays before the first is pulled, and while they are', async () => {
    const open = count('arrows_open');
    const stream = fromArrow({ stream: opened(2).address });
    expect(stream.schema).toMatchObject({ name: 'text', format: 'u', kind: 'utf8', nullable: true });
    expect(stream.schema).toBe(stream.schema);
    expect(stream.next()!.toArray()).toEqual(['', null, 'déjà']);
    stream.release();
    expect(stream.schema.name).toBe('text');
    expect(count('arrows_open')).toBe(open);

    const pulled = fromArrow({ stream: opened(2).address });
    const first = pulled.nextAsync();
    expect(() => pulled.schema).toThrow(expect.objectContaining({ code: 'ERR_EXPORTED' }));
    (await first)!.release();
    expect(pulled.schema.name).toBe('text');
    pulled.release();

    const released = fromArrow({ stream: opened(2).address });
    released.release();
    expect(() => released.schema).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    const batches = toArrowStream([
      { price: array([1.5], 'd'), side: toArrow(array([0], 'B'), { dictionary: ['buy'] }) },
    ]);
    using ours = fromArrow({ stream: batches.stream });
    expect(
      ours.schema.children.map(({ name, format, dictionary }) => [name, format, dictionary?.kind]),
    ).toEqual([
      ['price', 'g', undefined],
      ['side', 'C', 'utf8'],
    ]);
  });

  test('that is left early is released by hand, or when it is garbage', async () => {
    const open = count('arrows_open');
    const stream = fromArrow({ stream: opened(3).address });
    stream.next()!.release();
    stream.release();
    stream.release();
    expect(stream.next()).toBeNull();
    expect(count('arrows_open')).toBe(open);
    ((): void => {
      fromArrow({ stream: opened(3).address }).next();
    })();
    await settle();
    expect(count('arrows_open')).toBe(open);
  });

  test('of a type that is not read gives each array back at once', () => {
    const memory = allocate(40);
    c.arrow_odd_stream!(memory.address, 2);
    const [made, released] = [count('arrows_made'), count('arrows_released')];
    using stream = fromArrow({ stream: memory.address });
    expect(() => stream.next()).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
    expect(count('arrows_released') - released).toBe(count('arrows_made') - made);
  });

  test('is pulled on the thread pool by for await, one pull at a time, and released early', async () => {
    await settle();
    const open = count('arrows_open');
    const [made, released] = [count('arrows_made'), count('arrows_released')];
    const values: unknown[] = [];
    for await (const column of fromArrow({ stream: opened(3).address })) {
      values.push(column.toArray());
      column.release();
    }
    expect(values).toEqual(new Array(3).fill(['', null, 'déjà']));
    const stream = fromArrow({ stream: opened(3).address });
    const first = stream.nextAsync();
    expect(() => stream.next()).toThrow(expect.objectContaining({ code: 'ERR_EXPORTED' }));
    await expect(stream.nextAsync()).rejects.toMatchObject({ code: 'ERR_EXPORTED' });
    stream.release();
    (await first)!.release();
    expect(await stream.nextAsync()).toBeNull();
    for await (const column of fromArrow({ stream: opened(3).address })) {
      column.release();
      break;
    }
    const failing = fromArrow({ stream: opened(-1).address });
    await expect(failing.nextAsync()).rejects.toThrow('the disk is gone');
    failing.release();
    expect(count('arrows_open')).toBe(open);
    expect(count('arrows_released') - released).toBe(count('arrows_made') - made);
  });

  test('that fails says why', () => {
    const stream = fromArrow({ stream: opened(-3).address });
    stream.next()!.release();
    stream.next()!.release();
    expect(() => stream.next()).toThrow('the stream failed with errno 5: the disk is gone');
    stream.release();
  });
});

describe('a view as an array', () => {
  test('is summed and released by a C library', () => {
    const view = array([1, 2, 3], 'i');
    const { array: at } = toArrow(view);
    expect(() => ownerOf(view).release()).toThrow('1 arrow');
    expect(Number(c.arrow_sum!(at))).toBe(6);
    ownerOf(view).release();
    const grid = array(
      [
        [1, 2],
        [3, 4],
      ],
      'i',
    );
    expect(Number(c.arrow_sum!(toArrow(grid).array))).toBe(10);
    expect(Number(c.arrow_sum_child!(toArrow(grid).array))).toBe(10);
    ownerOf(grid).release();
  });

  test('that no consumer moves is released by hand, or when it is garbage', async () => {
    const view = array([1, 2, 3], 'i');
    const exported = toArrow(view);
    exported.release();
    exported.release();
    ((): void => {
      toArrow(view);
    })();
    expect(() => ownerOf(view).release()).toThrow('1 arrow');
    await settle();
    ownerOf(view).release();
    expect(() => fromArrow(exported)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
  });

  test.each(['b', 'B', 'h', 'H', 'i', 'I', 'q', 'Q', 'e', 'f', 'd', '5s'])(
    'of format %s goes there and back as the same memory',
    (format) => {
      const view = zeros(4, format);
      const column = fromArrow(toArrow(view, { name: 'x' }));
      expect([column.name, column.length, column.nullCount]).toEqual(['x', 4, 0]);
      expect(column.values!.address).toBe(view.address);
      expect(column.values!.format).toBe(format);
      column.release();
      ownerOf(view).release();
    },
  );

  test('of two dimensions is a fixed-size list', () => {
    const view = array(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'd',
    );
    const column = fromArrow(toArrow(view));
    expect([column.format, column.kind, column.values!.shape]).toEqual(['+w:3', 'fixed-size-list', [2, 3]]);
    expect(column.values!.address).toBe(view.address);
    expect(column.toArray()).toEqual(view.toArray());
    expect(fromArrow(toArrow(zeros([0, 3], 'd'))).toArray()).toEqual([]);
  });

  test('of records is a struct, whose fields are copied when the caller says so', () => {
    const view = zeros(3, 'T{i:id:d:price:(2)f:at:}');
    for (let i = 0; i < 3; i++) view.set(i, { id: i, price: i / 2, at: [i, -i] });
    expect(() => toArrow(view)).toThrow(expect.objectContaining({ code: 'ERR_NOT_CONTIGUOUS' }));
    const column = fromArrow(toArrow(view, { copy: true }));
    expect(column.kind).toBe('struct');
    expect(column.child('price')!.values!.toArray()).toEqual([0, 0.5, 1]);
    expect(column.child('at')!.values!.shape).toEqual([3, 2]);
    expect(column.toArray()[2]).toEqual({ id: 2, price: 1, at: [2, -2] });
    expect(column.child('none')).toBeUndefined();
  });

  test('says which elements are missing', () => {
    const column = fromArrow(toArrow(array([1, 2, 3], 'i'), { validity: array([0b101], 'B') }));
    expect(column.toArray()).toEqual([1, null, 3]);
    expect([column.nullable, column.nullCount]).toEqual([true, 1]);
  });

  test('that Arrow does not have is refused', () => {
    expect(() => toArrow(zeros(2), { name: 'a\0b' })).toThrow('name "a\\u0000b" given');
    const code = (name: string): unknown => expect.objectContaining({ code: name });
    expect(() => toArrow(new Float64Array(3))).toThrow(code('ERR_UNSUPPORTED'));
    expect(fromArrow(toArrow(new Float64Array(3), { copy: true })).toArray()).toEqual([0, 0, 0]);
    expect(() => toArrow(zeros(6, 'i').slice('::2'))).toThrow(code('ERR_NOT_CONTIGUOUS'));
    expect(fromArrow(toArrow(zeros(6, 'i').slice('::2'), { copy: true })).length).toBe(3);
    expect(() => toArrow(zeros(3, '?'))).toThrow(code('ERR_UNSUPPORTED'));
    expect(() => toArrow(zeros(3, '>i'))).toThrow(code('ERR_UNSUPPORTED'));
    expect(() => toArrow(zeros(3, 'Zd'), { copy: true })).toThrow(code('ERR_UNSUPPORTED'));
    expect(() => toArrow(zeros([], 'i'))).toThrow(code('ERR_UNSUPPORTED'));
    expect(() => toArrow(zeros(9, 'i'), { validity: array([1], 'B') })).toThrow(code('ERR_INVALID_ARG'));
    expect(() => toArrow(memoryview(zeros(1)), { names: 1 } as object)).toThrow(code('ERR_INVALID_ARG'));
  });
});

test('a proxy of an export is refused, revoked or not', () => {
  const made = toArrow(zeros(4, 'i'));
  const { proxy, revoke } = Proxy.revocable(made, {});
  const refused = expect.objectContaining({ code: 'ERR_INVALID_ARG' });
  expect(() => fromArrow(proxy)).toThrow(refused);
  expect(() => fromArrow(Object.create(made) as typeof made)).toThrow(refused);
  revoke();
  expect(() => fromArrow(proxy)).toThrow(refused);
  made.release();
});

test.each([
  [undefined, 'ERR_INVALID_ARG'],
  [null, 'ERR_INVALID_ARG'],
  [1, 'ERR_INVALID_ARG'],
  [{}, 'ERR_INVALID_ARG'],
  [{ schema: 1n }, 'ERR_INVALID_ARG'],
  [{ schema: 'x', array: 1n }, 'ERR_INVALID_ARG'],
  [{ schema: 0n, array: 1n }, 'ERR_OUT_OF_RANGE'],
  [{ stream: 0 }, 'ERR_OUT_OF_RANGE'],
  [{ streams: 1n }, 'ERR_INVALID_ARG'],
])('a value that names no structs (%s) is refused', (source, code) => {
  expect(() => fromArrow(source as { stream: bigint })).toThrow(expect.objectContaining({ code }));
});
