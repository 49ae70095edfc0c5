/** `memoryview/core`, the library without the addon and without Node, in a realm that has only the language and the web. */
import { readdirSync, readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';

const file = new URL('../../dist/core.js', import.meta.url);
const code = readFileSync(file, 'utf8');

/** Runs a body over the library in a realm of its own; returns its result, as JSON. */
function ran(body: string, before = ''): unknown {
  const {
    TextDecoder,
    TextEncoder,
    MessageChannel,
    structuredClone,
    performance,
    atob,
    btoa,
    queueMicrotask,
  } = globalThis;
  const web = {
    TextDecoder,
    TextEncoder,
    MessageChannel,
    structuredClone,
    performance,
    atob,
    btoa,
    queueMicrotask,
  };
  const realm = createContext({ ...web, AbortController, AbortSignal, console });
  const exported = `(() => { ${before} const module = { exports: {} }; ${code}; return module.exports; })()`;
  return JSON.parse(String(runInContext(`JSON.stringify(((m) => { ${body} })(${exported}))`, realm)));
}

describe('memoryview/core', () => {
  it('imports nothing but its own modules', () => {
    const modules = readdirSync(new URL('core/', file)).map((name) => `core/${name}`);
    expect(modules.length).toBeGreaterThan(3);
    for (const name of ['core.js', 'core.mjs', ...modules]) {
      const text = readFileSync(new URL(name, file), 'utf8');
      expect(text, name).not.toMatch(/\brequire\s*\(\s*["'`]|\bimport\s*\(|node:[a-z]+["'`]\)/);
      const from = [...text.matchAll(/(?:\bfrom|\bimport)\s*["'`]([\w@.:/-]+)["'`]/g)].map(
        ([, path]) => path,
      );
      if (name === 'core.js') expect(from).toEqual([]);
      for (const path of from) expect(path, name).toMatch(/^\.\/(?:core\/)?[\w-]+\.mjs$/);
    }
  });

  it('exports the same names as one file and as modules, and those of the library', async () => {
    const modules: object = await import(new URL('core.mjs', file).href);
    const names = Object.keys(library).sort();
    expect(Object.keys(modules).sort()).toEqual(names);
    expect(ran('return Object.keys(m)')).toEqual(expect.arrayContaining(names));
  });

  it('works in a page without SharedArrayBuffer', () => {
    const body = 'return m.array([1, 2, 3], "h").slice("::2").toArray()';
    expect(ran(body, 'delete globalThis.SharedArrayBuffer;')).toEqual([1, 3]);
  });

  it('names its classes, although it is minified', () => {
    expect(ran('return [m.MemoryView, m.NativeMemory, m.BufferError].map(({ name }) => name)')).toEqual([
      'MemoryView',
      'NativeMemory',
      'BufferError',
    ]);
  });

  it('says which engine works', () => {
    expect(ran('return m.memory.engine')).toBe('javascript');
  });

  it('views, slices, casts, copies and compares', () => {
    const body = `
      const view = m.array([[1, 2, 3], [4, 5, 6]], 'i');
      const back = view.slice('::-1, ::2');
      const copy = back.copy();
      copy.set(0, 0, 9);
      return [view.toArray(), back.toArray(), back.T.toBytes().toString('hex'), copy.equals(back), view.nbytes,
        m.memory.stats().blocks];`;
    expect(ran(body)).toEqual([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [4, 6],
        [1, 3],
      ],
      '04000000010000000600000003000000',
      false,
      24,
      2,
    ]);
  });

  it('ends memory at a release, and refuses one that is pinned', () => {
    const body = `
      const memory = m.allocate(16);
      const codes = [];
      const attempt = (call) => { try { call(); } catch (error) { codes.push(error.code); } };
      const view = memory.view('d');
      memory.borrow(() => attempt(() => memory.release()));
      memory.release();
      attempt(() => view.get(0));
      return [codes, memory.buffer.byteLength, m.memory.stats().blocks];`;
    expect(ran(body)).toEqual([['ERR_EXPORTED', 'ERR_RELEASED'], 0, 0]);
  });

  it('packs, decodes, draws and reads C declarations', () => {
    const body = `
      const packed = m.struct.pack('<hI4s', -1, 7, m.struct.pack('4s', new Uint8Array([97, 98])));
      const { point } = m.cdef('typedef struct { int x; double y; } point;');
      return [packed.toString('hex'), m.memoryview(packed).slice([6, 8]).decode(), m.explain(m.zeros(2), { width: 60 })
        .split('\\n').length > 3, m.formatInfo(point).itemsize];`;
    expect(ran(body)).toEqual(['ffff0700000061620000', 'ab', true, 16]);
  });

  it('looks at the memory of a WebAssembly module as it grows', () => {
    const body = `
      const memory = new WebAssembly.Memory({ initial: 1 });
      m.memoryview(memory, { format: 'i', shape: [4] }).set(1, 5);
      memory.grow(1);
      return m.memoryview(memory, { format: 'i', shape: [4] }).toArray();`;
    expect(ran(body)).toEqual([0, 5, 0, 0]);
  });

  it('copies in turns of the event loop, and tells when it has', async () => {
    const { array, zeros } = await import(new URL('core.mjs', file).href);
    const view = array([1, 2, 3], 'i');
    expect((await view.copyAsync()).toArray()).toEqual([1, 2, 3]);
    const target = zeros(3, 'd');
    await target.copyFromAsync(view, { convert: true });
    expect(target.toArray()).toEqual([1, 2, 3]);
  });

  it('refuses calls that need the system', () => {
    const body = `
      const memory = m.allocate(8);
      const calls = [() => m.mapFile('x'), () => m.SharedMemory.create({ size: 8 }), () => m.wrapPointer(4096n, 8),
        () => memory.share(), () => memory.address, () => memory.view().address];
      return calls.map((call) => { try { call(); return 'nothing'; } catch (error) { return error.code; } });`;
    expect(ran(body)).toEqual(Array.from({ length: 6 }, () => 'ERR_UNSUPPORTED'));
  });
});
