/** One owner: whatever array over native memory a view was made of, the memory is pinned, shared and exported as that memory. */
import { describe, expect, it } from 'vitest';
import {
  Arena,
  allocate,
  attach,
  buffer,
  explain,
  type MemoryView,
  memory,
  memoryview,
  type NativeMemory,
  wrapPointer,
  zeros,
} from '../../src/index.js';
import { fromDLPack, toDLPack } from '../../src/interop/dlpack.js';
import { expectThrown } from './thrown.js';

/** Every way from memory to an object of the engine's over 32 of its bytes, from byte 16 on. */
const ways: [string, (memory: NativeMemory) => object][] = [
  ['a Float64Array', (m) => new Float64Array(m.buffer, 16, 4)],
  ['a Buffer', (m) => Buffer.from(m.buffer, 16, 32)],
  ['a Buffer of a Buffer', (m) => Buffer.from(m.buffer).subarray(8).subarray(8, 40)],
  ['a sub-array', (m) => new Uint16Array(m.buffer).subarray(8, 24)],
  ['a DataView', (m) => new DataView(m.buffer, 16, 32)],
  ['what asBuffer gave', (m) => m.view().slice([16, 48]).asBuffer()],
  ['what asTypedArray gave', (m) => m.view('d').slice([2, 6]).asTypedArray()],
  [
    'an object of the protocol',
    (m) => ({ [Symbol.for('memoryview.buffer')]: () => new Uint8Array(m.buffer, 16, 32) }),
  ],
];

describe.each(ways)('a view of %s over native memory', (_, wayTo) => {
  const made = (): { memory: NativeMemory; object: object; view: MemoryView } => {
    const owner = allocate(64, { label: 'owner' });
    const object = wayTo(owner);
    return { memory: owner, object, view: memoryview(object) };
  };

  it('looks at its part, and keeps its object as obj', () => {
    const { memory: owner, object, view } = made();
    expect([view.byteOffset, view.nbytes]).toEqual([0, 32]);
    if (ArrayBuffer.isView(object)) expect(view.obj).toBe(object);
    if (memory.engine === 'native') expect(view.address).toBe(owner.address + 16n);
    expectThrown(() => view.cast('B').asStrided([33], [1]), 'ERR_OUT_OF_BOUNDS');
  });

  it('pins the memory while it is borrowed, and ends with it', () => {
    const { memory: owner, view } = made();
    view.borrow(() => expectThrown(() => owner.release(), 'ERR_EXPORTED', /borrowed \(1 borrow\)/));
    owner.release();
    expect(view.released).toBe(true);
    expectThrown(() => view.toBytes(), 'ERR_RELEASED');
  });

  it('is shared as the memory, with its place in it', () => {
    const { memory: owner, view } = made();
    view.cast('B').fill(7);
    const attached = attach(view.share());
    expect(attached.obj).toBe(owner);
    expect([attached.byteOffset, attached.nbytes]).toEqual([16, 32]);
    expect(attached.equals(view)).toBe(true);
    expect(owner.view().get(15)).toBe(0);
    expect(owner.view().get(16)).toBe(7);
    expect(owner.view().get(48)).toBe(0);
  });

  it('is exported to native code as the memory', () => {
    const { memory: owner, view } = made();
    const bytes = view.cast('B');
    bytes.set(31, 5);
    const tensor = fromDLPack(toDLPack(bytes));
    expect(tensor.address).toBe(owner.address + 16n);
    expect(tensor.get(31)).toBe(5);
    expectThrown(() => owner.release(), 'ERR_EXPORTED', /dlpack/);
  });

  it('is copied off the thread under a pin', async () => {
    const { memory: owner, view } = made();
    const copying = view.copyAsync();
    expectThrown(() => owner.release(), 'ERR_EXPORTED', /copyAsync/);
    await copying;
    owner.release();
  });

  it('is explained as the memory', () => {
    const { memory: owner, view } = made();
    expect(explain(view)).toMatch(/32 bytes of 64, native memory \(heap "owner"\)/);
    owner.release();
  });
});

describe('the one owner', () => {
  it('of an ArrayBuffer is its memory', () => {
    const owner = allocate(8);
    const view = memoryview(owner.buffer);
    expect(view.obj).toBe(owner.buffer);
    view.borrow(() => expectThrown(() => owner.release(), 'ERR_EXPORTED'));
    buffer(owner.buffer);
  });

  it('of memory attached in this thread, of an arena and of wrapped memory is found too', () => {
    const owner = allocate(64);
    const attached = attach(owner.share());
    const arena = new Arena();
    const inArena = arena.allocate(64);
    const wrapped = wrapPointer(owner.address, 64, { owner });
    for (const one of [attached, inArena, wrapped]) {
      const view = memoryview(new Float64Array((one as NativeMemory).buffer));
      const release = one === inArena ? () => arena.release() : () => (one as NativeMemory).release();
      view.borrow(() => expectThrown(release, 'ERR_EXPORTED'));
    }
  });

  it('that is read-only stays so through an array', () => {
    const owner = allocate(8);
    const wrapped = wrapPointer(owner.address, 8, { readonly: true, owner });
    const view = memoryview(new Uint8Array(wrapped.buffer));
    expect(view.readonly).toBe(true);
    expectThrown(() => view.set(0, 1), 'ERR_READONLY');
  });

  it('is none for bytes that were copied', () => {
    const copied = structuredClone(allocate(8).buffer);
    expect(memoryview(copied).obj).toBe(copied);
    expectThrown(() => memoryview(copied).share(), 'ERR_UNSUPPORTED');
  });
});

describe('a lent object', () => {
  const lenders: [string, string, (owner: NativeMemory) => object][] = [
    ['asBuffer', 'Buffer', (m) => m.view().asBuffer({ pin: true })],
    ['asTypedArray', 'Float64Array', (m) => m.view('d').asTypedArray({ pin: true })],
    [
      'asTypedArray of a type',
      'Uint8ClampedArray',
      (m) => m.view().asTypedArray({ type: Uint8ClampedArray, pin: true }),
    ],
    ['asDataView', 'DataView', (m) => m.view().slice([8, 16]).asDataView({ pin: true })],
    ['lend', 'Buffer', (m) => m.lend()],
    [
      'asBuffer of a view of an array',
      'Buffer',
      (m) => memoryview(new Uint8Array(m.buffer, 8)).asBuffer({ pin: true }),
    ],
  ];

  it.each(lenders)('of %s pins the memory until it has been collected', async (_, name, lend) => {
    const owner = allocate(64, { label: 'lent' });
    // In a function of its own, so that no frame on the stack keeps the object.
    const lendAndDrop = (): void => {
      const object = lend(owner);
      expectThrown(() => owner.release(), 'ERR_EXPORTED', new RegExp(`1 lent ${name}`));
      const block = memory.snapshot().find(({ label }) => label === 'lent');
      expect(block!.holders).toEqual({ [`lent ${name}`]: 1 });
      expect(object.constructor.name).toBe(name);
    };
    lendAndDrop();
    let released = false;
    void owner.release({ wait: true }).then(() => {
      released = true;
    });
    for (let turns = 0; turns < 200 && !released; turns++) {
      globalThis.gc!();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect([released, owner.released]).toEqual([true, true]);
  });

  it('of memory of the engine pins nothing, and lives as long as the object anyway', () => {
    const view = memoryview(new Uint8Array(8));
    expect(view.asBuffer({ pin: true }).buffer).toBe((view.obj as Uint8Array).buffer);
  });

  it('is asked for by a boolean', () => {
    expectThrown(() => zeros(1).asBuffer({ pin: 1 as never }), 'ERR_INVALID_ARG', /pin/);
  });
});
