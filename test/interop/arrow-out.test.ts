/** What `toArrow` and `toArrowStream` make, held against the specification by a C validator that knows nothing of them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { allocate, array, type MemoryView, memory, type NativeMemory, zeros } from '../../src/index.js';
import {
  type ArrowColumn,
  type ArrowExport,
  fromArrow,
  toArrow,
  toArrowStream,
} from '../../src/interop/arrow.js';
import { settle } from '../settle.js';
import { COMPILING } from './addons.js';
import { arrows } from './arrow-kit.js';
import { loadLibrary, type Native } from './library.js';

let c: Record<string, Native>;

beforeAll(() => {
  arrows();
  c = loadLibrary('validate', [
    'int arrow_validate(intptr_t, intptr_t, intptr_t)',
    'intptr_t pull_start(intptr_t, int64_t, int)',
    'intptr_t pull_in_place(intptr_t, int64_t)',
    'void pull_join(intptr_t)',
    'int64_t pull_number(intptr_t, int)',
    'const char *pull_said(intptr_t)',
  ]);
}, COMPILING);

/** Throws with what the validator says. */
function validated(made: ArrowExport): ArrowExport {
  using message = allocate(400);
  if (c.arrow_validate!(made.schema, made.array, message.address) !== 0) {
    const text = Buffer.from(message.buffer).toString();
    throw new Error(text.slice(0, text.indexOf('\0')));
  }
  return made;
}

const back = (made: ArrowExport): ArrowColumn => fromArrow(validated(made));
const ownerOf = (view: MemoryView): NativeMemory => view.obj as NativeMemory;
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('a view in any spelling', () => {
  test.each(['<i', '=i', '^i', '@i', 'i', '<q', '=d', '<B', '>B', '!b', '<5s', '>5s', '=e', '<f', 'n', '<L'])(
    'of this machine’s byte order (%s) is the same memory',
    (format) => {
      const view = zeros(4, format);
      const column = back(toArrow(view));
      expect(column.values!.address).toBe(view.address);
      expect(column.length).toBe(4);
      column.release();
    },
  );

  test('of a .npy record is a struct of its fields', () => {
    const view = zeros(3, 'T{<I:id:<d:price:<h:size:}');
    for (let i = 0; i < 3; i++) view.set(i, { id: i, price: i / 2, size: -i });
    const column = back(toArrow(view, { copy: true }));
    expect(column.toArray()).toEqual(view.toArray());
    expect(column.children.map(({ format }) => format)).toEqual(['I', 'g', 's']);
  });

  test('of foreign byte order, and booleans, are copied when the caller says so', () => {
    const view = array([1, -2, 300], '>i');
    expect(() => toArrow(view)).toThrow(code('ERR_UNSUPPORTED'));
    expect(back(toArrow(view, { copy: true })).toArray()).toEqual([1, -2, 300]);
    expect(view.toArray()).toEqual([1, -2, 300]);
    const flags = array([true, false, true, true, false, false, true, true, true], '?');
    expect(() => toArrow(flags)).toThrow(code('ERR_UNSUPPORTED'));
    expect(back(toArrow(flags, { copy: true })).toArray()).toEqual(flags.toArray());
    expect(back(toArrow(flags.slice('::-2'), { copy: true })).toArray()).toEqual(
      flags.slice('::-2').toArray(),
    );
    expect(back(toArrow(zeros([2, 3], '?'), { copy: true })).toArray()).toEqual(zeros([2, 3], '?').toArray());
  });

  test.each([[[2, 3, 4]], [[1, 1, 1, 5]], [[2, 0, 3]], [[0, 4, 4]], [[3, 1, 2, 1, 2]]])(
    'of shape %s is nested fixed-size lists of the same memory',
    (shape) => {
      const view = zeros(shape, 'i');
      const flat = view.reshape([-1 * Math.max(1, 0)].length === 1 ? [view.nbytes / 4] : []);
      for (let i = 0; i < flat.length; i++) flat.set(i, i);
      const column = back(toArrow(view));
      expect(column.toArray()).toEqual(view.toArray());
      expect(column.values!.shape).toEqual(shape);
      if (view.nbytes > 0) expect(column.values!.address).toBe(view.address);
    },
  );

  test('of sub-arrays in a format has their dimensions', () => {
    const view = zeros(2, '(2,3)h');
    expect(back(toArrow(view)).format).toBe('+w:2');
    expect(back(toArrow(zeros(2, 'T{(2)i:at:f:x:}'), { copy: true })).toArray()).toEqual([
      { at: [0, 0], x: 0 },
      { at: [0, 0], x: 0 },
    ]);
  });
});

describe('a record batch', () => {
  test('is a struct of views by name, with metadata, in place', () => {
    const price = array([1.5, 2.5], 'd');
    const size = array([1, 2], 'i');
    const batch = back(
      toArrow({ price, size, side: ['buy', null] }, { metadata: { origin: 'here', ü: 'é' } }),
    );
    expect(batch.format).toBe('+s');
    expect({ ...batch.metadata }).toEqual({ origin: 'here', ü: 'é' });
    expect(batch.toArray()).toEqual([
      { price: 1.5, size: 1, side: 'buy' },
      { price: 2.5, size: 2, side: null },
    ]);
    expect(batch.child('price')!.values!.address).toBe(price.address);
    expect(() => ownerOf(size).release()).toThrow(code('ERR_EXPORTED'));
    batch.release();
    ownerOf(size).release();
    ownerOf(price).release();
  });

  test('refuses records that contain themselves, or lie deeper than importers read', () => {
    const nested = (depth: number): object =>
      depth === 0 ? { x: array([1], 'i') } : { inner: nested(depth - 1) };
    const cyclic: Record<string, unknown> = { x: array([1], 'i') };
    cyclic.self = cyclic;
    for (const source of [cyclic, nested(64), nested(5000)]) {
      expect(() => toArrow(source as never)).toThrow(code('ERR_INVALID_ARG'));
    }
    fromArrow(toArrow(nested(63) as never)).release();
  });

  test('takes columns of an earlier call, imported columns, and records in records', () => {
    const codes = array([0, 1, 0], 'B');
    const side = toArrow(codes, {
      dictionary: ['buy', 'sell'],
      ordered: true,
      validity: array([0b101], 'B'),
    });
    const source = fromArrow(toArrow({ x: array([9, 8, 7, 6], 'h') })).slice(1);
    const batch = back(
      toArrow({ side, all: source, x: source.child('x')!, deep: { a: { b: ['p', 'q', 'r'] } } }),
    );
    expect(batch.child('side')).toMatchObject({ kind: 'dictionary', ordered: true });
    expect(batch.toArray()).toEqual([
      { side: 'buy', all: { x: 8 }, x: 8, deep: { a: { b: 'p' } } },
      { side: null, all: { x: 7 }, x: 7, deep: { a: { b: 'q' } } },
      { side: 'buy', all: { x: 6 }, x: 6, deep: { a: { b: 'r' } } },
    ]);
    expect(batch.child('x')!.values!.address).toBe(source.child('x')!.values!.address);
    expect(() => source.release()).toThrow(code('ERR_EXPORTED'));
    batch.release();
    source.release();
    expect(() => toArrow({ side })).toThrow(code('ERR_RELEASED'));
  });

  test("that is impossible is refused, and the caller's objects stay", () => {
    const kept = toArrow(array([1, 2], 'i'));
    expect(() => toArrow({ a: kept, b: zeros(3) })).toThrow(code('ERR_SHAPE'));
    expect(() => toArrow({ a: kept, b: zeros(2, 'Zd') })).toThrow(code('ERR_UNSUPPORTED'));
    expect(() => toArrow({ a: kept, 'b\0': zeros(2) })).toThrow(code('ERR_INVALID_ARG'));
    expect(() => toArrow({})).toThrow(code('ERR_INVALID_ARG'));
    expect(() => toArrow({ a: 1 as unknown as object })).toThrow(code('ERR_INVALID_ARG'));
    expect(() => toArrow({ a: kept }, { metadata: { a: 1 } as unknown as Record<string, string> })).toThrow(
      code('ERR_INVALID_ARG'),
    );
    expect(back(kept).toArray()).toEqual([1, 2]);
  });

  test('says which elements are missing by booleans, too', () => {
    const validity = array([true, false, true], '?');
    expect(back(toArrow(array([1, 2, 3], 'i'), { validity })).toArray()).toEqual([1, null, 3]);
    expect(back(toArrow({ a: array([1, 2, 3], 'i') }, { validity })).toArray()).toEqual([
      { a: 1 },
      null,
      { a: 3 },
    ]);
    expect(() => toArrow(zeros(4), { validity })).toThrow(code('ERR_SHAPE'));
  });
});

describe('a stream of ours', () => {
  const batches = (count: number): { x: MemoryView }[] =>
    Array.from({ length: count }, (_, i) => ({ x: array([i, i], 'i') }));
  const pulled = (job: unknown): [number, number, number, string] => [
    ...([0, 1, 2].map((which) => Number(c.pull_number!(BigInt(job as number), which))) as [
      number,
      number,
      number,
    ]),
    String(c.pull_said!(BigInt(job as number))),
  ];
  const pull = async (stream: bigint, most = 1000): Promise<[number, number, number, string]> => {
    const job = c.pull_start!(stream, most, 0);
    await new Promise<void>((resolve, reject) => {
      const join = c.pull_join as unknown as { async: (job: bigint, done: (error: unknown) => void) => void };
      join.async(BigInt(job as number), (error) => (error ? reject(error as Error) : resolve()));
    });
    return pulled(job);
  };

  test('of an array is pulled on any thread, and releases the batches that are not pulled', async () => {
    await settle();
    const { blocks } = memory.stats();
    expect(await pull(toArrowStream(batches(3)).stream)).toEqual([3, 6, 0, '']);
    expect(pulled(c.pull_start!(toArrowStream(batches(3)).stream, 2, 1))).toEqual([2, 4, 0, '']);
    const released = toArrowStream(batches(2));
    released.release();
    expect(pulled(c.pull_start!(released.stream, 2, 1))).toEqual([0, 0, 22, 'the stream is released']);
    expect([...fromArrow(toArrowStream(batches(2)))].map((column) => column.toArray())).toEqual([
      [{ x: 0 }, { x: 0 }],
      [{ x: 1 }, { x: 1 }],
    ]);
    await settle();
    expect(memory.stats().blocks).toBe(blocks);
  });

  test('of a generator makes batches when they are pulled, here and there, and is ended by the consumer', async () => {
    let made = 0;
    let ended = 0;
    function* endless(): Generator<{ x: MemoryView }> {
      try {
        for (;;) yield { x: array([made++], 'i') };
      } finally {
        ended++;
      }
    }
    // koffi calls C on a stack of its own, where the engine can't run.
    const refused = pulled(c.pull_start!(toArrowStream(endless()).stream, 4, 1));
    expect(refused).toEqual([0, 0, 35, expect.stringContaining('on a stack where that can')]);
    expect(await pull(toArrowStream(endless()).stream, 4)).toEqual([4, 4, 0, '']);
    expect(made).toBe(4);
    expect(await pull(toArrowStream(endless()).stream, 5)).toEqual([5, 5, 0, '']);
    await settle();
    expect([made, ended]).toEqual([9, 2]);
  });

  test('of an async generator is pulled on another thread', async () => {
    async function* later(): AsyncGenerator<{ x: MemoryView }> {
      for (const batch of batches(4)) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield batch;
      }
    }
    expect(await pull(toArrowStream(later()).stream)).toEqual([4, 8, 0, '']);
  });

  test('fails with what the batches threw, with another schema, without batches, and when JavaScript is busy', async () => {
    function* failing(): Generator<{ x: MemoryView }> {
      yield { x: zeros(1, 'i') };
      throw new Error('the disk is gone');
    }
    expect(await pull(toArrowStream(failing()).stream)).toEqual([1, 1, 5, 'the disk is gone']);
    const other = [{ x: zeros(1, 'i') }, { x: zeros(1, 'd') }];
    expect((await pull(toArrowStream(new Set(other)).stream))[3]).toContain(
      'has another schema than the first',
    );
    expect(() => toArrowStream(other)).toThrow(code('ERR_INVALID_ARG'));
    expect((await pull(toArrowStream([]).stream))[3]).toContain('no batch, so that it has no schema');
    const job = c.pull_start!(toArrowStream(new Set(batches(1)), { timeout: 20 }).stream, 9, 0);
    c.pull_join!(BigInt(job as number));
    expect(pulled(job)).toEqual([0, 0, 110, expect.stringContaining('JavaScript made no batch in time')]);
  });

  test('ends the pull of another thread that waits for a batch when it is released', async () => {
    await settle();
    const { blocks } = memory.stats();
    async function* never(): AsyncGenerator<{ x: MemoryView }> {
      await new Promise(() => undefined);
      yield* batches(1);
    }
    for (let i = 0; i < 20; i++) {
      const stream = toArrowStream(never());
      // As DuckDB does, at the address: nothing is moved out.
      const job = c.pull_in_place!(stream.stream, 9);
      stream.release();
      c.pull_join!(BigInt(job as number));
      expect(pulled(job)).toEqual([0, 0, 22, 'the stream is released']);
    }
    expect(memory.stats().blocks).toBe(blocks);
  });

  test('pins each batch until it is released', () => {
    const view = array([1, 2], 'i');
    const stream = fromArrow(toArrowStream([{ view }]));
    expect(() => ownerOf(view).release()).toThrow(code('ERR_EXPORTED'));
    const batch = stream.next()!;
    stream.release();
    expect(() => ownerOf(view).release()).toThrow(code('ERR_EXPORTED'));
    batch.release();
    ownerOf(view).release();
  });

  test.each([[1], ['abc'], [null], [{}], [undefined]])('of %s is refused', (given) => {
    expect(() => toArrowStream(given as unknown as [])).toThrow(code('ERR_INVALID_ARG'));
  });
});
