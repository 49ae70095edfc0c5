/** Parts and sizes of a mapped file: flush and advise of a range, resize. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mapFile, memory } from '../../src/index.js';
import { removeFolder } from '../posix.js';
import { simulated } from '../refusal.js';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memoryview-parts-'));
});

afterAll(() => removeFolder(folder));

function fileOf(name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(bytes, 1));
  return path;
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'nothing was thrown';
}

describe('a mapped file', () => {
  beforeEach((context) => {
    if (simulated) context.skip('files need the system');
  });

  it('flushes and advises parts', () => {
    const mapping = mapFile(fileOf('flushed', 20_000), { mode: 'r+', byteOffset: 100 });
    mapping.view('B').fill(7);
    mapping.flush(5000, 10);
    mapping.flush(19_900);
    mapping.flush(0, 0);
    mapping.advise('willneed', 4096, 4096);
    mapping.advise('sequential', 0);
    for (const call of [
      () => mapping.flush(19_901),
      () => mapping.flush(0, 19_901),
      () => mapping.flush(-1),
      () => mapping.advise('normal', 10, 19_891),
    ]) {
      expect(codeOf(call)).toBe('ERR_OUT_OF_BOUNDS');
    }
    expect(codeOf(() => Reflect.apply(mapping.flush, mapping, ['1']))).toBe('ERR_INVALID_ARG');
    mapping.release();
    expect(codeOf(() => mapping.flush(0, 1))).toBe('ERR_RELEASED');
  });

  it('grows and shrinks with its file; the views of before end', () => {
    const path = fileOf('resized', 5000);
    const mapping = mapFile(path, { mode: 'r+', byteOffset: 1000 });
    const view = mapping.view('B');
    view.set(0, 42);
    const before = memory.stats().byKind.file.blocks;
    mapping.resize(10_000);
    expect([mapping.nbytes, statSync(path).size, mapping.released]).toEqual([10_000, 11_000, false]);
    expect(codeOf(() => view.get(0))).toBe('ERR_RELEASED');
    const grown = mapping.view('B');
    expect([grown.get(0), grown.get(3999), grown.get(4000)]).toEqual([42, 1, 0]);
    grown.set(9999, 5);
    mapping.resize(9_999);
    mapping.resize(4);
    expect([mapping.nbytes, statSync(path).size]).toEqual([4, 1004]);
    expect(mapping.view('B').toArray()).toEqual([42, 1, 1, 1]);
    mapping.resize(0);
    mapping.resize(8);
    mapping.view('B').fill(3);
    expect(memory.stats().byKind.file.blocks).toBe(before);
    mapping.release();
    expect([...readFileSync(path).subarray(999)]).toEqual([1, 3, 3, 3, 3, 3, 3, 3, 3]);
  });

  it('keeps its size where something pins it, where it can’t be written, and where the size is impossible', () => {
    const path = fileOf('kept', 100);
    const mapping = mapFile(path, { mode: 'r+' });
    mapping.borrow(() => {
      expect(() => mapping.resize(200)).toThrow('resize: the memory is borrowed (1 borrow)');
    });
    expect(codeOf(() => mapping.resize(-1))).toBe('ERR_OUT_OF_RANGE');
    expect(codeOf(() => mapping.resize(2 ** 52))).toMatch(/^ERR_OUT_OF_MEMORY$|^EFBIG$|^ENOMEM$|^ENOSPC$/);
    expect([mapping.nbytes, statSync(path).size, mapping.view('B').get(99)]).toEqual([100, 100, 1]);
    for (const mode of ['r', 'c'] as const) {
      const other = mapFile(path, { mode });
      expect(codeOf(() => other.resize(10))).toBe('ERR_READONLY');
      other.release();
    }
    mapping.release();
    expect(codeOf(() => mapping.resize(10))).toBe('ERR_RELEASED');
  });
});
