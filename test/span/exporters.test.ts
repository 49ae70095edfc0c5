/** The objects that offer memory, and the view of each. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { allocate, array, buffer, MemoryView, memoryview, registerExporter, zeros } from '../../src/index.js';
import { expectThrown, wrong } from '../view/thrown.js';

const OFFER = Symbol.for('memoryview.buffer');

describe('memoryview over an exporter', () => {
  const shared = new SharedArrayBuffer(8);
  it.each([
    ['Buffer', Buffer.alloc(8), 'B', 8],
    ['Uint8Array', new Uint8Array(8), 'B', 8],
    ['Uint8ClampedArray', new Uint8ClampedArray(8), 'B', 8],
    ['Int8Array', new Int8Array(8), 'b', 8],
    ['Int16Array', new Int16Array(8), 'h', 8],
    ['Uint16Array', new Uint16Array(8), 'H', 8],
    ['Int32Array', new Int32Array(8), 'i', 8],
    ['Uint32Array', new Uint32Array(8), 'I', 8],
    ['BigInt64Array', new BigInt64Array(8), 'q', 8],
    ['BigUint64Array', new BigUint64Array(8), 'Q', 8],
    ['Float32Array', new Float32Array(8), 'f', 8],
    ['Float64Array', new Float64Array(8), 'd', 8],
    ['DataView', new DataView(new ArrayBuffer(8)), 'B', 8],
    ['ArrayBuffer', new ArrayBuffer(8), 'B', 8],
    ['SharedArrayBuffer', shared, 'B', 8],
    ['Int32Array over shared memory', new Int32Array(shared), 'i', 2],
    ['NativeMemory', allocate(8), 'B', 8],
    ['an array of another realm', runInNewContext('new Int16Array(8)') as Int16Array, 'h', 8],
    ['an ArrayBuffer of another realm', runInNewContext('new ArrayBuffer(8)') as ArrayBuffer, 'B', 8],
  ])('of %s has its memory, format and length', (_, exporter, format, length) => {
    const view = memoryview(exporter);
    expect([view.format, view.shape, view.ndim, view.readonly]).toEqual([format, [length], 1, false]);
    expect(view.obj).toBe(exporter);
    expect(view.byteOffset).toBe(0);
    expect(view.contiguous).toBe(true);
    view.viewAs('B').set(0, 1);
    expect(memoryview(exporter).viewAs('B').get(0)).toBe(1);
  });

  it('of Float16Array has format "e"', (context) => {
    if (!('Float16Array' in globalThis)) context.skip('the runtime has no Float16Array');
    const Float16 = Reflect.get(globalThis, 'Float16Array') as new (values: number[]) => Uint16Array;
    const view = memoryview(new Float16([1.5, -2]), { format: 'e' });
    expect(view.toArray()).toEqual([1.5, -2]);
    expect(memoryview(new Float16([1.5])).format).toBe('e');
  });

  it('counts byteOffset from the first byte of an array that starts inside of its buffer', () => {
    const part = new Int16Array(new ArrayBuffer(16), 4, 3);
    const view = memoryview(part);
    expect([view.byteOffset, view.length, view.nbytes]).toEqual([0, 3, 6]);
    view.set(2, -7);
    expect(part[2]).toBe(-7);
    expect(view.slice('1:').byteOffset).toBe(2);
    expect(view.address).toBe(memoryview(part.buffer).address + 4n);
  });

  it('of a MemoryView is a sibling with the same root', () => {
    const memory = allocate(8);
    const first = memory.view('h').slice('1:3');
    const second = memoryview(first);
    expect([second.format, second.shape, second.obj]).toEqual(['h', [2], memory]);
    first.release();
    expect([first.released, second.released]).toEqual([true, false]);
  });

  it('of a PyBuffer is read-only and has the object beneath as root', () => {
    const bytes = Buffer.from('Hello world');
    const view = memoryview(buffer(bytes, 6, 5));
    expect([view.readonly, view.shape, view.byteOffset, view.decode()]).toEqual([true, [5], 6, 'world']);
    expect(view.obj).toBe(bytes);
    expectThrown(() => view.set(0, 1), 'ERR_READONLY');
  });

  it('of an empty exporter is an empty view', () => {
    for (const exporter of [new ArrayBuffer(0), Buffer.alloc(0), new Float64Array(0), allocate(0)]) {
      const view = memoryview(exporter);
      expect([view.length, view.nbytes, view.released, view.toArray()]).toEqual([0, 0, false, []]);
    }
  });
});

describe('an object with the method Symbol.for("memoryview.buffer")', () => {
  it('offers the exporter that the method returns, which is the root', () => {
    const values = Int16Array.of(1, 2, 3);
    const view = memoryview({ [OFFER]: () => values });
    expect(view.toArray()).toEqual([1, 2, 3]);
    expect(view.obj).toBe(values);
  });

  it('is called with itself as this, once, and may be inherited, a function, or a proxy', () => {
    let calls = 0;
    class Image {
      [method: symbol]: unknown;
      pixels = Buffer.from('abc');
      [OFFER](): Buffer {
        calls++;
        return this.pixels;
      }
    }
    expect(memoryview(new Image()).decode()).toBe('abc');
    expect(calls).toBe(1);
    expect(memoryview(new Proxy(new Image(), {})).decode()).toBe('abc');
    expect(memoryview(wrong(Object.assign(() => 1, { [OFFER]: () => Buffer.from('f') }))).decode()).toBe('f');
  });

  it('may return another such object, but not without end', () => {
    const inner = { [OFFER]: () => Buffer.from('deep') };
    const outer = { [OFFER]: () => ({ [OFFER]: () => inner }) };
    expect(memoryview(outer).decode()).toBe('deep');
    const cyclic: Record<symbol, unknown> = {};
    cyclic[OFFER] = () => cyclic;
    expectThrown(() => memoryview(cyclic), 'ERR_INVALID_ARG', /offers no memory/);
    const endless = (): object => ({ [OFFER]: endless });
    expectThrown(() => memoryview(wrong(endless())), 'ERR_INVALID_ARG');
  });

  it('throws its own errors unchanged', () => {
    const own = new Error('mine');
    const throwing = {
      [OFFER]: () => {
        throw own;
      },
    };
    const refusing = {
      get [OFFER](): never {
        throw own;
      },
    };
    const trapped = new Proxy(
      {},
      {
        get: () => {
          throw own;
        },
      },
    );
    for (const exporter of [throwing, refusing, trapped]) {
      expect(() => memoryview(exporter)).toThrow(own);
      expect(() => zeros(1).copyFrom(exporter)).toThrow(own);
      expect(() => buffer(exporter)).toThrow(own);
      expect(zeros(1).equals(exporter)).toBe(false);
    }
  });

  it('offers nothing when the property is no method, or the method returns no exporter', () => {
    for (const method of [
      undefined,
      null,
      5,
      {},
      () => 5,
      () => null,
      () => undefined,
      () => 'text',
      () => [],
    ]) {
      expectThrown(() => memoryview(wrong({ [OFFER]: method })), 'ERR_INVALID_ARG', /offers no memory/);
    }
  });

  it('that is a revoked proxy, or whose method is one, is a coded error', () => {
    const object = Proxy.revocable({}, {});
    const method = Proxy.revocable(() => Buffer.alloc(1), {});
    object.revoke();
    method.revoke();
    expectThrown(() => memoryview(object.proxy), 'ERR_INVALID_ARG');
    expectThrown(() => memoryview({ [OFFER]: method.proxy }), 'ERR_INVALID_ARG');
    expect(zeros(1).equals({ [OFFER]: method.proxy })).toBe(false);
  });
});

describe('a value that offers no memory', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['a bigint', 5n],
    ['a string', 'text'],
    ['a symbol', Symbol('s')],
    ['a boolean', true],
    ['an array', [1, 2, 3]],
    ['an object', { buffer: new ArrayBuffer(1), byteLength: 1 }],
    ['a function', () => Buffer.alloc(1)],
    ['a proxy of a Buffer', new Proxy(Buffer.alloc(1), {})],
    ['a proxy of a view', new Proxy(memoryview(Buffer.alloc(1)), {})],
    ['what only inherits from a typed array', Object.create(Uint8Array.prototype)],
    ['what only inherits from a view', Object.create(memoryview(Buffer.alloc(1)) as object)],
  ])('is a TypeError: %s', (_, value) => {
    expectThrown(() => memoryview(wrong(value)), 'ERR_INVALID_ARG', /offers no memory/);
    expectThrown(() => zeros(1).copyFrom(value), 'ERR_INVALID_ARG');
    expectThrown(() => MemoryView.indirect([value]), 'ERR_INVALID_ARG');
    expect(zeros(1).equals(value)).toBe(false);
  });
});

describe('an exporter whose memory has gone', () => {
  function detached(): ArrayBuffer {
    const owner = new ArrayBuffer(8);
    structuredClone(owner, { transfer: [owner] });
    return owner;
  }

  it('is a BufferError: detached, or released', () => {
    const owner = new ArrayBuffer(8);
    const array8 = new Uint8Array(owner);
    const data = new DataView(owner);
    structuredClone(owner, { transfer: [owner] });
    const memory = allocate(8);
    const view = memory.view();
    memory.release();
    for (const exporter of [detached(), array8, data, memory, view, bufferOf(memory)]) {
      expectThrown(() => memoryview(exporter), 'ERR_RELEASED');
      expectThrown(() => zeros(8, 'B').copyFrom(exporter), 'ERR_RELEASED');
      expect(zeros(8, 'B').equals(exporter)).toBe(false);
    }
  });

  /** The ArrayBuffer of memory: detached by the release. */
  function bufferOf(memory: { readonly buffer: ArrayBuffer }): ArrayBuffer {
    return memory.buffer;
  }

  it('ends the views that were made before', () => {
    const owner = new ArrayBuffer(8);
    const views = [memoryview(owner), memoryview(owner, { format: 'd' }), memoryview(owner).slice('8:')];
    structuredClone(owner, { transfer: [owner] });
    for (const view of views) {
      expect(view.released).toBe(true);
      expectThrown(() => view.shape, 'ERR_RELEASED', /detached/);
      expectThrown(() => view.toArray(), 'ERR_RELEASED');
    }
  });

  it('ends a view of an empty ArrayBuffer that is detached', () => {
    const owner = new ArrayBuffer(0);
    const view = memoryview(owner);
    expect(view.released).toBe(false);
    structuredClone(owner, { transfer: [owner] });
    expect(view.released).toBe(true);
  });
});

describe('an exporter that tells lies about itself', () => {
  it('is measured by the engine, not by its own properties', () => {
    const owner = new ArrayBuffer(4);
    Object.defineProperty(owner, 'byteLength', { value: 1000 });
    expect(memoryview(owner).length).toBe(4);
    expectThrown(() => memoryview(owner, { shape: [5] }), 'ERR_OUT_OF_BOUNDS');
    const part = new Uint8Array(8).subarray(2, 4);
    for (const name of ['buffer', 'byteOffset', 'byteLength', 'length']) {
      Object.defineProperty(part, name, {
        get: () => {
          throw new Error('not to be asked');
        },
      });
    }
    const view = memoryview(part);
    expect([view.length, view.byteOffset]).toEqual([2, 0]);
    expect(view.toArray()).toEqual([0, 0]);
  });

  it('can not hide that it shrank', () => {
    const owner = Reflect.construct(ArrayBuffer, [16, { maxByteLength: 32 }]) as ArrayBuffer;
    Object.defineProperty(owner, 'resizable', { value: false });
    Object.defineProperty(owner, 'byteLength', { value: 16 });
    const view = memoryview(owner);
    Reflect.apply(Reflect.get(ArrayBuffer.prototype, 'resize'), owner, [4]);
    expect(view.released).toBe(true);
    expectThrown(() => view.get(0), 'ERR_RELEASED');
    expectThrown(() => view.toArray(), 'ERR_RELEASED');
    expectThrown(() => buffer(owner).slice(0, 16).get(4), 'ERR_OUT_OF_BOUNDS');
  });

  it('can not pretend to be a view', () => {
    const fake = Object.setPrototypeOf({ span: 1 }, MemoryView.prototype) as MemoryView;
    expectThrown(() => memoryview(fake), 'ERR_INVALID_ARG');
    expect(array([1]).equals(fake)).toBe(false);
  });
});

describe('a class of another library', () => {
  class Image {
    readonly data: Uint8Array;
    readonly width: number;
    readonly height: number;
    constructor(width: number, height: number) {
      this.width = width;
      this.height = height;
      this.data = new Uint8Array(width * height * 4);
    }
  }
  registerExporter(Image, ({ data, width, height }) => memoryview(data, { shape: [height, width, 4] }));

  it('is an exporter once registerExporter was told how', () => {
    const image = new Image(3, 2);
    const view = memoryview(image);
    expect(view.shape).toEqual([2, 3, 4]);
    view.set(1, 2, 3, 9);
    expect(image.data[23]).toBe(9);
    expect(view.equals(image)).toBe(true);
    const copy = zeros([2, 3, 4], 'B');
    copy.copyFrom(image);
    expect(copy.get(1, 2, 3)).toBe(9);
    expect(buffer(image).length).toBe(24);
    expect(memoryview(image, { format: 'I' }).shape).toEqual([6]);
  });

  it('uses the adapter of the nearest class that was registered', () => {
    class Thumbnail extends Image {}
    expect(memoryview(new Thumbnail(1, 1)).shape).toEqual([1, 1, 4]);
    registerExporter(Thumbnail, (small) => small.data);
    expect(memoryview(new Thumbnail(1, 1)).shape).toEqual([4]);
    expect(memoryview(new Image(1, 1)).shape).toEqual([1, 1, 4]);
    registerExporter(Thumbnail, (small) => memoryview(small.data).slice('::-1'));
    expect(memoryview(new Thumbnail(1, 1)).strides).toEqual([-1]);
  });

  it("throws the adapter's error, and ERR_INVALID_ARG for a result that is not an exporter", () => {
    class Broken {}
    registerExporter(Broken, () => {
      throw new Error('not loaded');
    });
    expect(() => memoryview(new Broken())).toThrow('not loaded');
    registerExporter(Broken, () => null);
    expectThrown(() => memoryview(new Broken()), 'ERR_INVALID_ARG');
    registerExporter(Broken, (self) => self);
    expectThrown(() => memoryview(new Broken()), 'ERR_INVALID_ARG');
  });

  it.each([
    ['Uint8Array', Uint8Array],
    ['Buffer', Buffer],
    ['ArrayBuffer', ArrayBuffer],
    ['MemoryView', MemoryView],
    ['Object', Object],
    ['an arrow function', () => ({})],
    ['an object', {}],
    ['nothing', undefined],
  ])('is not %s', (_, type) => {
    expectThrown(() => registerExporter(wrong(type), () => null), 'ERR_INVALID_ARG');
  });

  it('needs a function', () => {
    class Plain {}
    expectThrown(() => registerExporter(Plain, wrong({})), 'ERR_INVALID_ARG');
  });
});
