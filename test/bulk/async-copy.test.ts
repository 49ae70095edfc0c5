import { describe, expect, it } from 'vitest';
import {
  allocate,
  array,
  BufferError,
  empty,
  MemoryView,
  memory,
  memoryview,
  type NativeMemory,
  zeros,
} from '../../src/index.js';

const MIB = 1024 * 1024;

function numbered(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => i);
}

/** What a promise is rejected with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('resolved');
}

describe('copyFromAsync', () => {
  it('copies what copyFrom copies, between all kinds of memory', async () => {
    const values = numbered(3000);
    const exporters = [
      () => array(values),
      () => memoryview(values.slice()),
      () => {
        const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
        shared.set(values);
        return memoryview(shared);
      },
    ];
    for (const from of exporters) {
      for (const to of exporters) {
        const source = from().reshape([50, 60]);
        const target = to().reshape([60, 50]);
        target.fill(-1);
        await target.copyFromAsync(source.T);
        expect(target.equals(source.T)).toBe(true);
      }
    }
  });

  it('copies 0-d, empty, broadcast, byte-swapped and indirect views', async () => {
    const one = zeros([]);
    await one.copyFromAsync(array([7]).reshape([]));
    expect(one.get()).toBe(7);
    await zeros([0, 3]).copyFromAsync(zeros([0, 3]));
    const rows = zeros([40, 30]);
    await rows.copyFromAsync(array(numbered(30)), { broadcast: true });
    expect(rows.get(39, 29)).toBe(29);
    const swapped = zeros([40, 30]);
    await swapped.copyFromAsync(rows.newByteOrder('>').copy(), { convert: true });
    expect(swapped.equals(rows.newByteOrder('>'))).toBe(true);
    const indirect = MemoryView.indirect([numbered(30), numbered(30)]);
    const direct = zeros([2, 30]);
    await direct.copyFromAsync(indirect);
    expect(direct.equals(indirect)).toBe(true);
  });

  it('converts by value in pieces, and writes nothing before every value is known to fit', async () => {
    const source = array(numbered(30_000)).reshape([100, 300]);
    const target = zeros([300, 100], 'i');
    const done: number[] = [];
    await target.copyFromAsync(source.T, { convert: true, onProgress: (bytes) => done.push(bytes) });
    expect(target.equals(source.T)).toBe(true);
    expect(done).toEqual([target.nbytes]);
    source.set(-1, -1, 2 ** 31);
    target.fill(-1);
    const failed = rejection(target.copyFromAsync(source.T, { convert: true }));
    expect(() => (source.obj as NativeMemory).release()).toThrow(/copyFromAsync/);
    expect(await failed).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    expect(target.reshape(-1).count(-1)).toBe(30_000);
    const records = memoryview(Buffer.alloc(16, 9), { format: 'T{b:a:i:b:}' });
    await records.copyFromAsync(array([[1, 2]], 'T{d:a:d:b:}'), { convert: true, broadcast: true });
    expect([...records.toBytes()]).toEqual([1, 9, 9, 9, 2, 0, 0, 0, 1, 9, 9, 9, 2, 0, 0, 0]);
    const rows = MemoryView.indirect([new Uint8Array(3), new Uint8Array(3)]);
    await rows.copyFromAsync(array([1, 2, 3]), { convert: true, broadcast: true });
    expect(rows.toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('finds out that memory went between two turns also where the items of the target share bytes', async () => {
    const units = new Uint16Array(64);
    const target = memoryview(new Uint16Array(64)).asStrided([4, 8], [8, 2]);
    const source = memoryview(units).asStrided([4, 8], [8, 2]);
    const copied = rejection(target.copyFromAsync(source));
    structuredClone(units, { transfer: [units.buffer] });
    expect(await copied).toMatchObject({ code: 'ERR_RELEASED' });
  });

  it('stops a conversion that is aborted, or whose source is detached, with nothing written', async () => {
    const target = zeros(100_000, 'i');
    const control = new AbortController();
    const aborted = rejection(
      target.copyFromAsync(numbered(100_000), { convert: true, signal: control.signal }),
    );
    control.abort();
    expect(await aborted).toMatchObject({ name: 'AbortError' });
    const owner = new ArrayBuffer(800_000);
    const gone = rejection(target.copyFromAsync(new Float64Array(owner), { convert: true }));
    structuredClone(owner, { transfer: [owner] });
    expect(await gone).toMatchObject({ code: 'ERR_RELEASED' });
    expect(target.count(0)).toBe(100_000);
    expect(memory.snapshot().filter(({ label }) => label === 'copyFromAsync')).toEqual([]);
  });

  it('is as if the source had been read whole first where both overlap', async () => {
    const view = array(numbered(100));
    await view.slice('1:').copyFromAsync(view.slice(':-1'));
    expect(view.toArray().slice(0, 4)).toEqual([0, 0, 1, 2]);
    await view.copyFromAsync(view.slice('::-1'));
    expect(view.get(0)).toBe(98);
  });

  it('writes items that share bytes in their order', async () => {
    const base = zeros(4);
    await base.asStrided([3, 2], [8, 0]).copyFromAsync(
      array([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );
    expect(base.toArray()).toEqual([2, 4, 6, 0]);
  });

  it('tells of its progress, piece by piece, up to all bytes', async () => {
    const source = empty(40 * MIB, 'B');
    const target = empty(40 * MIB, 'B');
    const told: number[] = [];
    await target.copyFromAsync(source, {
      onProgress: (done, all) => {
        expect(all).toBe(40 * MIB);
        told.push(done);
      },
    });
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(40 * MIB);
  });

  it('keeps both memories from being released until it ends', async () => {
    const source = allocate(MIB);
    const target = allocate(MIB);
    const copying = target.view().copyFromAsync(source.view());
    for (const held of [source, target]) {
      expect(() => held.release()).toThrow(
        expect.objectContaining({ code: 'ERR_EXPORTED', message: expect.stringContaining('copyFromAsync') }),
      );
    }
    const waiting = source.release({ wait: true });
    await copying;
    await waiting;
    expect(source.released).toBe(true);
    target.release();
  });

  it('leaves the event loop turning', async () => {
    const source = empty(64 * MIB, 'B');
    const target = empty(64 * MIB, 'B');
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await target.copyFromAsync(source);
    done = true;
    expect(turns).toBeGreaterThan(4);
  });

  it('writes nothing when it is aborted before, and rejects with the reason', async () => {
    const target = zeros(10);
    const reason = new Error('no more');
    const aborted = rejection(
      target.copyFromAsync(array(numbered(10)), { signal: AbortSignal.abort(reason) }),
    );
    expect(await aborted).toBe(reason);
    expect(target.count(0)).toBe(10);
  });

  it.each([
    ['native memory', (nbytes: number) => empty(nbytes, 'B')],
    ['memory of the engine', (nbytes: number) => memoryview(new Uint8Array(nbytes))],
  ])('stops in the middle when it is aborted, and lets %s go', async (_, make) => {
    const source = make(48 * MIB);
    const target = make(48 * MIB);
    source.fill(1);
    target.fill(0);
    const control = new AbortController();
    let told = 0;
    const error = await rejection(
      target.copyFromAsync(source, {
        signal: control.signal,
        onProgress: (done) => {
          told = done;
          control.abort('enough');
        },
      }),
    );
    expect(error).toBe('enough');
    expect(told).toBeLessThan(48 * MIB);
    expect(target.count(1)).toBe(told);
    expect(memory.stats().pinned).toBe(0);
  });

  it('stops when onProgress throws, with what it threw', async () => {
    const target = empty(1000, 'B');
    const error = await rejection(
      target.copyFromAsync(empty(1000, 'B'), {
        onProgress: () => {
          throw 'mine';
        },
      }),
    );
    expect(error).toBe('mine');
    expect(memory.stats().pinned).toBe(0);
  });

  it('rejects where the memory of the engine is taken away in the middle', async () => {
    const bytes = new Uint8Array(32 * MIB);
    const target = empty(32 * MIB, 'B');
    const copying = rejection(target.copyFromAsync(memoryview(bytes)));
    const moved = structuredClone(bytes, { transfer: [bytes.buffer] });
    expect(await copying).toMatchObject({ code: 'ERR_RELEASED' });
    expect(await copying).toBeInstanceOf(BufferError);
    expect(moved.length).toBe(32 * MIB);
    expect(memory.stats().pinned).toBe(0);
  });

  it('does many at once', async () => {
    const source = array(numbered(100_000));
    const targets = Array.from({ length: 40 }, () => zeros(100_000));
    await Promise.all(targets.map((target) => target.copyFromAsync(source)));
    expect(targets.every((target) => target.equals(source))).toBe(true);
  });

  it.each([
    ['a source that is no exporter', [5], 'ERR_INVALID_ARG'],
    ['another shape', [zeros(3)], 'ERR_SHAPE'],
    ['another format', [zeros(4, 'f')], 'ERR_OUT_OF_RANGE'],
    ['a value of another kind', [array(['a', 'b', 'c', 'd'], 'c'), { convert: true }], 'ERR_INVALID_ARG'],
    ['a conversion of what can not be decoded', [zeros(4, 'O'), { convert: true }], 'ERR_UNSUPPORTED'],
    ['no signal', [zeros(4), { signal: {} }], 'ERR_INVALID_ARG'],
    [
      'what only looks like a signal',
      [zeros(4), { signal: Object.create(AbortSignal.prototype) }],
      'ERR_INVALID_ARG',
    ],
    ['no function', [zeros(4), { onProgress: 1 }], 'ERR_INVALID_ARG'],
    ['an unknown option', [zeros(4), { progress: 1 }], 'ERR_INVALID_ARG'],
  ])('rejects %s', async (_, [source, options], code) => {
    const target = zeros(4);
    expect(await rejection(target.copyFromAsync(source, options as object))).toMatchObject({ code });
    expect(target.count(0)).toBe(4);
  });

  it('rejects on a read-only and on a released view', async () => {
    const view = zeros(4);
    const error = await rejection(view.toReadonly().copyFromAsync(zeros(4)));
    expect(error).toMatchObject({ code: 'ERR_READONLY' });
    view.release();
    expect(await rejection(view.copyFromAsync(zeros(4)))).toMatchObject({ code: 'ERR_RELEASED' });
    expect(await rejection(view.copyAsync())).toMatchObject({ code: 'ERR_RELEASED' });
  });
});

describe('copyAsync', () => {
  it('makes the memory that copy makes', async () => {
    const view = array(numbered(600)).reshape([20, 30]);
    const copied = await view.T.copyAsync({ order: 'F' });
    expect(copied.equals(view.T)).toBe(true);
    expect(copied.strides).toEqual(view.T.copy({ order: 'F' }).strides);
    expect(copied.format).toBe('d');
    (copied.obj as NativeMemory).release();
  });

  it('leaves no memory behind when it is aborted', async () => {
    const view = empty(40 * MIB, 'B');
    const left = (): number => memory.snapshot().filter(({ label }) => label === 'copyAsync').length;
    const control = new AbortController();
    const copying = view.copyAsync({ signal: control.signal, onProgress: () => control.abort() });
    expect(await rejection(copying)).toMatchObject({ name: 'AbortError' });
    expect(left()).toBe(0);
    expect(await rejection(view.copyAsync({ order: 'Z' as 'C' }))).toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
    });
    expect(left()).toBe(0);
  });
});
