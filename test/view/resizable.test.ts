/** Buffers that change their length under a view: resizable ArrayBuffers, growable shared ones, and wasm memory. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buffer, MemoryView, memoryview, struct, zeros } from '../../src/index.js';
import { expectThrown } from './thrown.js';

function resizable(nbytes: number): ArrayBuffer & { resize(nbytes: number): void } {
  // The option and the method are not in this lib of TypeScript's.
  const made = Reflect.construct(ArrayBuffer, [nbytes, { maxByteLength: 64 }]) as ArrayBuffer;
  return Object.assign(made, {
    resize: (length: number) => Reflect.apply(Reflect.get(ArrayBuffer.prototype, 'resize'), made, [length]),
  });
}

describe('a view of a resizable ArrayBuffer that shrank below what the view reaches', () => {
  it.each([
    ['get', (v: MemoryView) => v.get(0)],
    ['set', (v: MemoryView) => v.set(0, 1)],
    ['slice', (v: MemoryView) => v.slice(0)],
    ['shape', (v: MemoryView) => v.shape],
    ['toArray', (v: MemoryView) => v.toArray()],
    ['toBytes', (v: MemoryView) => v.toBytes()],
    ['fill', (v: MemoryView) => v.fill(1)],
    ['copyFrom', (v: MemoryView) => v.copyFrom(zeros(16, 'B'))],
    ['asTypedArray', (v: MemoryView) => v.asTypedArray()],
    ['asBuffer', (v: MemoryView) => v.asBuffer()],
    ['iteration', (v: MemoryView) => [...v]],
    ['indexOf', (v: MemoryView) => v.indexOf(0)],
    ['struct.unpackFrom', (v: MemoryView) => struct.unpackFrom('B', v)],
    ['memoryview', (v: MemoryView) => memoryview(v)],
    ['buffer', (v: MemoryView) => buffer(v)],
    ['a source of copyFrom', (v: MemoryView) => zeros(16, 'B').copyFrom(v)],
    ['borrow', (v: MemoryView) => v.borrow(() => 1)],
  ])('answers ERR_RELEASED from %s, even where the first element is still there', (_, call) => {
    const owner = resizable(16);
    const view = memoryview(owner);
    owner.resize(8);
    expectThrown(() => call(view), 'ERR_RELEASED');
    expect([...new Uint8Array(owner)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('is released, equals only itself, and still prints', () => {
    const owner = resizable(16);
    const view = memoryview(owner);
    const other = memoryview(owner);
    owner.resize(8);
    expect(view.released).toBe(true);
    expect(view.equals(view)).toBe(true);
    expect(view.equals(other)).toBe(false);
    expect(inspect(view)).toBe('<released memory>');
  });

  it('tells in the message how much is left', () => {
    const owner = resizable(16);
    const view = memoryview(owner, { format: 'd' });
    owner.resize(8);
    expectThrown(() => view.get(0), 'ERR_RELEASED', /shrank to 8 bytes/);
    owner.resize(0);
    expectThrown(() => view.get(0), 'ERR_RELEASED');
  });

  it('lives again once the buffer has grown back', () => {
    const owner = resizable(16);
    const view = memoryview(owner);
    owner.resize(4);
    expect(view.released).toBe(true);
    owner.resize(16);
    expect(view.released).toBe(false);
    view.set(15, 7);
    expect(new Uint8Array(owner)[15]).toBe(7);
  });

  it('ends those views only that reach beyond', () => {
    const owner = resizable(16);
    const view = memoryview(owner);
    const head = view.slice('0:8');
    const none = view.slice('16:16');
    owner.resize(8);
    expect([view.released, head.released, none.released]).toEqual([true, false, true]);
    head.set(7, 9);
    expect(head.get(-1)).toBe(9);
  });
});

describe('a resizable ArrayBuffer that grows', () => {
  it('leaves a view the length that it was made with', () => {
    const owner = resizable(8);
    const view = memoryview(owner);
    owner.resize(16);
    expect(view.length).toBe(8);
    expect(memoryview(owner).length).toBe(16);
    view.set(7, 3);
    expect(memoryview(owner).get(7)).toBe(3);
  });

  it('is followed by a buffer() without a size, and clamped by one with a size', () => {
    const owner = resizable(4);
    const open = buffer(owner, 2);
    const sized = buffer(owner, 2, 4);
    expect([open.length, sized.length]).toEqual([2, 2]);
    owner.resize(8);
    expect([open.length, sized.length]).toEqual([6, 4]);
    owner.resize(1);
    expect([open.length, sized.length]).toEqual([0, 0]);
    expect(open.toString()).toBe('');
  });
});

describe('an array over a resizable ArrayBuffer', () => {
  it('is refused where it is out of bounds', () => {
    const owner = resizable(16);
    const arrays = [
      new DataView(owner, 8, 8),
      new Uint8Array(owner, 8, 4),
      new Float64Array(owner, 8),
      Buffer.from(owner, 12, 4),
    ];
    const empty = new Uint8Array(owner, 0, 0);
    owner.resize(4);
    for (const array of arrays) expectThrown(() => memoryview(array), 'ERR_RELEASED', /out of bounds/);
    expect(memoryview(empty).length).toBe(0);
    owner.resize(16);
    expect(arrays.map((array) => memoryview(array).nbytes)).toEqual([8, 4, 8, 4]);
  });

  it('shows the bytes in bounds through a buffer() of it, without an error of equals or inspect', () => {
    const owner = resizable(16);
    const window = buffer(new DataView(owner, 8, 8));
    const other = buffer(Buffer.alloc(8));
    expect(window.equals(other)).toBe(true);
    owner.resize(8);
    expectThrown(() => window.length, 'ERR_RELEASED');
    expect(window.equals(window)).toBe(true);
    expect(window.equals(other)).toBe(false);
    expect(other.equals(window)).toBe(false);
    expect(inspect(window)).toMatch(/^<released read-only buffer/);
  });

  it('follows its length where it has none of its own', () => {
    const owner = resizable(8);
    const tracking = new Uint8Array(owner, 4);
    expect(memoryview(tracking).length).toBe(4);
    owner.resize(16);
    expect(memoryview(tracking).length).toBe(12);
  });
});

describe('a growable SharedArrayBuffer', () => {
  it('keeps its views alive while it grows', () => {
    const owner = Reflect.construct(SharedArrayBuffer, [4, { maxByteLength: 16 }]) as SharedArrayBuffer;
    const view = memoryview(owner);
    view.set(0, 5);
    Reflect.apply(Reflect.get(SharedArrayBuffer.prototype, 'grow'), owner, [16]);
    expect([view.length, view.get(0), view.released]).toEqual([4, 5, false]);
    expect(memoryview(owner).length).toBe(16);
  });
});

describe('a WebAssembly.Memory', () => {
  interface Wasm {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  function wasmMemory(initial: number, shared = false): Wasm {
    const { Memory } = Reflect.get(globalThis, 'WebAssembly') as {
      Memory: new (options: object) => Wasm;
    };
    return new Memory(shared ? { initial, maximum: 4, shared } : { initial });
  }

  it('offers its bytes, and is the obj of its views', () => {
    const wasm = wasmMemory(1);
    const view = memoryview(wasm);
    expect([view.length, view.format, view.readonly]).toEqual([65536, 'B', false]);
    expect(view.obj).toBe(wasm);
    view.set(10, 200);
    expect(new Uint8Array(wasm.buffer)[10]).toBe(200);
  });

  it('ends its views when it grows, since that detaches the buffer', () => {
    const wasm = wasmMemory(1);
    const view = memoryview(wasm);
    view.set(3, 9);
    wasm.grow(1);
    expect(view.released).toBe(true);
    expectThrown(() => view.get(3), 'ERR_RELEASED');
    expectThrown(() => view.set(3, 1), 'ERR_RELEASED');
    const anew = memoryview(wasm);
    expect([anew.length, anew.get(3)]).toEqual([131072, 9]);
  });

  it('ends a view of no pages too', () => {
    const wasm = wasmMemory(0);
    const view = memoryview(wasm);
    expect(view.length).toBe(0);
    wasm.grow(1);
    expect(view.released).toBe(true);
  });

  it('keeps its views when it is shared, since growing detaches nothing then', () => {
    const wasm = wasmMemory(1, true);
    const view = memoryview(wasm);
    wasm.grow(1);
    expect([view.released, view.length]).toEqual([false, 65536]);
  });

  it('ends the rows of an indirect view', () => {
    const wasm = wasmMemory(1);
    const view = MemoryView.indirect([Buffer.alloc(65536), wasm]);
    wasm.grow(1);
    expect(view.released).toBe(true);
    expectThrown(() => view.get(0, 0), 'ERR_RELEASED');
  });
});

describe('a buffer() of a view', () => {
  it('is empty while the ArrayBuffer ends before it, and is back when that has grown', () => {
    const owner = resizable(16);
    const bytes = memoryview(owner).slice([8, 12]);
    const window = buffer(bytes);
    owner.resize(4);
    expect(window.length).toBe(0);
    expect(String(window)).toBe('');
    expect([...window]).toEqual([]);
    expect(window.equals(window.slice())).toBe(true);
    expect(window.slice().length).toBe(0);
    expect(memoryview(window).nbytes).toBe(0);
    expect(inspect(window)).toMatch(/^<read-only buffer for 0x/);
    owner.resize(16);
    bytes.fill(65);
    expect(String(window)).toBe('AAAA');
    expect(String(window.slice(1, 3))).toBe('AA');
  });

  it('is empty also where a typed array lies beyond the end', () => {
    const owner = resizable(16);
    const window = buffer(new Uint8Array(owner, 8, 4));
    owner.resize(2);
    expect(String(window)).toBe('');
    expect(window.equals(window.slice())).toBe(true);
  });
});
