/** wrapPointer: memory of another library, its owner, and its release, exactly once. */
import { describe, expect, test } from 'vitest';
import { allocate, memory, wrapPointer } from '../../src/index.js';
import { thrown } from './thrown.js';

const wrapAny = (...args: unknown[]): unknown => Reflect.apply(wrapPointer, undefined, args);
const turn = (): Promise<void> => new Promise((next) => setImmediate(next));

/** Collects until `done` returns true; false when it never does. */
async function collected(done: () => boolean): Promise<boolean> {
  for (let i = 0; i < 50; i++) {
    // A deref keeps its target until the end of the turn.
    await turn();
    globalThis.gc?.();
    await turn();
    if (done()) return true;
  }
  return false;
}

describe('looking', () => {
  test('a wrapped pointer shows the memory that is there', () => {
    const source = allocate(64);
    const wrapped = wrapPointer(source.address + 8n, 16);
    wrapped.view('H').set(1, 0x1234);
    expect(source.view('H').get(5)).toBe(0x1234);
    expect(wrapped.kind).toBe('foreign');
    expect(wrapped.address).toBe(source.address + 8n);
    expect(wrapped.nbytes).toBe(16);
    wrapped.release();
    expect(source.view('H').get(5)).toBe(0x1234);
  });

  test('two wrappers of one pointer live and end apart', () => {
    const source = allocate(16);
    const [a, b] = [wrapPointer(source.address, 16), wrapPointer(source.address, 8)];
    a.view().set(0, 7);
    a.release();
    expect(b.view().get(0)).toBe(7);
  });

  test('readonly memory refuses writes', () => {
    const source = allocate(16);
    const wrapped = wrapPointer(source.address, 16, { readonly: true, label: 'theirs' });
    expect(wrapped.readonly).toBe(true);
    expect(wrapped.label).toBe('theirs');
    expect(thrown(() => wrapped.view().set(0, 1))).toMatchObject({ code: 'ERR_READONLY' });
  });

  test('no bytes at an address are memory of size 0', () => {
    const calls: number[] = [];
    const source = allocate(16);
    const wrapped = wrapPointer(source.address, 0, { release: (_, nbytes) => calls.push(nbytes) });
    expect(wrapped.view().toBytes()).toHaveLength(0);
    wrapped.release();
    expect(calls).toEqual([0]);
  });
});

describe('a JS release function', () => {
  test('is called at the release, once, with address and size, when views have ended', async () => {
    const source = allocate(16);
    const calls: unknown[] = [];
    const wrapped = wrapPointer(source.address, 16, {
      release: (...args) => calls.push([...args, view.released]),
    });
    const view = wrapped.view();
    wrapped.release();
    expect(calls).toEqual([[source.address, 16, true]]);
    wrapped.release();
    await turn();
    expect(calls).toHaveLength(1);
  });

  test('waits for the last pin', async () => {
    const source = allocate(16);
    let calls = 0;
    const wrapped = wrapPointer(source.address, 16, { release: () => calls++ });
    let finish = (): void => {};
    const borrowed = wrapped.borrow(
      () =>
        new Promise<void>((done) => {
          finish = done;
        }),
    );
    expect(thrown(() => wrapped.release())).toMatchObject({ code: 'ERR_EXPORTED' });
    const released = wrapped.release({ wait: true });
    expect(calls).toBe(0);
    finish();
    await borrowed;
    await released;
    expect(calls).toBe(1);
  });

  test('runs at the end of a using block', () => {
    const source = allocate(16);
    let calls = 0;
    {
      using wrapped = wrapPointer(source.address, 16, { release: () => calls++ });
      expect(wrapped.view().get(0)).toBe(0);
    }
    expect(calls).toBe(1);
  });

  test('is called for memory that was dropped, and its error goes nowhere else', async () => {
    const source = allocate(16);
    let calls = 0;
    (() =>
      wrapPointer(source.address, 16, { release: () => calls++ })
        .view()
        .get(0))();
    expect(await collected(() => calls === 1)).toBe(true);
    await turn();
    expect(calls).toBe(1);
  });

  test('that throws makes release throw, after the memory has ended', () => {
    const source = allocate(16);
    const wrapped = wrapPointer(source.address, 16, {
      release: () => {
        throw new Error('on purpose');
      },
    });
    expect(thrown(() => wrapped.release())).toMatchObject({ message: 'on purpose' });
    expect(wrapped.released).toBe(true);
    wrapped.release();
  });

  test('is called in this thread when a handle held the memory last', async () => {
    const source = allocate(16);
    const calls: unknown[] = [];
    const wrapped = wrapPointer(source.address, 16, { release: (address) => calls.push(address) });
    const handle = wrapped.share();
    wrapped.release();
    expect(calls).toEqual([]);
    const { unshare } = await import('../../src/index.js');
    unshare(handle);
    for (let i = 0; i < 100 && calls.length === 0; i++) await turn();
    expect(calls).toEqual([source.address]);
  });
});

describe('an owner', () => {
  test('lives as long as the memory does', async () => {
    const source = allocate(16);
    const held: unknown[] = [];
    const owner = (() => {
      const library = { name: 'theirs' };
      held.push(wrapPointer(source.address, 16, { owner: library }));
      return new WeakRef(library);
    })();
    expect(await collected(() => owner.deref() === undefined)).toBe(false);
    expect(held).toHaveLength(1);
    held.length = 0;
    expect(await collected(() => owner.deref() === undefined)).toBe(true);
  });

  test('gets its memory back only when the ArrayBuffer is dead from which other code moved the bytes', async (context) => {
    const transfer: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
    if (typeof transfer !== 'function')
      return context.skip('this runtime has no ArrayBuffer.prototype.transfer');
    const source = allocate(16);
    const calls: bigint[] = [];
    const held: ArrayBuffer[] = [];
    (() => {
      const wrapped = wrapPointer(source.address, 16, { release: (address) => calls.push(address) });
      // An operation of the runtime's own may hold the object alone, and work on the bytes.
      held.push(wrapped.buffer);
      Reflect.apply(transfer, wrapped.buffer, []);
    })();
    expect(await collected(() => calls.length > 0)).toBe(false);
    held.length = 0;
    expect(await collected(() => calls.length > 0)).toBe(true);
  });

  test('that knows the memory does not keep both for ever', async () => {
    const source = allocate(16);
    const owner = (() => {
      const image: { pixels?: unknown } = {};
      image.pixels = wrapPointer(source.address, 16, { owner: image }).view();
      return new WeakRef(image);
    })();
    expect(await collected(() => owner.deref() === undefined)).toBe(true);
  });

  test('is kept while the memory is on its way to another thread', async () => {
    const source = allocate(16);
    const { owner, handle } = (() => {
      const library = { name: 'theirs' };
      const wrapped = wrapPointer(source.address, 16, { owner: library });
      return { owner: new WeakRef(library), handle: wrapped.share() };
    })();
    expect(await collected(() => owner.deref() === undefined)).toBe(false);
    const { unshare } = await import('../../src/index.js');
    unshare(handle);
    expect(await collected(() => owner.deref() === undefined)).toBe(true);
  });
});

test('an owner is kept once native code was offered the memory, until that has ended', async () => {
  const source = allocate(16);
  const { owner, wrapped } = (() => {
    const library = { name: 'theirs' };
    return { owner: new WeakRef(library), wrapped: wrapPointer(source.address, 16, { owner: library }) };
  })();
  expect(Reflect.get(wrapped, Symbol.for('memoryview.exporter.v1'))).toBeDefined();
  wrapped.release();
  expect(await collected(() => owner.deref() === undefined)).toBe(true);
});

describe('refusals', () => {
  const { address } = allocate(64);

  test.each([
    [[0n, 16], 'ERR_OUT_OF_RANGE'],
    [[0, 16], 'ERR_OUT_OF_RANGE'],
    [[-1n, 16], 'ERR_OUT_OF_RANGE'],
    [[2n ** 64n - 8n, 16], 'ERR_OUT_OF_RANGE'],
    [[2n ** 70n, 16], 'ERR_OUT_OF_RANGE'],
    [[2n ** 53n - 10n, 100], 'ERR_OUT_OF_RANGE'],
    [[address, -1], 'ERR_OUT_OF_RANGE'],
    [[address, Number.MAX_SAFE_INTEGER], 'ERR_OUT_OF_RANGE'],
    [[address, 1.5], 'ERR_INVALID_ARG'],
    [[address], 'ERR_INVALID_ARG'],
    [['0x10', 16], 'ERR_INVALID_ARG'],
    [[undefined, 16], 'ERR_INVALID_ARG'],
    [[address, 16, { release: 5 }], 'ERR_INVALID_ARG'],
    [[address, 16, { release: null }], 'ERR_INVALID_ARG'],
    [[address, 16, { release: {} }], 'ERR_INVALID_ARG'],
    [[address, 16, { release: { fn: 5 } }], 'ERR_INVALID_ARG'],
    [[address, 16, { release: { fn: 0n } }], 'ERR_OUT_OF_RANGE'],
    [[address, 16, { release: { fn: 2n ** 64n } }], 'ERR_OUT_OF_RANGE'],
    [[address, 16, { release: { fn: 1n, arg: -1n } }], 'ERR_OUT_OF_RANGE'],
    [[address, 16, { free: 5 }], 'ERR_INVALID_ARG'],
    [[address, 16, { readonly: 1 }], 'ERR_INVALID_ARG'],
  ])('%o', (args, code) => {
    // Not the blocks that are live: garbage of other tests may go at any time.
    const { allocated } = memory.stats();
    expect(thrown(() => wrapAny(...args))).toMatchObject({ code });
    expect(memory.stats().allocated).toBe(allocated);
  });

  test('nothing is given back when wrapping is refused', () => {
    let calls = 0;
    expect(thrown(() => wrapAny(0n, 16, { release: () => calls++ }))).toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
    });
    expect(calls).toBe(0);
  });
});
