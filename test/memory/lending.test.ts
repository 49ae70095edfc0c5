/** Lent memory stays until the object that was lent has been collected. */
import { describe, expect, test } from 'vitest';
import { Arena, memory as account, allocate, type MemoryView } from '../../src/index.js';
import { thrown } from './thrown.js';

/** Turns of the event loop with a collection in each, until `done`. */
async function collectUntil(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50 && !done(); turn++) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const holdersOf = (label: string): Readonly<Record<string, number>> | undefined =>
  account.snapshot().find((block) => block.label === label)?.holders;

describe('lend', () => {
  test('answers a Buffer over all bytes of the memory', () => {
    const memory = allocate(16);
    const lent = memory.lend();
    expect(Buffer.isBuffer(lent)).toBe(true);
    expect(lent.length).toBe(16);
    lent[3] = 7;
    expect(memory.view('B').get(3)).toBe(7);
  });

  test('pins under the name of the object, and the refused release says how the pin ends', () => {
    const memory = allocate(16, { label: 'two loans' });
    const kept = [memory.lend(), memory.lend()];
    expect(thrown(() => memory.release())).toMatchObject({
      code: 'ERR_EXPORTED',
      message: 'release: the memory is held (2 lent Buffers); drop them and await release({ wait: true })',
    });
    expect(holdersOf('two loans')).toEqual({ 'lent Buffer': 2 });
    expect(kept.length).toBe(2);
  });

  test('lets a waiting release go on once the object has been collected', async () => {
    const memory = allocate(16);
    (() => memory.lend())();
    let released = false;
    const releasing = memory.release({ wait: true }).then(() => {
      released = true;
    });
    await collectUntil(() => released);
    expect(released).toBe(true);
    await releasing;
    expect(memory.buffer.byteLength).toBe(0);
  });

  test('keeps the pin while the object is reachable, whatever else is collected', async () => {
    const memory = allocate(16, { label: 'reachable' });
    const lent = memory.lend();
    (() => memory.lend())();
    await collectUntil(() => holdersOf('reachable')?.['lent Buffer'] === 1);
    expect(thrown(() => memory.release())).toMatchObject({
      message: 'release: the memory is held (1 lent Buffer); drop it and await release({ wait: true })',
    });
    expect(lent.length).toBe(16);
  });

  test('keeps no memory alive that is dropped together with its loan', async () => {
    (() => allocate(1 << 20, { label: 'dropped loan' }).lend())();
    await collectUntil(() => holdersOf('dropped loan') === undefined);
    expect(holdersOf('dropped loan')).toBeUndefined();
  });

  test('keeps the pin of bytes that were moved until they are dropped', async (context) => {
    const move: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
    if (typeof move !== 'function') context.skip('this runtime has no ArrayBuffer.prototype.transfer');
    // In functions of their own: JavaScriptCore keeps the temporaries of a suspended async function, and the objects to which they refer.
    const kept: unknown[] = [];
    (() => {
      const memory = allocate(16, { label: 'moved loan' });
      kept.push(memory, Reflect.apply(move as () => unknown, memory.lend().buffer, []));
    })();
    await collectUntil(() => holdersOf('moved loan')?.['lent Buffer'] !== 1);
    expect(holdersOf('moved loan')).toEqual({ 'lent Buffer': 1 });
    (() => expect(kept[1]).toMatchObject({ byteLength: 16 }))();
    kept.length = 0;
    await collectUntil(() => holdersOf('moved loan') === undefined);
    expect(holdersOf('moved loan')).toBeUndefined();
  });

  test('waits for bytes that were moved no longer than they live, while a program holds the memory', async (context) => {
    const move: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
    if (typeof move !== 'function') context.skip('this runtime has no ArrayBuffer.prototype.transfer');
    const memory = allocate(16, { label: 'moved and held' });
    (() => Reflect.apply(move as () => unknown, memory.lend().buffer, []))();
    const released = memory.release({ wait: true });
    await collectUntil(() => holdersOf('moved and held')?.['lent Buffer'] !== 1);
    await released;
    expect(memory.released).toBe(true);
  });

  test('refuses released memory', () => {
    const memory = allocate(16);
    memory.release();
    expect(thrown(() => memory.lend())).toMatchObject({
      code: 'ERR_RELEASED',
      message: 'lend: the memory is released',
    });
  });

  test('refuses memory of an arena whose ArrayBuffer other code has moved away', (context) => {
    const move: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
    if (typeof move !== 'function') context.skip('this runtime has no ArrayBuffer.prototype.transfer');
    using arena = new Arena();
    const memory = arena.allocate(64);
    const moved = Reflect.apply(move as () => ArrayBuffer, memory.buffer, []);
    expect(thrown(() => memory.lend())).toMatchObject({
      code: 'ERR_RELEASED',
      message:
        "lend: other code has moved the memory's ArrayBuffer away, expected one that is attached; lend a copy() of its view",
    });
    expect(moved.byteLength).toBe(64);
  });

  test.each([
    ['DataView', (view: MemoryView) => view.asDataView({ pin: true })],
    ['Uint8Array', (view: MemoryView) => view.asTypedArray({ pin: true })],
    ['Buffer', (view: MemoryView) => view.asBuffer({ pin: true })],
  ])('names a %s that was lent', (name, lent) => {
    const memory = allocate(16, { label: `a lent ${name}` });
    const kept = lent(memory.view());
    expect(holdersOf(`a lent ${name}`)).toEqual({ [`lent ${name}`]: 1 });
    expect(kept.byteLength).toBe(16);
  });
});
