/** Two addons that know nothing of each other and of this package hand memory to each other through JavaScript. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  allocate,
  buffer,
  type Exporter,
  type MemoryView,
  memory,
  memoryview,
  type NativeMemory,
  zeros,
} from '../../src/index.js';
import { simulated } from '../refusal.js';
import { settle } from '../settle.js';
import { type Carrier, COMPILING, type Consumer, type Holder, loadAddon, type Producer } from './addons.js';

let producer: Producer;
let consumer: Consumer;
let holder: Holder;

beforeAll(() => {
  producer = loadAddon('examples/addon-producer/producer.c') as Producer;
  consumer = loadAddon('examples/addon-consumer/consumer.cc') as Consumer;
  holder = loadAddon('examples/addon-holder/holder.c') as Holder;
}, COMPILING);

const EXPORTER = Symbol.for('memoryview.exporter.v1');
const adopt = (grid: Carrier): MemoryView => memoryview(grid as Exporter);
const ownerOf = (view: MemoryView): NativeMemory => view.obj as NativeMemory;

describe('a strided 2-D view of another addon', () => {
  test('is the same memory for JavaScript and for a third addon', () => {
    const grid = producer.makeGrid(4, 3, 2);
    const view = adopt(grid);
    expect(view.format).toBe('f');
    expect(view.shape).toEqual([4, 3]);
    expect(view.strides).toEqual([24, 8]);
    expect(view.readonly).toBe(false);
    expect(view.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
      [9, 10, 11],
    ]);
    expect(consumer.addressOf(grid)).toBe(view.address);
    expect(consumer.addressOf(view)).toBe(view.address);
    expect(consumer.addressOf(view.slice('2:, 1:'))).toBe(view.address + 56n);
    expect(consumer.sumGrid(grid)).toBe(66);
    expect(consumer.sumGrid(view.slice('::-1, 1:'))).toBe(48);
  });

  test('is written through on either side', () => {
    const grid = producer.makeGrid(2, 2, 3);
    const view = adopt(grid);
    view.set(1, 1, 100);
    consumer.double(grid);
    expect(view.toArray()).toEqual([
      [0, 2],
      [4, 200],
    ]);
    consumer.double(view.T);
    expect(consumer.sumGrid(grid)).toBe(412);
  });

  test('belongs to one memory of kind foreign, however often it is taken', () => {
    const grid = producer.makeGrid(2, 3);
    const first = adopt(grid);
    expect(ownerOf(first).kind).toBe('foreign');
    expect(ownerOf(first).nbytes).toBe(24);
    expect(ownerOf(adopt(grid))).toBe(ownerOf(first));
    expect(ownerOf(adopt(grid)).buffer).toBe(ownerOf(first).buffer);
  });

  test('that is read-only can be read by all and written by none', () => {
    const view = adopt(producer.makeGrid(2, 2, 1, true));
    expect(view.readonly).toBe(true);
    expect(ownerOf(view).readonly).toBe(true);
    expect(() => view.set(0, 0, 1)).toThrow(expect.objectContaining({ code: 'ERR_READONLY' }));
    expect(consumer.sumGrid(view)).toBe(6);
    expect(() => consumer.double(view)).toThrow('is read-only, expected writable memory');
  });

  test('made of a std::vector arrives with its shape', () => {
    expect(adopt(consumer.makeRamp(3)).toArray()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(adopt(consumer.makeRamp(0)).toArray()).toEqual([]);
  });
});

describe('a constraint that is not met', () => {
  const refused = (call: () => unknown, message: string): void => {
    expect(call).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG', message }));
  };

  test('names the shape that was wanted, and the actual one', () => {
    refused(() => consumer.sumPoints(zeros([4, 2], 'f')), 'the argument has shape (4, 2), expected (any, 3)');
    refused(() => consumer.sumGrid(zeros([4], 'f')), 'the argument has shape (4,), expected 2 dimensions');
    refused(() => consumer.sumGrid(zeros([], 'f')), 'the argument has shape (), expected 2 dimensions');
  });

  test('names the types', () => {
    refused(
      () => consumer.sumGrid(zeros([2, 2], 'd')),
      'the argument has elements of float64 (format "d"), expected float32',
    );
    refused(
      () => consumer.sumGrid(zeros([2, 2], '>f')),
      'the argument has elements of a type of its own (format ">f"), expected float32',
    );
  });

  test('names the strides that are not contiguous', () => {
    refused(
      () => consumer.sumPoints(zeros([4, 6], 'f').slice(':, ::2')),
      'the argument is not contiguous (strides (24, 8)), expected C-contiguous memory',
    );
  });

  test('names a read-only view where writable memory is wanted', () => {
    refused(
      () => consumer.double(zeros([2, 2], 'f').toReadonly()),
      'the argument is read-only, expected writable memory',
    );
  });

  test('names address and alignment', () => {
    const view = zeros([4, 3], 'f');
    expect(consumer.sumAligned(view)).toBe(0);
    const address = (view.address + 12n).toString(16);
    refused(
      () => consumer.sumAligned(view.slice('1:')),
      `the argument is at address 0x${address}, aligned to 4, expected a multiple of 64`,
    );
  });

  test('says so of an object that offers no memory at all', () => {
    refused(() => consumer.sumGrid(3), 'the argument is not an object, expected one that offers memory');
    expect(() => consumer.sumGrid({})).toThrow('offers no memory');
    expect(() => consumer.sumGrid({ [EXPORTER]: 1 })).toThrow('carries no external');
  });
});

/** Where all memory is the engine's own, none can be held: `is all that there is` says what happens then. */
const holding = test.skipIf(simulated);

describe('a view that native code holds', () => {
  holding('keeps the memory from being released, under the name of the consumer', () => {
    const view = zeros([2, 2], 'f');
    const owner = ownerOf(view);
    consumer.hold(view);
    const before = memory.stats().pinned;
    expect(() => owner.release()).toThrow(
      expect.objectContaining({ code: 'ERR_EXPORTED', message: expect.stringContaining('1 addon-consumer') }),
    );
    expect(owner.released).toBe(false);
    consumer.letGo();
    expect(memory.stats().pinned).toBe(before - 1);
    owner.release();
    expect(owner.released).toBe(true);
  });

  test('keeps the memory of another producer too, through both owners', () => {
    const grid = producer.makeGrid(2, 2);
    const view = adopt(grid);
    consumer.hold(view);
    expect(() => ownerOf(view).release()).toThrow('1 addon-consumer');
    expect(() => producer.release(grid)).toThrow('the grid is held by native code (memoryview)');
    expect(consumer.letGo()).toBe(6);
    ownerOf(view).release();
    producer.release(grid);
    expect(() => adopt(grid)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    expect(() => consumer.sumGrid(grid)).toThrow('was released, expected live memory');
  });

  holding('lets a release wait for it, though it is given back on another thread', async () => {
    const view = zeros([1000, 3], 'f');
    const owner = ownerOf(view);
    view.fill(1);
    const job = holder.hold(view);
    const released = owner.release({ wait: true });
    expect(owner.released).toBe(false);
    expect(holder.finish(job)).toBe(3000);
    await released;
    expect(owner.released).toBe(true);
  });

  holding('outlives the JavaScript objects', async () => {
    await settle();
    const live = memory.stats().blocks;
    const job = ((): object => {
      const view = zeros([1000, 4], 'f');
      view.fill(2);
      return holder.hold(view);
    })();
    await settle();
    expect(memory.stats().blocks).toBe(live + 1);
    expect(holder.finish(job)).toBe(8000);
    expect(memory.stats().blocks).toBe(live);
  });
});

describe('memory of the engine', () => {
  test('is lent for one call: typed arrays, buffers, views over them', () => {
    const bytes = new Float32Array([1, 2, 3, 4, 5, 6]);
    const view = memoryview(bytes, { shape: [2, 3] });
    expect(consumer.sumGrid(view)).toBe(21);
    expect(consumer.sumGrid(view.T)).toBe(21);
    expect(consumer.addressOf(view.slice('1:'))).toBe(view.address + 12n);
    consumer.double(view);
    expect([...bytes]).toEqual([2, 4, 6, 8, 10, 12]);
    expect(() => consumer.sumGrid(bytes)).toThrow('has shape (6,), expected 2 dimensions');
    expect(() => consumer.sumGrid(Buffer.alloc(4))).toThrow('has elements of uint8 (format "B")');
    expect(() => consumer.sumGrid(new ArrayBuffer(4))).toThrow('has elements of uint8');
    expect(() => consumer.sumGrid(new DataView(new ArrayBuffer(4)))).toThrow('has elements of uint8');
    expect(() => consumer.sumGrid(new BigInt64Array(1))).toThrow('has elements of int64 (format "q")');
  });

  test('may be shared between threads', () => {
    const shared = new SharedArrayBuffer(16);
    new Float32Array(shared).fill(3);
    expect(consumer.sumGrid(memoryview(shared, { format: 'f', shape: [2, 2] }))).toBe(12);
    expect(() => consumer.sumGrid(shared)).toThrow('has elements of uint8');
  });

  test('is refused by a consumer that wants to keep it', () => {
    expect(() => holder.hold(memoryview(new Float32Array(4), { shape: [2, 2] }))).toThrow(
      'good for this call only',
    );
  });

  test('is all that there is without external ArrayBuffers, and lent alike', (context) => {
    if (!simulated) context.skip('the runtime has external ArrayBuffers');
    const view = zeros([2, 3], 'f');
    view.fill(2);
    expect(consumer.sumGrid(view)).toBe(12);
    expect(consumer.sumGrid(view.T)).toBe(12);
    expect(consumer.addressOf(view.slice('1:'))).toBe(view.address + 12n);
    expect(() => consumer.double(view.toReadonly())).toThrow('is read-only');
    expect(() => holder.hold(view)).toThrow('good for this call only');
    expect(Reflect.get(view, EXPORTER)).toBeUndefined();
    ownerOf(view).release();
    expect(() => consumer.sumGrid(view)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
  });

  test('is read-only where the view is', () => {
    const view = memoryview(new Float32Array(4), { shape: [2, 2], readonly: true });
    expect(consumer.sumGrid(view)).toBe(0);
    expect(() => consumer.double(view)).toThrow('is read-only');
  });
});

describe('the exporter of an object', () => {
  holding('is the same external each time, and none on prototypes and heirs', () => {
    const view = zeros([2, 2], 'f');
    expect(Reflect.get(view, EXPORTER)).toBe(Reflect.get(view, EXPORTER));
    expect(Reflect.get(view, EXPORTER)).not.toBe(Reflect.get(view.T, EXPORTER));
    expect(Reflect.get(Object.getPrototypeOf(view) as object, EXPORTER)).toBeUndefined();
    expect(Reflect.get(Object.create(view) as object, EXPORTER)).toBeUndefined();
    expect(() => memoryview(new Proxy(view, {}))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
    );
  });

  holding('is had of NativeMemory and PyBuffer as bytes, and not of ended ones', () => {
    const owner = allocate(8);
    expect(memoryview({ [EXPORTER]: Reflect.get(owner, EXPORTER) }).format).toBe('B');
    const window = buffer(owner, 2, 4);
    const adopted = memoryview({ [EXPORTER]: Reflect.get(window, EXPORTER) });
    expect(adopted.shape).toEqual([4]);
    expect(adopted.readonly).toBe(true);
    expect(adopted.address).toBe(owner.address + 2n);
    ownerOf(memoryview({ [EXPORTER]: Reflect.get(owner, EXPORTER) })).release();
    ownerOf(adopted).release();
    const external: unknown = Reflect.get(owner, EXPORTER);
    owner.release();
    expect(() => Reflect.get(owner, EXPORTER)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    expect(() => consumer.sumGrid(owner)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    expect(() => memoryview({ [EXPORTER]: external })).toThrow(
      expect.objectContaining({ code: 'ERR_RELEASED' }),
    );
  });

  test('that a getter of the object refuses to give is that getter’s own error', () => {
    const hostile = {
      get [EXPORTER](): unknown {
        throw new EvalError('mine');
      },
    };
    expect(() => memoryview(hostile)).toThrow(EvalError);
    expect(() => consumer.sumGrid(hostile)).toThrow(EvalError);
  });

  test('of an indirect view is refused with the way out', () => {
    const rows = MemoryViewOf(zeros([2], 'f'), zeros([2], 'f'));
    expect(() => consumer.sumGrid(rows)).toThrow(expect.objectContaining({ code: 'ERR_NOT_CONTIGUOUS' }));
  });
});

function MemoryViewOf(...rows: MemoryView[]): MemoryView {
  const { indirect } = Object.getPrototypeOf(rows[0]).constructor as {
    indirect(rows: MemoryView[]): MemoryView;
  };
  return indirect(rows);
}
