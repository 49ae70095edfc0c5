/** Handles, exporters and pins are refused for views that can't have them, and nothing changes. */
import { describe, expect, it } from 'vitest';
import { allocate, attach, MemoryView, memoryview, unshare } from '../../src/index.js';
import type { NativeMemory } from '../../src/memory/native-memory.js';

const withCode = (code: string): unknown => expect.objectContaining({ code });

describe('a handle of a SharedArrayBuffer', () => {
  it('is attached as often as it is wanted, and keeps nothing', () => {
    const handle = memoryview(new SharedArrayBuffer(8)).slice('2:4').share();
    attach(handle).set(0, 7);
    expect(attach(handle).toArray()).toEqual([7, 0]);
    unshare(handle);
    expect(attach(handle).shape).toEqual([2]);
  });

  it('that holds something else is refused', () => {
    const { layout } = memoryview(new SharedArrayBuffer(8)).share();
    const forged = { memoryview: 'shared', buffer: new ArrayBuffer(8), layout };
    expect(() => attach(forged)).toThrow(withCode('ERR_INVALID_ARG'));
  });
});

describe('an indirect view', () => {
  const rows = (): [NativeMemory, NativeMemory, MemoryView] => {
    const [a, b] = [allocate(8), allocate(8)];
    return [a, b, MemoryView.indirect([a.view(), b.view()])];
  };

  it('has no handle and no exporter', () => {
    const [a, b, view] = rows();
    expect(() => view.share()).toThrow(withCode('ERR_NOT_CONTIGUOUS'));
    const offer = (): unknown => Reflect.get(view, Symbol.for('memoryview.exporter.v1'));
    expect(offer).toThrow(withCode('ERR_NOT_CONTIGUOUS'));
    for (const one of [a, b]) one.release();
  });

  it('of which one row is released is not borrowed, and pins no other row', () => {
    const [a, b, view] = rows();
    b.release();
    expect(() => view.borrow(() => {})).toThrow(withCode('ERR_RELEASED'));
    a.release();
    expect(a.released).toBe(true);
  });
});
