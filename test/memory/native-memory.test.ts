/** NativeMemory: its properties, borrow, release, and refusals. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { binding } from '../../src/binding.js';
import { allocate } from '../../src/memory/allocate.js';
import { NativeMemory, pinMemory, unpinMemory } from '../../src/memory/native-memory.js';
import { thrown } from './thrown.js';

describe('attributes', () => {
  test('memory says how large it is, where, of which kind, and under which label', () => {
    const memory = allocate(1000, { label: 'samples' });
    expect(memory.nbytes).toBe(1000);
    expect(memory.kind).toBe('heap');
    expect(memory.label).toBe('samples');
    expect(memory.readonly).toBe(false);
    expect(memory.released).toBe(false);
    expect(memory.address).toBe(binding.addressOf(memory.buffer));
    expect(allocate(1).label).toBeUndefined();
  });

  test('the buffer is the same ArrayBuffer each time, as long as the memory', () => {
    const memory = allocate(1000);
    expect(memory.buffer).toBeInstanceOf(ArrayBuffer);
    expect(memory.buffer).toBe(memory.buffer);
    expect(memory.buffer.byteLength).toBe(1000);
  });

  test('inspect prints it as Python 2 printed a buffer', () => {
    const memory = allocate(8_000_000);
    const address = memory.address.toString(16);
    const printed = new RegExp(
      `^<read-write buffer for 0x${address}, size 8000000, offset 0 at 0x[0-9a-f]{8,}>$`,
    );
    expect(inspect(memory)).toMatch(printed);
    memory.release();
    expect(inspect(memory)).toBe('<released buffer, size 8000000>');
  });

  test('the class and its prototype can be inspected', () => {
    expect(inspect(NativeMemory)).toContain('NativeMemory');
    // Deno names the prototype's own.
    expect(inspect(NativeMemory.prototype)).toMatch(/^(Object <\{\}> )?\{\}$/);
    expect(inspect(Object.create(NativeMemory.prototype))).toBe('NativeMemory {}');
  });

  test('only the library makes one', () => {
    expect(thrown(() => Reflect.construct(NativeMemory, []))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG',
      message: 'NativeMemory: has no public constructor; use allocate(nbytes) to make one',
    });
    expect(thrown(() => Reflect.construct(NativeMemory, [Symbol('constructor key'), {}])).code).toBe(
      'ERR_INVALID_ARG',
    );
  });

  test('members refuse a receiver that is no NativeMemory', () => {
    const members = ['nbytes', 'address', 'kind', 'label', 'readonly', 'released', 'buffer'];
    for (const receiver of [{}, new Proxy(allocate(1), {}), Object.create(NativeMemory.prototype)]) {
      for (const name of members) {
        expect(thrown(() => Reflect.get(NativeMemory.prototype, name, receiver)).code).toBe(
          'ERR_INVALID_ARG',
        );
      }
      for (const method of [NativeMemory.prototype.release, NativeMemory.prototype[Symbol.dispose]]) {
        expect(thrown(() => Reflect.apply(method, receiver, [])).code).toBe('ERR_INVALID_ARG');
      }
      expect(thrown(() => NativeMemory.prototype.borrow.call(receiver, () => 1)).code).toBe(
        'ERR_INVALID_ARG',
      );
    }
  });

  test.each(['transfer', 'transferToFixedLength', 'transferToImmutable', 'resize'])(
    'the buffer refuses to %s, and names share()',
    (name) => {
      const { buffer } = allocate(64);
      const refusal = thrown(() => Reflect.apply(Reflect.get(buffer, name), buffer, [0]));
      expect(refusal).toMatchObject({ name: 'TypeError', code: 'ERR_UNSUPPORTED' });
      expect(refusal.message).toContain('share()');
      expect(buffer.byteLength).toBe(64);
      expect(Object.keys(buffer)).toEqual([]);
    },
  );
});

describe('release', () => {
  test('release empties the buffer and every TypedArray over it, at once', () => {
    const memory = allocate(64);
    const { buffer } = memory;
    const doubles = new Float64Array(buffer);
    memory.release();
    expect(memory.released).toBe(true);
    expect(memory.buffer).toBe(buffer);
    expect(buffer.byteLength).toBe(0);
    expect(doubles.length).toBe(0);
    expect(memory.nbytes).toBe(64);
  });

  test('releasing twice does nothing, and waiting for it resolves', async () => {
    const memory = allocate(0);
    memory.release();
    expect(memory.released).toBe(true);
    expect(memory.release()).toBeUndefined();
    await expect(memory.release({ wait: true })).resolves.toBeUndefined();
  });

  test('Symbol.dispose releases', () => {
    const memory = allocate(10);
    memory[Symbol.dispose]();
    expect(memory.released).toBe(true);
  });

  test('release takes only wait, a boolean', () => {
    const memory = allocate(10);
    const release = (options: unknown) => thrown(() => Reflect.apply(memory.release, memory, [options]));
    expect(release({ weit: true })).toMatchObject({
      code: 'ERR_INVALID_ARG',
      message: 'release: unknown option "weit"; did you mean "wait"?',
    });
    expect(release({ wait: 1 }).code).toBe('ERR_INVALID_ARG');
    expect(release(true).code).toBe('ERR_INVALID_ARG');
    expect(memory.released).toBe(false);
  });

  test('a getter of the options that releases the memory makes the release a second one', () => {
    const memory = allocate(10);
    const options = {
      get wait(): false {
        memory.release();
        return false;
      },
    };
    expect(memory.release(options)).toBeUndefined();
    expect(memory.released).toBe(true);
  });

  test('while pinned it is refused, with all holders by name, and nothing changes', () => {
    const memory = allocate(10);
    pinMemory(memory, 'borrow');
    pinMemory(memory, 'borrow');
    expect(thrown(() => memory.release())).toMatchObject({
      name: 'BufferError',
      code: 'ERR_EXPORTED',
      message: 'release: the memory is borrowed (2 borrows); await them first',
    });
    pinMemory(memory, 'copyFromAsync');
    expect(thrown(() => memory.release()).message).toBe(
      'release: the memory is held (2 borrows, 1 copyFromAsync); await them first',
    );
    expect(memory.buffer.byteLength).toBe(10);
    unpinMemory(memory, 'borrow');
    unpinMemory(memory, 'copyFromAsync');
    expect(thrown(() => memory.release()).message).toBe(
      'release: the memory is borrowed (1 borrow); await it first',
    );
    unpinMemory(memory);
    memory.release();
    expect(memory.released).toBe(true);
  });

  test('a pin too many taken off is ignored', () => {
    const memory = allocate(10);
    unpinMemory(memory, 'borrow');
    pinMemory(memory, 'borrow');
    expect(thrown(() => memory.release()).code).toBe('ERR_EXPORTED');
  });

  test('of every second of many memories takes none of the mappings that a process can have', (context) => {
    if (process.platform !== 'linux') context.skip('only Linux limits the mappings of a process');
    const mappings = (): number => readFileSync('/proc/self/maps', 'utf8').split('\n').length;
    const memories = Array.from({ length: 4000 }, () => allocate(16 * 1024));
    for (const memory of memories) new Uint8Array(memory.buffer).fill(1);
    const before = mappings();
    memories.forEach((memory, i) => {
      if (i % 2 === 0) memory.release();
    });
    // 2000 without neighbours, had each become a mapping of its own; some are moved away, for the next allocations.
    expect(mappings() - before).toBeLessThan(1100);
    for (const memory of memories) memory.release();
  });

  test('with wait it resolves when the last pin has gone', async () => {
    const memory = allocate(10);
    pinMemory(memory, 'borrow');
    pinMemory(memory, 'borrow');
    const order: string[] = [];
    const waits = [memory.release({ wait: true }), memory.release({ wait: true })];
    for (const wait of waits) wait?.then(() => order.push(`released ${memory.released}`));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('first');
    unpinMemory(memory);
    await new Promise((resolve) => setImmediate(resolve));
    order.push('second');
    expect(memory.released).toBe(false);
    unpinMemory(memory);
    await Promise.all(waits);
    expect(order).toEqual(['first', 'second', 'released true', 'released true']);
  });

  test('a released memory cannot be pinned', () => {
    const memory = allocate(10);
    memory.release();
    expect(thrown(() => pinMemory(memory, 'copyFromAsync'))).toMatchObject({
      name: 'BufferError',
      code: 'ERR_RELEASED',
      message: 'copyFromAsync: the memory is released',
    });
  });
});

describe('borrow', () => {
  test('borrow hands the memory over, returns the result, and forbids a release meanwhile', () => {
    const memory = allocate(10);
    const result = memory.borrow((lent) => {
      expect(lent).toBe(memory);
      return thrown(() => memory.release()).code;
    });
    expect(result).toBe('ERR_EXPORTED');
    memory.release();
    expect(memory.released).toBe(true);
  });

  test('a function that throws gives the memory back', () => {
    const memory = allocate(10);
    const fault = new Error('mine');
    expect(() =>
      memory.borrow(() => {
        throw fault;
      }),
    ).toThrow(fault);
    memory.release();
    expect(memory.released).toBe(true);
  });

  test('a promise keeps the memory until it settles, either way', async () => {
    for (const settle of [() => 'done', () => Promise.reject(new Error('mine'))]) {
      const memory = allocate(10);
      const borrowed = memory.borrow(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return settle();
      });
      expect(thrown(() => memory.release()).code).toBe('ERR_EXPORTED');
      await borrowed.then(
        (value) => expect(value).toBe('done'),
        (error: Error) => expect(error.message).toBe('mine'),
      );
      memory.release();
      expect(memory.released).toBe(true);
    }
  });

  test('a thenable is waited for, once', async () => {
    const memory = allocate(10);
    let calls = 0;
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
    const lazy = { then: (done: (value: number) => void) => setImmediate(done, ++calls) };
    const result: unknown = memory.borrow(() => lazy);
    expect(thrown(() => memory.release()).code).toBe('ERR_EXPORTED');
    expect(await result).toBe(1);
    memory.release();
  });

  test('a then getter that throws gives the memory back and goes through unchanged', () => {
    const memory = allocate(10);
    const fault = new Error('mine');
    const hostile = Object.defineProperty({}, 'then', {
      get() {
        throw fault;
      },
    });
    expect(() => memory.borrow(() => hostile)).toThrow(fault);
    memory.release();
  });

  test('borrow takes only a function, and only of live memory', () => {
    const memory = allocate(10);
    expect(thrown(() => Reflect.apply(memory.borrow, memory, [5])).code).toBe('ERR_INVALID_ARG');
    memory.release();
    let called = false;
    expect(
      thrown(() =>
        memory.borrow(() => {
          called = true;
        }),
      ).code,
    ).toBe('ERR_RELEASED');
    expect(called).toBe(false);
  });
});
