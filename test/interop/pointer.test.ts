/** memoryview/pointer: bytes at addresses, of memory that these tests own. */
import { describe, expect, it } from 'vitest';
import { allocate, array, cdef, memoryview, zeros } from '../../src/index.js';
import { copyFrom, copyTo, deref, read, readString, write } from '../../src/interop/pointer.js';
import { simulated } from '../refusal.js';

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'nothing was thrown';
}

describe('read and write', () => {
  it('read an item of any format at an address', () => {
    const { point } = cdef('typedef struct { int x; double y; char name[4]; } point;');
    const memory = allocate(64);
    const view = memory.view(point, 2);
    view.set(1, { x: 3, y: 4.5, name: Buffer.from('ab') });
    const address = memory.address + 24n;
    expect(read(address, point)).toEqual({ x: 3, y: 4.5, name: Buffer.from('ab\0\0') });
    expect(read(address, 'i')).toBe(3);
    expect(read(address, '>i')).toBe(3 * 2 ** 24);
    expect(read(Number(address), 'B')).toBe(3);
    expect(read(address + 8n, 'float64')).toBe(4.5);
    write(address, 'q', 2n ** 40n);
    expect(memory.view('q').get(3)).toBe(2n ** 40n);
    memory.release();
  });

  it('leave the padding of a record as it is', () => {
    const memory = allocate(16);
    memory.view('B').fill(0xff);
    write(memory.address, 'T{b:a:i:b:}', { a: 1, b: 2 });
    expect(memory.view('B').hex(' ')).toBe('01 ff ff ff 02 00 00 00 ff ff ff ff ff ff ff ff');
    memory.release();
  });

  it('take items that are longer than what passes through', () => {
    const memory = allocate(100_000);
    write(
      memory.address,
      '(10000)d',
      Array.from({ length: 10_000 }, (_, i) => i),
    );
    const values = read(memory.address, '(10000)d') as number[];
    expect([values[0], values[9999], values.length]).toEqual([0, 9999, 10_000]);
    memory.release();
  });

  it('write nothing where the value does not fit, or where reading it fails', () => {
    const memory = allocate(8);
    expect(codeOf(() => write(memory.address, 'B', 256))).toBe('ERR_OUT_OF_RANGE');
    expect(codeOf(() => write(memory.address, 'T{B:a:B:b:}', { a: 1, b: 'x' }))).toBe('ERR_INVALID_ARG');
    expect(memory.view('Q').get(0)).toBe(0n);
    memory.release();
  });

  it('read the value’s own getters before anything passes through', () => {
    const memory = allocate(16);
    memory.view('i').set(3, 77);
    const value = {
      a: 5,
      get b(): number {
        return read(memory.address + 12n, 'i') as number;
      },
    };
    write(memory.address, 'T{i:a:i:b:}', value);
    expect(memory.view('i').toArray()).toEqual([5, 77, 0, 77]);
    memory.release();
  });
});

describe('an address that can’t be right', () => {
  it('is refused: null, the first page, beyond the end, no integer', () => {
    const view = zeros(4, 'd');
    for (const address of [0n, 0, 1n, 4095n, -1n, 2n ** 64n, 2n ** 64n - 1n]) {
      const calls = [
        () => read(address, 'd'),
        () => write(address, 'd', 1),
        () => copyFrom(view, address),
        () => copyTo(view, address),
      ];
      for (const call of calls) expect(codeOf(call), String(address)).toBe('ERR_OUT_OF_RANGE');
    }
    expect(codeOf(() => readString(0n))).toBe('ERR_OUT_OF_RANGE');
    expect(() => read(0n, 'd')).toThrow('read: the address is 0n, a null pointer, expected 4096 or more');
    for (const address of ['4096', 1.5, null, undefined, {}, Number.NaN]) {
      expect(codeOf(() => Reflect.apply(read, undefined, [address, 'd']))).toBe('ERR_INVALID_ARG');
    }
    expect(codeOf(() => copyFrom(zeros(0, 'd'), 0n))).toBe('ERR_OUT_OF_RANGE');
    expect(codeOf(() => read(4096n, 'O'))).toBe('ERR_UNSUPPORTED');
    expect(codeOf(() => read(4096n, 'T{'))).toBe('ERR_FORMAT');
    view.release();
  });
});

describe('readString', () => {
  it('reads up to the zero, in any encoding', () => {
    const memory = allocate(8192);
    const bytes = memory.view('B').asBuffer();
    bytes.write('grüße\0rest', 'utf8');
    expect(readString(memory.address)).toBe('grüße');
    bytes.write('gr\xfc\0', 'latin1');
    expect(readString(memory.address, { encoding: 'latin1' })).toBe('gr\xfc');
    bytes.write('aĀb\0', 'utf16le');
    expect(readString(memory.address, { encoding: 'utf16le' })).toBe('aĀb');
    bytes.fill('x', 0, 8000).fill(0, 8000);
    expect(readString(memory.address)).toBe('x'.repeat(8000));
    memory.release();
  });

  it('stops at maxBytes without a zero', () => {
    const memory = allocate(16);
    memory.view('B').fill(0x41);
    expect(readString(memory.address, { maxBytes: 16 })).toBe('A'.repeat(16));
    expect(readString(memory.address, { maxBytes: 0 })).toBe('');
    expect(readString(memory.address, { encoding: 'utf16le', maxBytes: 3 })).toBe('\u4141');
    expect(codeOf(() => readString(memory.address, { maxBytes: -1 }))).toBe('ERR_OUT_OF_RANGE');
    expect(codeOf(() => Reflect.apply(readString, undefined, [memory.address, { encoding: 'x' }]))).toBe(
      'ERR_OUT_OF_RANGE',
    );
    expect(codeOf(() => Reflect.apply(readString, undefined, [memory.address, { max: 1 }]))).toBe(
      'ERR_INVALID_ARG',
    );
    memory.release();
  });
});

describe('copyFrom and copyTo', () => {
  it('move the items of any layout, in C order', () => {
    const source = array([1, 2, 3, 4, 5, 6], 'i');
    const target = zeros([4, 6], 'i');
    const slice = target.slice('::-2, ::2').slice('0:2');
    copyFrom(slice, source.address);
    expect(target.toArray()).toEqual([
      [0, 0, 0, 0, 0, 0],
      [4, 0, 5, 0, 6, 0],
      [0, 0, 0, 0, 0, 0],
      [1, 0, 2, 0, 3, 0],
    ]);
    const back = zeros(6, 'i');
    copyTo(slice, back.address);
    expect(back.toArray()).toEqual([1, 2, 3, 4, 5, 6]);
    copyTo(new Int32Array([9, 8]), back.address);
    expect(back.toArray()).toEqual([9, 8, 3, 4, 5, 6]);
  });

  it('read all before they write, where both overlap', () => {
    const view = array([1, 2, 3, 4, 5], 'i');
    copyFrom(view.slice('1:'), view.address);
    expect(view.toArray()).toEqual([1, 1, 2, 3, 4]);
    copyFrom(view.slice('::-1'), view.address);
    expect(view.toArray()).toEqual([4, 3, 2, 1, 1]);
    copyTo(view.slice('::-1'), view.address);
    expect(view.toArray()).toEqual([1, 1, 2, 3, 4]);
  });

  it('keep the order of items that share bytes', () => {
    const view = zeros(3, 'B');
    const source = array([1, 2, 3, 4], 'B');
    copyFrom(view.asStrided([2, 2], [1, 1]), source.address);
    expect(view.toArray()).toEqual([1, 3, 4]);
  });

  it('refuse read-only and released views', () => {
    const source = zeros(4, 'd');
    expect(codeOf(() => copyFrom(zeros(2, 'd').toReadonly(), source.address))).toBe('ERR_READONLY');
    const gone = allocate(16);
    const view = gone.view('d');
    gone.release();
    expect(codeOf(() => copyFrom(view, source.address))).toBe('ERR_RELEASED');
    expect(codeOf(() => copyTo(view, source.address))).toBe('ERR_RELEASED');
    expect(codeOf(() => Reflect.apply(copyTo, undefined, ['text', source.address]))).toBe('ERR_INVALID_ARG');
  });
});

describe.skipIf(simulated)('deref', () => {
  const { node } = cdef('typedef struct node { struct node *next; int value; const char *name; } node;');

  function chain(): { memory: ReturnType<typeof allocate>; nodes: ReturnType<typeof zeros> } {
    const memory = allocate(4096);
    const nodes = memory.view(node, 3 + 167).slice('0:3');
    memory.view('B').asBuffer().write('hello\0', 4080);
    for (let i = 0; i < 3; i++) {
      nodes.set(i, {
        next: i < 2 ? memory.address + BigInt(24 * (i + 1)) : 0n,
        value: i,
        name: memory.address + 4080n,
      });
    }
    return { memory, nodes };
  }

  it('looks at what a pointer leads to', () => {
    const { memory, nodes } = chain();
    const second = deref(nodes.slice(0), 'next', node);
    expect(second.shape).toEqual([]);
    expect(second.get()).toMatchObject({ value: 1 });
    const third = deref(second, 'next', node);
    expect(third.get()).toMatchObject({ value: 2, next: 0n });
    expect(codeOf(() => deref(third, 'next', node))).toBe('ERR_OUT_OF_RANGE');
    expect(deref(nodes, [1, 'name'], 'B', 5).decode()).toBe('hello');
    third.field('value').set(42);
    expect(nodes.field('value').toArray()).toEqual([0, 1, 42]);
    memory.release();
  });

  it('ends with the record’s memory, and pins it', async () => {
    const { memory, nodes } = chain();
    const second = deref(nodes, [0, 'next'], node);
    const third = deref(second, 'next', node);
    third.borrow(() => {
      expect(codeOf(() => memory.release())).toBe('ERR_EXPORTED');
    });
    let end: () => void = () => undefined;
    const held = third.borrow(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    const released = memory.release({ wait: true });
    setImmediate(() => end());
    await Promise.all([held, released]);
    expect([second.released, third.released]).toEqual([true, true]);
    expect(codeOf(() => third.get())).toBe('ERR_RELEASED');
    expect(codeOf(() => deref(nodes, [0, 'next'], node))).toBe('ERR_RELEASED');
  });

  it('follows nested names, and pointers by themselves', () => {
    const target = array([1.5, 2.5], 'd');
    const outer = zeros(1, 'T{T{P:p:}:in:P:a.b:}');
    outer.set(0, { in: { p: target.address }, 'a.b': target.address + 8n });
    expect(deref(outer, 'in.p', 'd', [2]).toArray()).toEqual([1.5, 2.5]);
    expect(deref(outer, 'a.b', 'd').get()).toBe(2.5);
    const pointers = memoryview(new BigUint64Array([target.address]))
      .cast('B')
      .cast('P');
    expect(deref(pointers, [0], 'd').get()).toBe(1.5);
    expect(deref(pointers.toReadonly(), '', 'd').readonly).toBe(true);
  });

  it('refuses a path that leads to no pointer, or to several', () => {
    const { memory, nodes } = chain();
    expect(codeOf(() => deref(nodes, 'next', node))).toBe('ERR_INVALID_ARG');
    expect(codeOf(() => deref(nodes, [0, 'value'], node))).toBe('ERR_INVALID_ARG');
    expect(codeOf(() => deref(nodes, [0, 'nothing'], node))).toBe('ERR_INVALID_ARG');
    expect(codeOf(() => deref(nodes, [9, 'next'], node))).toBe('ERR_OUT_OF_BOUNDS');
    expect(codeOf(() => Reflect.apply(deref, undefined, [nodes, 1, node]))).toBe('ERR_INVALID_ARG');
    expect(codeOf(() => Reflect.apply(deref, undefined, [new Uint8Array(8), '', 'd']))).toBe(
      'ERR_INVALID_ARG',
    );
    memory.release();
  });
});
