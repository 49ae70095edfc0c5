/**
 * Arguments that run code: getters, proxies and methods that release the view or the memory, detach or resize the buffer, in the
 * middle of the call that reads them. Each call returns with an error of the library's or the right result, and writes nothing
 * where it throws.
 */
import { describe, expect, it } from 'vitest';
import { allocate, array, MemoryView, memoryview, struct, zeros } from '../../src/index.js';
import { codeOf, expectThrown, wrong } from './thrown.js';

const OFFER = Symbol.for('memoryview.buffer');

/** A view of 16 bytes 0 to 15, what ends it, and a way to see the bytes afterwards (null where they are gone). */
interface Victim {
  readonly view: MemoryView;
  readonly end: () => void;
  readonly bytes: () => number[] | null;
}

const fresh = (): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: 16 }, (_, i) => i);

const VICTIMS: Record<string, (format: string) => Victim> = {
  'releases the view': (format) => {
    const bytes = fresh();
    const view = memoryview(bytes, { format });
    return { view, end: () => view.release(), bytes: () => [...bytes] };
  },
  'releases the memory': (format) => {
    const memory = allocate(16);
    memory.view().copyFrom(fresh());
    return { view: memory.view(format), end: () => memory.release(), bytes: () => null };
  },
  'detaches the ArrayBuffer': (format) => {
    const { buffer } = fresh();
    let moved = buffer;
    const end = (): void => {
      if (moved === buffer) moved = structuredClone(buffer, { transfer: [buffer] });
    };
    return { view: memoryview(buffer, { format }), end, bytes: () => [...new Uint8Array(moved)] };
  },
  'shrinks the ArrayBuffer': (format) => {
    const buffer = Reflect.construct(ArrayBuffer, [16, { maxByteLength: 32 }]) as ArrayBuffer;
    new Uint8Array(buffer).set(fresh());
    const resize = Reflect.get(buffer, 'resize') as (nbytes: number) => void;
    const end = (): void => Reflect.apply(resize, buffer, [9]);
    return { view: memoryview(buffer, { format }), end, bytes: () => [...new Uint8Array(buffer)] };
  },
  'grows a wasm memory': (format) => {
    const { Memory } = Reflect.get(globalThis, 'WebAssembly') as {
      Memory: new (options: object) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
    };
    const wasm = new Memory({ initial: 1 });
    new Uint8Array(wasm.buffer).set(fresh());
    const view = memoryview(wasm).slice('0:16').viewAs(format);
    return { view, end: () => void wasm.grow(1), bytes: () => [...new Uint8Array(wasm.buffer, 0, 16)] };
  },
};

/** An array that calls `end` when its entry `at` is read. */
function trap<T>(entries: readonly T[], at: number, end: () => void): T[] {
  const list = [...entries];
  Object.defineProperty(list, at, {
    enumerable: true,
    get: () => {
      end();
      return entries[at];
    },
  });
  return list;
}

/** An object whose property calls `end` when it is read. */
function bag(name: string, value: unknown, end: () => void): never {
  return wrong(
    Object.defineProperty({}, name, {
      enumerable: true,
      get: () => {
        end();
        return value;
      },
    }),
  );
}

/** A complex number whose real part calls `end`. */
const complex = (end: () => void): never => wrong(Object.assign(bag('re', 1, end), { im: 2 }));

/** A record whose field calls `end`. */
const record = (end: () => void): never => wrong(Object.assign(bag('a', 1, end), { b: 2 }));

/** An exporter of 16 other bytes whose method calls `end`. */
const exporter = (end: () => void, source: unknown = Buffer.alloc(16, 200)): object => ({
  [OFFER]: () => {
    end();
    return source;
  },
});

type Call = (view: MemoryView, end: () => void) => unknown;

/** Calls that would write. */
const WRITES: Record<string, [format: string, call: Call]> = {
  'set of a complex number': ['Zd', (view, end) => view.set(0, complex(end))],
  'set of a record': ['T{d:a:d:b:}', (view, end) => view.set(0, record(end))],
  'set of an array': ['4i', (view, end) => view.set(0, trap([1, 2, 3, 4], 2, end))],
  'set of a nested array': [
    '(2,2)i',
    (view, end) =>
      view.set(
        0,
        trap(
          [
            [1, 2],
            [3, 4],
          ],
          1,
          end,
        ),
      ),
  ],
  'set of a proxied array': [
    '4i',
    (view, end) =>
      view.set(
        0,
        new Proxy([1, 2, 3, 4], {
          get: (target, name) => {
            end();
            return Reflect.get(target, name);
          },
        }),
      ),
  ],
  'fill with a complex number': ['Zf', (view, end) => view.fill(complex(end))],
  'fill with a record': ['T{f:a:f:b:}', (view, end) => view.fill(record(end))],
  'fill with an array': ['2d', (view, end) => view.fill(trap([1, 2], 0, end))],
  'copyFrom an exporter': ['B', (view, end) => view.copyFrom(exporter(end))],
  'copyFrom with options': [
    'B',
    (view, end) => view.copyFrom(Buffer.alloc(16, 200), bag('convert', false, end)),
  ],
  'copyFrom that converts': [
    'B',
    (view, end) => view.copyFrom(exporter(end, new Float64Array(16)), { convert: true }),
  ],
  'copyFrom that broadcasts': [
    'B',
    (view, end) => view.copyFrom(exporter(end, Buffer.alloc(1)), { broadcast: true }),
  ],
  'copyFrom itself': ['B', (view, end) => view.copyFrom(exporter(end, view))],
  'struct.packInto': ['B', (view, end) => struct.packInto('2B', wrong(exporter(end, view)), 0, 200, 200)],
};

/** Calls that only look. */
const READS: Record<string, [format: string, call: Call]> = {
  slice: ['B', (view, end) => view.slice(wrong(trap([0, 4], 0, end)))],
  'cast to a shape': ['B', (view, end) => view.cast('i', trap([2, 2], 1, end))],
  reshape: ['B', (view, end) => view.reshape(trap([4, 4], 0, end))],
  transpose: ['B', (view, end) => view.transpose(trap([0], 0, end))],
  moveAxis: ['B', (view, end) => view.moveAxis(trap([0], 0, end), 0)],
  flip: ['B', (view, end) => view.flip(trap([0], 0, end))],
  squeeze: ['B', (view, end) => view.squeeze(trap([] as number[], 0, end))],
  broadcastTo: ['B', (view, end) => view.broadcastTo(trap([2, 16], 0, end))],
  windows: ['B', (view, end) => view.windows(trap([2], 0, end))],
  asStrided: ['B', (view, end) => view.asStrided([16], trap([1], 0, end))],
  copy: ['B', (view, end) => view.copy(bag('order', 'C', end))],
  'equals an exporter': ['B', (view, end) => view.equals(exporter(end, fresh()))],
  'equals itself': ['B', (view, end) => view.equals(exporter(end, view))],
  indexOf: ['Zd', (view, end) => view.indexOf(complex(end))],
  includes: ['T{d:a:d:b:}', (view, end) => view.includes(record(end))],
  count: ['4i', (view, end) => view.count(trap([1, 2, 3, 4], 0, end))],
  asTypedArray: ['B', (view, end) => view.asTypedArray(bag('allowWrites', true, end)).length],
  asBuffer: ['B', (view, end) => view.asBuffer(bag('allowWrites', true, end)).length],
  asDataView: ['B', (view, end) => view.asDataView(bag('allowWrites', true, end)).byteLength],
  'memoryview with a layout': ['B', (view, end) => memoryview(view, bag('format', 'i', end)).toArray()],
  'memoryview with a shape': [
    'B',
    (view, end) => memoryview(view, { shape: trap([4, 4], 0, end) }).toArray(),
  ],
  'a source of copyFrom': ['B', (view, end) => zeros(16, 'B').copyFrom(view, bag('convert', true, end))],
  'array of its typed array': [
    'B',
    (view, end) => array(view.asTypedArray(), 'B', bag('label', 'mine', end)).toArray(),
  ],
  'MemoryView.indirect': ['B', (view, end) => MemoryView.indirect([view, exporter(end)]).toArray()],
  'struct.unpackFrom': ['B', (view, end) => struct.unpackFrom('4B', wrong(exporter(end, view)))],
  'struct.unpack': ['B', (view, end) => struct.unpack('16B', wrong(exporter(end, view)))],
};

const endings = Object.keys(VICTIMS);

describe.each(endings)('an argument that %s', (ending) => {
  it.each(Object.keys(WRITES))('in the middle of %s: an error, and nothing is written', (name) => {
    const [format, call] = WRITES[name]!;
    const { view, end, bytes } = VICTIMS[ending]!(format);
    const before = bytes();
    expectThrown(() => call(view, end), 'ERR_RELEASED');
    const now = bytes();
    expect(now).toEqual(before?.slice(0, now?.length) ?? null);
    expect(view.released).toBe(true);
  });

  it.each(Object.keys(READS))('in the middle of %s: an error with a code, or the right result', (name) => {
    const [format, call] = READS[name]!;
    const unharmed = VICTIMS[ending]!(format);
    const expected = outcome(() => call(unharmed.view, () => undefined));
    const { view, end, bytes } = VICTIMS[ending]!(format);
    const before = bytes();
    const answer = outcome(() => call(view, end));
    if (answer !== 'ERR_RELEASED' && name.startsWith('equals')) expect([true, false]).toContain(answer);
    else if (answer !== 'ERR_RELEASED') expect(answer).toEqual(expected);
    const now = bytes();
    expect(now).toEqual(before?.slice(0, now?.length) ?? null);
  });

  it.each(['B', 'd', '>h'])('in the middle of iteration over %s: ERR_RELEASED at the next step', (format) => {
    for (const ways of ['values', 'entries'] as const) {
      const { view, end } = VICTIMS[ending]!(format);
      const expected = [...view[ways]()].slice(0, 2);
      const seen: unknown[] = [];
      expectThrown(() => {
        for (const value of view[ways]()) {
          seen.push(value);
          if (seen.length === 2) end();
        }
      }, 'ERR_RELEASED');
      expect(seen).toEqual(expected);
    }
  });

  it('in the middle of struct.iterUnpack: ERR_RELEASED once the bytes are gone', () => {
    const { view, end, bytes } = VICTIMS[ending]!('B');
    const seen: unknown[] = [];
    const run = (): void => {
      for (const values of struct.iterUnpack('2B', wrong(view))) {
        seen.push(values);
        if (seen.length === 3) end();
      }
    };
    // The iteration holds the memory, not the view that named it.
    if (ending === 'releases the view') run();
    else expectThrown(run, 'ERR_RELEASED');
    expect(seen.slice(0, 3)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(bytes()?.[0] ?? 0).toBe(0);
  });
});

function outcome(call: () => unknown): unknown {
  try {
    const result = call();
    return result instanceof MemoryView ? outcome(() => result.toArray()) : result;
  } catch (error) {
    return codeOf(error);
  }
}

describe('values with conversions of their own', () => {
  const calls: string[] = [];
  const object = {
    valueOf: () => calls.push('valueOf'),
    toString: () => String(calls.push('toString')),
    [Symbol.toPrimitive]: () => calls.push('toPrimitive'),
    toJSON: () => calls.push('toJSON'),
    [Symbol.iterator]: () => calls.push('iterator'),
  };

  it.each([
    ['get', (view: MemoryView) => view.get(wrong(object))],
    ['set of an index', (view: MemoryView) => view.set(wrong(object), 1)],
    ['set of a value', (view: MemoryView) => view.set(0, object)],
    ['fill', (view: MemoryView) => view.fill(object)],
    ['slice', (view: MemoryView) => view.slice(wrong(object))],
    ['reshape', (view: MemoryView) => view.reshape(wrong(object))],
    ['cast', (view: MemoryView) => view.cast(wrong(object))],
    ['viewAs', (view: MemoryView) => view.viewAs(wrong(object))],
    ['hex', (view: MemoryView) => view.hex(wrong(object))],
    ['toBytes', (view: MemoryView) => view.toBytes(wrong(object))],
    ['decode', (view: MemoryView) => view.decode(wrong(object))],
    ['copyFrom', (view: MemoryView) => view.copyFrom(object)],
    ['memoryview', () => memoryview(wrong(object))],
    ['zeros', () => zeros(wrong(object))],
    ['allocate', () => allocate(wrong(object))],
    ['struct.pack', () => struct.pack('i', object)],
  ])('are refused without being run: %s', (_, call) => {
    calls.length = 0;
    expectThrown(
      () => call(memoryview(Int32Array.of(1, 2))),
      /cast|viewAs/.test(_) ? 'ERR_FORMAT' : 'ERR_INVALID_ARG',
    );
    expect(calls).toEqual([]);
  });

  it('are refused by searches, and equal nothing, without being run', () => {
    calls.length = 0;
    const view = array([1, 2], 'i');
    for (const name of ['indexOf', 'includes', 'count'] as const)
      expectThrown(() => view[name](object), 'ERR_INVALID_ARG');
    expect(view.equals(object)).toBe(false);
    expect(calls).toEqual([]);
  });
});

describe('a getter that throws', () => {
  it('is heard unchanged, and nothing is written', () => {
    const own = new Error('mine');
    const raise = (): never => {
      throw own;
    };
    const bytes = fresh();
    const view = memoryview(bytes, { format: 'Zd' });
    expect(() => view.set(0, bag('re', 1, raise))).toThrow(own);
    expect(() => view.fill(bag('im', 1, raise))).toThrow(own);
    expect(() => view.copyFrom(exporter(raise))).toThrow(own);
    expect(() => view.copyFrom(bytes, bag('convert', true, raise))).toThrow(own);
    expect(() => view.slice(wrong(trap([0, 1], 0, raise)))).toThrow(own);
    expect(() => view.indexOf(bag('re', 1, raise))).toThrow(own);
    expect(() => memoryview(bytes, bag('shape', [1], raise))).toThrow(own);
    expect([...bytes]).toEqual([...fresh()]);
  });
});

describe('a release from inside of a borrow', () => {
  it('is refused however it is asked for', () => {
    const memory = allocate(16);
    const view = memory.view('Zd');
    view.borrow(() => {
      expectThrown(
        () =>
          view.set(
            0,
            bag('re', 1, () => view.release()),
          ),
        'ERR_EXPORTED',
      );
      expectThrown(() => view.copyFrom(exporter(() => memory.release())), 'ERR_EXPORTED');
    });
    expect(view.get(0)).toEqual({ re: 0, im: 0 });
  });
});

describe('a step of the iterators of arrays that the program has replaced', () => {
  // `get` and `set` hand their arguments on by it, where they go the general way.
  const steps: { next: () => IteratorResult<unknown> } = Object.getPrototypeOf([][Symbol.iterator]());
  const original = steps.next;

  it.each(Object.keys(VICTIMS))('%s while get and set hand their arguments on', (name) => {
    for (const call of [
      (view: MemoryView) => view.get(99),
      (view: MemoryView) => view.get(0, 0),
      (view: MemoryView) => view.set(0, wrong(300)),
      (view: MemoryView) => view.set(0, 1n),
    ]) {
      const { view, end, bytes } = VICTIMS[name]!('B');
      let ended = false;
      let code: unknown;
      steps.next = function (this: Iterator<unknown>) {
        steps.next = original;
        end();
        ended = true;
        return Reflect.apply(original, this, []) as IteratorResult<unknown>;
      };
      try {
        call(view);
      } catch (error) {
        code = codeOf(error);
      } finally {
        steps.next = original;
      }
      expect([ended, code]).toEqual([true, 'ERR_RELEASED']);
      const left = bytes();
      if (left !== null) expect(left).toEqual([...fresh()].slice(0, left.length));
    }
  });
});
