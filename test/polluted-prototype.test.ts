/**
 * Properties that other code has put on Object.prototype change no call: options, layouts, handles and the library's own literals are read
 * without it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { define } from '../src/arguments.js';
import {
  Arena,
  allocate,
  array,
  attach,
  buffer,
  empty,
  explain,
  formatInfo,
  MemoryView,
  mapFile,
  memory,
  memoryview,
  range,
  SharedMemory,
  struct,
  unshare,
  wrapPointer,
  zeros,
} from '../src/index.js';
import { fromArrow, toArrow } from '../src/interop/arrow.js';
import { fromDLPack, toDLPack } from '../src/interop/dlpack.js';
import { loadNpy, saveNpy } from '../src/interop/npy.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-polluted-'));
const file = join(folder, 'data.bin');
const npy = join(folder, 'a.npy');

beforeAll(() => saveNpy(npy, array([1, 2, 3])));
afterAll(() => rmSync(folder, { recursive: true }));

/** Calls `use` while Object.prototype has further properties. */
function polluted<R>(extra: object, use: () => R): R {
  Object.assign(Object.prototype, extra);
  try {
    return use();
  } finally {
    for (const key of Reflect.ownKeys(extra)) Reflect.deleteProperty(Object.prototype, key);
  }
}

/** Every word in the sources that could be a property, and the first indices. */
function wordsOfSources(): string[] {
  const root = fileURLToPath(new URL('../src/', import.meta.url));
  const words = new Set<string>();
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    for (const [word] of readFileSync(join(root, path), 'utf8').matchAll(/\b[A-Za-z_]\w*/g)) words.add(word);
  }
  // The engine itself asks each iterator for `return` at the end of a destructuring.
  return [...words, '0', '1', '2', '3'].filter((word) => !(word in Object.prototype) && word !== 'return');
}

/** The places of src/ that look a word up in Object.prototype while `use` runs. */
function lookups(words: readonly string[], use: () => void): string[] {
  const places = new Set<string>();
  let asking = false;
  for (const word of words) {
    define(Object.prototype, word, {
      configurable: true,
      enumerable: /^\d/.test(word),
      get() {
        if (asking) return undefined;
        asking = true;
        const frame = new Error('here').stack?.split('\n')[2] ?? '';
        const at = /\/src\/([\w/-]+\.ts:\d+)/.exec(frame);
        if (at !== null) places.add(`${word} at ${at[1]}`);
        asking = false;
        return undefined;
      },
      set(value) {
        define(this, word, { value, writable: true, enumerable: true, configurable: true });
      },
    });
  }
  try {
    use();
  } finally {
    for (const word of words) Reflect.deleteProperty(Object.prototype, word);
  }
  return [...places].sort();
}

class Rows {
  readonly rows = new Float64Array(4);
  [Symbol.for('memoryview.buffer')](): Float64Array {
    return this.rows;
  }
}

/** One call of nearly everything. */
function useAll(): void {
  using owner = allocate(64, { label: 'polluted' });
  allocate(8).release();
  const view = zeros([3, 4], 'd');
  view.fill(1);
  view.set(0, 1, 2.5);
  view.get(0, 1);
  view.slice([0, 2], range(1, 3)).toArray();
  const holes: number[] = new Array(2);
  holes[1] = 2;
  view.slice([1], [null, 2]).slice(holes as [], 0);
  view.slice('::2, ...').copy({ order: 'F' }).toBytes('A');
  view.copyFrom(array([1, 2, 3, 4], 'i'), { broadcast: true, convert: true });
  view.copyFrom(zeros([3, 4]));
  view.reshape([2, -1]).transpose().flip(0).squeeze();
  view.windows([2, 2]);
  view.broadcastTo([2, 3, 4]);
  view.asStrided([2], [8]);
  view.equals(new Float64Array(12));
  view.asTypedArray();
  view.asBuffer({});
  view.toReadonly().asDataView({ allowWrites: true });
  view.borrow((v) => v.nbytes);
  String(view);
  inspect(view);
  explain(view);
  explain(view, { format: 'svg' });
  view.byteswap();
  const bytes = array([1, 2, 3], 'B');
  bytes.indexOf(2);
  bytes.count(2);
  bytes.hex(':');
  bytes.decode();
  bytes.cast('b').viewAs('B');
  const records = zeros(2, 'T{i:a:Zd:z:(2)h:s:}');
  records.set(0, { a: 1, z: { re: 1, im: 2 }, s: [1, 2] });
  records.get(0);
  records.field('a').toArray();
  records.indexOf({ a: 1, z: { re: 1, im: 2 }, s: [1, 2] });
  inspect(records);
  formatInfo('T{i:a:}');
  struct.pack('<hi', 1, 2);
  struct.unpack('<hi', Buffer.alloc(6));
  memoryview(new Rows(), { shape: [2, 2] });
  memoryview(Buffer.alloc(8), { format: 'i' });
  memoryview(new SharedArrayBuffer(8)).share();
  buffer('abc').slice(1).toString();
  MemoryView.indirect([new Uint8Array(4), new Uint8Array(4)]).toArray();
  empty(3, 'f');
  using arena = new Arena();
  arena.zeros([2]);
  arena.array([1, 2]);
  attach(owner.share());
  attach(view.share());
  unshare(view.share());
  using wrapped = wrapPointer(owner.address, 8, { owner, release: () => {} });
  wrapped.view('d');
  using plain = wrapPointer(owner.address, 8);
  plain.view();
  writeFileSync(file, 'precious data');
  using mapping = mapFile(file);
  mapping.view();
  using written = mapFile(file, { mode: 'r+' });
  written.flush();
  using shared = SharedMemory.create({ size: 64 });
  shared.view();
  loadNpy(npy);
  fromDLPack(toDLPack(zeros(3)));
  fromArrow(toArrow(zeros(3)));
  memory.stats();
  memory.snapshot();
  for (const wrong of [() => allocate(-1), () => view.get(9, 9), () => memoryview({})]) {
    try {
      wrong();
    } catch (error) {
      inspect(error);
    }
  }
}

describe('properties of Object.prototype', () => {
  it('are never asked for what an option, a handle or a literal of the library lacks', () => {
    useAll();
    expect(lookups(wordsOfSources(), useAll)).toEqual([]);
  });

  it('leave a file as it is that is mapped without options', () => {
    writeFileSync(file, 'precious data');
    for (const options of [undefined, {}, { advice: 'normal' as const }]) {
      polluted({ mode: 'w+', length: 4 }, () => mapFile(file, options).release());
      expect(readFileSync(file, 'latin1')).toBe('precious data');
    }
  });

  it('call no function at the end of wrapped memory', () => {
    using owner = allocate(64);
    polluted({ release: { fn: 1n }, fn: 1n }, () => wrapPointer(owner.address, 64).release());
  });

  it('change no layout, no copy and no release', () => {
    const view = polluted({ byteOffset: 4, readonly: true, format: 'i', shape: [1] }, () =>
      memoryview(Buffer.alloc(8), {}),
    );
    expect([view.nbytes, view.readonly, view.byteOffset]).toEqual([8, false, 0]);
    expect(() =>
      polluted({ convert: true, broadcast: true }, () => zeros(4, 'B').copyFrom(array([1]), {})),
    ).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    expect(polluted({ wait: true }, () => allocate(8).release({}))).toBeUndefined();
    expect(() =>
      polluted({ allowWrites: true }, () => memoryview(Buffer.alloc(4)).toReadonly().asBuffer({})),
    ).toThrow(expect.objectContaining({ code: 'ERR_READONLY' }));
  });

  it('make no exporter and no handle of any object', () => {
    const method = { [Symbol.for('memoryview.buffer')]: () => new Uint8Array(3) };
    expect(() => polluted(method, () => memoryview({}))).toThrow(/offers no memory/);
    const handle = zeros(1).share();
    expect(() => polluted(handle, () => attach({} as typeof handle))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
    );
    unshare(handle);
  });

  it('make no property of a record and no descriptor', () => {
    const read = polluted({ get: 1, set: 1, value: 1, writable: 1 }, () => zeros(1, 'T{i:a:i:b:}').toArray());
    expect(read).toEqual([{ a: 0, b: 0 }]);
  });

  it('do not reach the helpers that the bundler puts into dist', () => {
    const code = `
      import { array, struct, zeros } from ${JSON.stringify(new URL('../dist/index.mjs', import.meta.url).href)};
      // Node itself can't open its output while the prototype is polluted.
      const { stdout } = process;
      Object.assign(Object.prototype, { get: 1, set: 1, value: 1, writable: 1 });
      const read = JSON.stringify([zeros(2).toArray(), array([[1, 2]], 'T{b:a:h:b:}').toArray(), struct.unpack('bh', struct.pack('bh', 1, 2))]);
      for (const name of ['get', 'set', 'value', 'writable']) delete Object.prototype[name];
      stdout.write(read);`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual([[0, 0], [{ a: 1, b: 2 }], [1, 2]]);
  });

  it('of a class of the caller are options as its own are', () => {
    class Options {
      get label(): string {
        return 'by class';
      }
    }
    expect(allocate(8, new Options()).label).toBe('by class');
    expect(allocate(8, Object.create({ label: 'inherited' })).label).toBe('inherited');
    const seen = new Proxy({}, { get: (_, key) => (key === 'label' ? 'by proxy' : undefined) });
    expect(allocate(8, seen).label).toBe('by proxy');
  });
});
