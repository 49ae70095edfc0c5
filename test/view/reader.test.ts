// `view.reader()`: the values of `get`, its errors, and its end with the view and with the memory.

import { describe, expect, it } from 'vitest';
import {
  Arena,
  allocate,
  array,
  ellipsis,
  MemoryView,
  memory,
  memoryview,
  range,
  zeros,
} from '../../src/index.js';
import { expectThrown } from './thrown.js';

const KINDS = ['b', 'B', 'h', 'H', 'i', 'I', 'q', 'Q', 'e', 'f', 'd', '>d', '>h', '?', 'c', 'T{i:x:d:y:}'];
const SHAPES = [[], [5], [3, 4], [2, 3, 4], [2, 1, 3, 2], [0], [2, 0]];

/** All indices of a shape, negative ones too. */
function indicesOf(shape: readonly number[]): number[][] {
  let all: number[][] = [[]];
  for (const length of shape)
    all = all.flatMap((before) => Array.from({ length: 2 * length }, (_, i) => [...before, i - length]));
  return all;
}

function filled(format: string, shape: readonly number[]): MemoryView {
  const view = zeros([...shape], format);
  if (view.nbytes > 0) {
    const bytes = new Uint8Array((view.obj as { buffer: ArrayBuffer }).buffer);
    bytes.forEach((_, i) => {
      bytes[i] = (i * 37) & 0x3f;
    });
  }
  return view;
}

function expectSame(view: MemoryView): void {
  const reader = view.reader();
  for (const indices of indicesOf(view.shape)) expect(reader.get(...indices)).toEqual(view.get(...indices));
}

describe.each(KINDS)('a reader of %s', (format) => {
  it.each(SHAPES.map((shape) => [shape]))('reads what get reads, of shape %j and of its slices', (shape) => {
    const view = filled(format, shape);
    expectSame(view);
    if (shape.length === 0) return;
    expectSame(view.T);
    expectSame(view.flip());
    expectSame(view.slice(range(null, null, 2), ellipsis));
    expectSame(view.slice(range(1, null), ellipsis).flip(0));
    expectSame(view.broadcastTo([2, ...shape]));
  });
});

describe('indices of a reader', () => {
  it.each([[[5]], [[3, 4]], [[2, 3, 4]], [[2, 2, 2, 2]]])(
    'are refused as those of get, for shape %j',
    (shape) => {
      const view = filled('d', shape);
      const reader = view.reader();
      const right = shape.map(() => 0);
      const wrong: unknown[][] = [
        [],
        right.slice(1),
        [...right, 0],
        [...right, undefined],
        [...right, undefined, 0],
        [...right, undefined, undefined, undefined],
        right.with(-1, undefined as never),
        ...[0.5, NaN, '0', true, null, {}, 2 ** 31, 2 ** 32, -(2 ** 31), 9, -9, 9n, Infinity].flatMap((odd) =>
          shape.map((_, d) => right.with(d, odd as number) as unknown[]),
        ),
      ];
      for (const indices of wrong) {
        const failure = (read: (...given: never[]) => unknown): string => {
          try {
            read(...(indices as never[]));
            return 'no error';
          } catch (error) {
            return (error as Error).message;
          }
        };
        const expected = failure((...given) => view.get(...given));
        expect(expected).not.toBe('no error');
        expect(failure((...given) => reader.get(...given))).toBe(expected);
      }
      expect(reader.get(...shape.map(() => 1n))).toBe(view.get(...shape.map(() => 1)));
    },
  );

  it('may be of any view: misaligned, indirect, over a resizable or shared buffer', () => {
    const bytes = Uint8Array.from({ length: 41 }, (_, i) => i);
    expectSame(memoryview(bytes.subarray(1), { format: 'd' }));
    expectSame(MemoryView.indirect([Int32Array.of(1, 2), Int32Array.of(3, 4)]));
    expectSame(memoryview(new SharedArrayBuffer(16), { format: 'i', shape: [2, 2] }));
    expectSame(
      array(
        [
          [1, 2],
          [3, 4],
        ],
        'd',
      ).toReadonly(),
    );
  });
});

describe('the end of a reader', () => {
  const ends: Record<string, () => { view: MemoryView; end: () => void }> = {
    'the memory’s release': () => {
      const owner = allocate(96);
      return { view: owner.view('d', [3, 4]), end: () => owner.release() };
    },
    'the view’s release': () => {
      const view = zeros([3, 4]);
      return { view, end: () => view.release() };
    },
    'a transfer of the buffer': () => {
      const buffer = new ArrayBuffer(96);
      const end = (): void => void structuredClone(buffer, { transfer: [buffer] });
      return { view: memoryview(buffer, { format: 'd', shape: [3, 4] }), end };
    },
    'an arena’s reset': () => {
      const arena = new Arena();
      return { view: arena.zeros([3, 4]), end: () => arena.reset() };
    },
    'an arena’s release': () => {
      const arena = new Arena();
      return { view: arena.zeros([3, 4]), end: () => arena.release() };
    },
  };

  it.each(Object.keys(ends))('is %s, also in the middle of a loop', (name) => {
    for (const shaped of ['1', '2', 'field', '>']) {
      const { view, end } = ends[name]!();
      const other = shaped === '1' && name !== 'the view’s release' ? view.slice(0) : view;
      const reader = (
        shaped === '>' && name !== 'the view’s release' ? other.newByteOrder('>') : other
      ).reader();
      let reads = 0;
      expectThrown(() => {
        for (let i = 0; i < 4; i++) {
          if (other.ndim === 1) reader.get(i);
          else reader.get(0, i);
          reads++;
          if (i === 1) end();
        }
      }, 'ERR_RELEASED');
      expect(reads).toBe(2);
      expectThrown(() => view.reader(), 'ERR_RELEASED');
    }
  });

  it('is seen by code that V8 has optimized', () => {
    const owner = allocate(8 * 10_000);
    const reader = owner.view('d', [100, 100]).reader();
    const sum = (): number => {
      let total = 0;
      for (let i = 0; i < 100; i++) for (let j = 0; j < 100; j++) total += reader.get(i, j);
      return total;
    };
    for (let i = 0; i < 300; i++) expect(sum()).toBe(0);
    owner.release();
    const next = zeros([100, 100]);
    next.fill(1);
    for (let i = 0; i < 10; i++) expectThrown(sum, 'ERR_RELEASED');
  });

  it('comes with no pin, no second reader, and nothing that shows the memory', () => {
    const view = zeros([3, 4]);
    expect(Reflect.ownKeys(view.reader())).toEqual([]);
    expect(view.reader()).toBe(view.reader());
    expect(memory.stats().pinned).toBe(0);
    const sibling = view.slice(0);
    const reader = sibling.reader();
    view.release();
    expect(reader.get(0)).toBe(0);
  });
});
