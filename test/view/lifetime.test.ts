/** How views end: release, using, borrow, and the end of their memory. */
import { describe, expect, it } from 'vitest';
import { allocate, array, memoryview, struct, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

describe('release of a view', () => {
  it('ends that view and no other, and can be repeated', () => {
    const bytes = Buffer.from('abc');
    const view = memoryview(bytes);
    const part = view.slice('1:');
    view.release();
    view.release();
    expect([view.released, part.released, part.decode()]).toEqual([true, false, 'bc']);
    expectThrown(() => view.get(0), 'ERR_RELEASED', /the view was released/);
    expect(bytes.toString()).toBe('abc');
  });

  it('leaves native memory to its owner', () => {
    const memory = allocate(4);
    const view = memory.view();
    view.release();
    expect(memory.released).toBe(false);
    memory.release();
    expect(memory.released).toBe(true);
  });

  it('comes at the end of a using block', () => {
    const view = zeros(2);
    {
      using inner = view;
      expect(inner.released).toBe(false);
    }
    expect(view.released).toBe(true);
  });
});

describe('release of the memory', () => {
  it('ends all its views at once, and those made of them', () => {
    const memory = allocate(16);
    const views = [memory.view(), memory.view('d'), memory.view().slice('::2'), memory.view().toReadonly()];
    memory.release();
    for (const view of views) {
      expect(view.released).toBe(true);
      expectThrown(() => view.get(0), 'ERR_RELEASED', /the memory was released/);
    }
  });

  it('ends a view of size 0 too', () => {
    const memory = allocate(0);
    const view = memory.view();
    expect(view.released).toBe(false);
    memory.release();
    expect(view.released).toBe(true);
    expectThrown(() => view.shape, 'ERR_RELEASED');
  });

  it('leaves copies alone', () => {
    const memory = allocate(4);
    const copied = memory.view().copy();
    memory.release();
    expect(copied.toArray()).toEqual([0, 0, 0, 0]);
  });
});

describe('borrow', () => {
  it('keeps view and memory from being released until the function returns', () => {
    const memory = allocate(4);
    const view = memory.view();
    const result = view.borrow((borrowed) => {
      expect(borrowed).toBe(view);
      expectThrown(() => view.release(), 'ERR_EXPORTED', /1 borrow/);
      expectThrown(() => memory.release(), 'ERR_EXPORTED');
      expectThrown(() => memory[Symbol.dispose](), 'ERR_EXPORTED');
      return view.borrow(() => {
        expectThrown(() => view.release(), 'ERR_EXPORTED', /2 borrows/);
        return 42;
      });
    });
    expect(result).toBe(42);
    view.release();
    memory.release();
  });

  it('keeps them until its promise settles, however that ends', async () => {
    const memory = allocate(4);
    const view = memory.view();
    let settle: (value: string) => void = () => undefined;
    const later = view.borrow(() => new Promise<string>((resolve) => (settle = resolve)));
    expectThrown(() => view.release(), 'ERR_EXPORTED');
    settle('done');
    expect(await later).toBe('done');
    const failing = view.borrow(() => Promise.reject(new Error('mine')));
    expectThrown(() => memory.release(), 'ERR_EXPORTED');
    await expect(failing).rejects.toThrow('mine');
    memory.release();
    expect(view.released).toBe(true);
  });

  it('ends when the function throws', () => {
    const memory = allocate(4);
    const view = memory.view();
    const own = new Error('mine');
    expect(() =>
      view.borrow(() => {
        throw own;
      }),
    ).toThrow(own);
    view.release();
    memory.release();
  });

  it('ends when asking for a "then" throws', () => {
    const memory = allocate(4);
    const own = new Error('mine');
    const hostile = Object.defineProperty({}, 'then', {
      get: () => {
        throw own;
      },
    });
    expect(() => memory.view().borrow(() => hostile)).toThrow(own);
    memory.release();
  });

  it('of one view lets others of the same memory end', () => {
    const memory = allocate(4);
    const [view, other] = [memory.view(), memory.view()];
    view.borrow(() => other.release());
    expect([other.released, view.released]).toEqual([true, false]);
  });

  it('works over memory of the engine’s, which stays readable', () => {
    const view = array([1, 2]).slice('1:');
    expect(memoryview(Buffer.from('a')).borrow((v) => v.get(0))).toBe(97);
    expect(view.borrow((v) => v.get(0))).toBe(2);
  });

  it('refuses a value that is not a function', () => {
    for (const fn of [undefined, null, 5, {}, 'f']) {
      expectThrown(() => zeros(1).borrow(wrong(fn)), 'ERR_INVALID_ARG');
    }
  });
});

it('takes memory of no bytes for ended when other code has moved its ArrayBuffer', (context) => {
  const move: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
  if (typeof move !== 'function') context.skip('this runtime has no ArrayBuffer.prototype.transfer');
  const memory = allocate(0);
  const [view, typed] = [memory.view(), new Uint16Array(memory.buffer)];
  expect([memory.released, view.released]).toEqual([false, false]);
  Reflect.apply(move as () => ArrayBuffer, memory.buffer, []);
  expect([memory.released, view.released]).toEqual([true, true]);
  const calls = [
    () => view.asBuffer(),
    () => view.viewAs('b'),
    () => memory.view(),
    () => memory.lend(),
    () => struct.iterUnpack('i', view),
    () => memoryview(typed),
  ];
  for (const call of calls) expectThrown(call, 'ERR_RELEASED');
});
