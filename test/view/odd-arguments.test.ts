/** Arguments that look right until they are used. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { allocate, array, attach, BufferError, memory, unshare, zeros } from '../../src/index.js';
import { thrown } from '../memory/thrown.js';

function revokedFunction(): () => void {
  const { proxy, revoke } = Proxy.revocable(() => {}, {});
  revoke();
  return proxy;
}

test('borrow refuses a function that is a revoked proxy, and pins nothing', () => {
  const block = allocate(8);
  const view = block.view();
  expect(thrown(() => view.borrow(revokedFunction()))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  expect(thrown(() => block.borrow(revokedFunction()))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  block.release();
  expect(view.released).toBe(true);
});

for (const key of ['constructor', 'then', 'finally'] as const) {
  test(`a borrow ends with its promise, also where that promise redefines "${key}"`, async () => {
    const block = allocate(8);
    const promise = Promise.resolve(1);
    Object.defineProperty(promise, key, {
      get(): unknown {
        throw new Error('ours');
      },
    });
    try {
      await block.borrow(() => promise);
    } catch (error) {
      expect(error).toMatchObject({ message: 'ours' });
    }
    block.release();
    expect(block.released).toBe(true);
  });
}

const custom = inspect.custom as unknown;

function inspected(view: object, depth: unknown, options: unknown): unknown {
  const method: unknown = Reflect.get(view, custom as symbol);
  return Reflect.apply(method as (depth: unknown, options: unknown) => unknown, view, [depth, options]);
}

test('inspect takes any depth and any options', () => {
  const view = array([1, 2, 3], 'B');
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const wrong of [null, undefined, Symbol('s'), 1n, 'x', Object.create(null), () => 1]) {
    expect(inspected(view, wrong, wrong)).toMatch(/\[1, 2, 3\]/);
    expect(inspected(view, 2, { breakLength: wrong })).toMatch(/\[1, 2, 3\]/);
  }
  expect(thrown(() => inspected(view, 2, proxy))).toMatchObject({ code: 'ERR_INVALID_ARG' });
});

test('inspect options that release the memory while they are read show a released view', () => {
  const view = zeros(3, 'i');
  const options = {
    get breakLength(): number {
      view.release();
      return 40;
    },
  };
  expect(inspected(view, 2, options)).toBe('<released memory>');
});

test('a BufferError made by hand takes any message', () => {
  const make = (message: unknown): unknown => Reflect.construct(BufferError, ['ERR_RELEASED', message]);
  expect(make(Object.create(null))).toMatchObject({ code: 'ERR_RELEASED', message: 'an object' });
  expect(make(Symbol('s'))).toMatchObject({ message: 'Symbol(s)' });
});

test('slice refuses a range that is a proxy and is revoked while it is read', () => {
  const view = zeros(9, 'i');
  const square = zeros([3, 3], 'i');
  const revoked = (): number[] => {
    const { proxy, revoke } = Proxy.revocable([0, 2, 1], {
      get(target, key): unknown {
        revoke();
        return Reflect.get(target, key);
      },
    });
    return proxy;
  };
  const part = (): [number, number] => revoked() as [number, number];
  expect(thrown(() => view.slice(part()))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  expect(thrown(() => square.slice(part(), [0, 1]))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  expect(thrown(() => square.slice([0, 1], part()))).toMatchObject({ code: 'ERR_INVALID_ARG' });
});

test('attach and unshare refuse an object that inherits from a typed array or is a proxy of one', () => {
  const bytes = new Uint8Array(8);
  for (const given of [new Proxy(bytes, {}), Object.create(bytes)]) {
    expect(thrown(() => attach(given))).toMatchObject({ code: 'ERR_INVALID_ARG' });
    expect(thrown(() => unshare(given))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  }
});

test("a snapshot compares with snapshots only, and can't be changed", () => {
  const snapshot = memory.snapshot();
  const { proxy, revoke } = Proxy.revocable(snapshot, {});
  expect(thrown(() => snapshot.compareTo(proxy))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  revoke();
  expect(thrown(() => snapshot.compareTo(proxy))).toMatchObject({ code: 'ERR_INVALID_ARG' });
  expect(Object.isFrozen(snapshot)).toBe(true);
  expect(snapshot.every((block) => Object.isFrozen(block))).toBe(true);
});

test('a progress function that is revoked in the middle of a copy rejects it with a code', async () => {
  // Long enough for more than one call.
  const source = zeros(40 * 2 ** 20, 'B');
  const { proxy, revoke } = Proxy.revocable((): void => {}, {
    apply: (): void => revoke(),
  });
  const copy = source.copyAsync({ onProgress: proxy });
  await expect(copy).rejects.toMatchObject({ code: 'ERR_INVALID_ARG' });
  source.release();
});
