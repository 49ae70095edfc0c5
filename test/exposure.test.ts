/**
 * Which calls hand out the ArrayBuffer over native memory, or an array over it. What was never handed out can't have been moved, so the
 * library takes the death of such an ArrayBuffer for the death of the bytes; a call that hands one out has to note it (`exposedBuffer`).
 * Each public member is called and all that it returns, or passes to a callback, is searched for arrays over the memory: a member that
 * hands out more than the doors below fails here, and so does a new one that this test can't call yet.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { binding } from '../src/binding.js';
import * as main from '../src/index.js';
import * as arrow from '../src/interop/arrow.js';
import * as dlpack from '../src/interop/dlpack.js';
import * as npy from '../src/interop/npy.js';
import { blockOf } from '../src/memory/native-memory.js';

const { allocate, array, memoryview, NativeMemory, wrapPointer } = main;
type Memory = main.NativeMemory;

/** The calls that hand out the ArrayBuffer or an array over it, and no others. */
const DOORS = [
  'MemoryView asBuffer',
  'MemoryView asDataView',
  'MemoryView asTypedArray',
  'NativeMemory buffer',
  'NativeMemory lend',
];

const folder = mkdtempSync(join(tmpdir(), 'memoryview-exposure-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether a value leads, by properties and elements, to an ArrayBuffer inside the memory or an array over it. */
function leadsInto(value: unknown, start: bigint, end: bigint, seen = new Set<object>()): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value))
    return false;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return leadsInto(value.buffer, start, end, seen);
  if (types.isArrayBuffer(value)) {
    const at = value.byteLength === 0 ? 0n : binding.addressOf(value);
    return at >= start && at < end;
  }
  if (types.isMap(value) || types.isSet(value))
    return [...value].some((item) => leadsInto(item, start, end, seen));
  return Reflect.ownKeys(value).some((key) =>
    leadsInto(Object.getOwnPropertyDescriptor(value, key)?.value, start, end, seen),
  );
}

/** Arenas end with the tests, or their slabs would. */
const arenas: main.Arena[] = [];

/** Memory of the heap, and memory at the start of an arena's slab: an array over the slab has its address. */
const SOURCES: Record<string, (nbytes: number) => Memory> = {
  heap: (nbytes) => allocate(nbytes),
  arena: (nbytes) => {
    const arena = new main.Arena();
    arenas.push(arena);
    return arena.allocate(nbytes);
  },
};

/** Calls with fresh memory, and what it handed out: an array over the memory, and a note that it did. */
async function handedOut(
  source: string,
  nbytes: number,
  call: (memory: Memory, callback: (...values: unknown[]) => undefined) => unknown,
): Promise<{ found: boolean; noted: boolean }> {
  const memory = SOURCES[source]!(nbytes);
  memory.view().fill(1);
  const end = memory.address + BigInt(nbytes);
  const passed: unknown[] = [];
  const noted = vi.spyOn(binding, 'expose');
  try {
    const answer = await call(memory, (...values) => {
      passed.push(values);
    });
    const exposed = noted.mock.calls.some(([id]) => id === blockOf(memory));
    return { found: leadsInto([answer, passed], memory.address, end), noted: exposed };
  } finally {
    noted.mockRestore();
  }
}

type Call = (owner: never, callback: (...values: unknown[]) => undefined) => unknown;

const EXPORTER = Symbol.for('memoryview.exporter.v1');
const BORROWED = Symbol.for('memoryview.borrowed.v1');

function fileOf(nbytes: number): string {
  const path = join(folder, 'bytes');
  writeFileSync(path, new Uint8Array(nbytes));
  return path;
}

/** Members that need arguments. The others are read, or called without any. */
const VIEW_CALLS: Record<string, Call> = {
  get: (view: main.MemoryView) => view.get(0, 0),
  set: (view: main.MemoryView) => view.set(0, 0, 1),
  field: () => memoryview(allocate(8), { format: 'T{i:a:i:b:}' }).field('a'),
  cast: (view: main.MemoryView) => view.cast('B'),
  viewAs: (view: main.MemoryView) => view.viewAs('i'),
  newByteOrder: (view: main.MemoryView) => view.newByteOrder('>'),
  reshape: (view: main.MemoryView) => view.reshape([-1]),
  swapAxes: (view: main.MemoryView) => view.swapAxes(0, 1),
  moveAxis: (view: main.MemoryView) => view.moveAxis(0, 1),
  broadcastTo: (view: main.MemoryView) => view.broadcastTo([2, 4, 4]),
  windows: (view: main.MemoryView) => view.windows([2, 2]),
  asStrided: (view: main.MemoryView) => view.asStrided([2], [4]),
  copyFrom: (view: main.MemoryView) => view.copyFrom(array(new Float32Array(16)).reshape([4, 4])),
  copyFromAsync: (view: main.MemoryView) => view.copyFromAsync(array(new Float32Array(16)).reshape([4, 4])),
  copyAsync: (view: main.MemoryView, callback) => view.copyAsync({ onProgress: callback }),
  fill: (view: main.MemoryView) => view.fill(1),
  decode: (view: main.MemoryView) => view.decode('latin1'),
  equals: (view: main.MemoryView) => view.equals(view.copy()),
  indexOf: (view: main.MemoryView) => view.reshape([-1]).indexOf(1),
  includes: (view: main.MemoryView) => view.reshape([-1]).includes(1),
  count: (view: main.MemoryView) => view.reshape([-1]).count(1),
  find: (view: main.MemoryView) => view.reshape([-1]).find([1]),
  mismatch: (view: main.MemoryView) => view.mismatch(view.copy()),
  borrow: (view: main.MemoryView, callback) => view.borrow(callback),
  share: (view: main.MemoryView) => main.unshare(view.share()),
  readFrom: (view: main.MemoryView) => view.readFrom(fileOf(64)),
  writeTo: (view: main.MemoryView) => view.writeTo(fileOf(64)),
  [Symbol.iterator]: (view: main.MemoryView) => [...view.reshape([-1])],
};
const MEMORY_CALLS: Record<string, Call> = {
  borrow: (memory: Memory, callback) => memory.borrow(callback),
  share: (memory: Memory) => main.unshare(memory.share()),
  // Throws for what reads memory as an array.
  length: () => undefined,
};
const BUFFER_CALLS: Record<string, Call> = {
  get: (window: main.PyBuffer) => window.get(0),
  // Throws for calls that read the window as a number.
  valueOf: () => undefined,
  equals: (window: main.PyBuffer) => window.equals(main.buffer(allocate(64))),
};

function membersOf(prototype: object): (string | symbol)[] {
  return Reflect.ownKeys(prototype).filter((key) => key !== 'constructor' && !/^\d+$/.test(String(key)));
}

const nameOf = (key: string | symbol): string =>
  typeof key === 'string' ? key : `@@${String(key.description).replace(/^.*\./, '')}`;

const CLASSES = [
  {
    name: 'MemoryView',
    prototype: main.MemoryView.prototype,
    calls: VIEW_CALLS,
    make: (memory: Memory): object => memory.view('f', [4, 4]),
  },
  {
    name: 'NativeMemory',
    prototype: NativeMemory.prototype,
    calls: MEMORY_CALLS,
    make: (memory: Memory): object => memory,
  },
  {
    name: 'PyBuffer',
    prototype: main.PyBuffer.prototype,
    calls: BUFFER_CALLS,
    make: (memory: Memory): object => main.buffer(memory),
  },
] as const;

const members = CLASSES.flatMap(({ name, prototype, calls, make }) =>
  membersOf(prototype)
    .filter((key) => key !== EXPORTER && (key !== BORROWED || binding.external))
    .map((key) => ({
      name: `${name} ${nameOf(key)}`,
      call: (memory: Memory, callback: (...values: unknown[]) => undefined): unknown => {
        const owner = make(memory);
        const known = Object.hasOwn(calls, key) ? (Reflect.get(calls, key) as Call) : undefined;
        if (known !== undefined) return known(owner as never, callback);
        const value: unknown = Reflect.get(owner, key);
        return typeof value === 'function' ? Reflect.apply(value, owner, []) : value;
      },
    })),
);

/** Functions, and classes that are reached through them. Each entry gets memory of 1,024 bytes. */
const FUNCTIONS: Record<string, Call> = {
  explain: (memory: Memory) => [main.explain(memory.view()), main.explain(memory.view(), { format: 'svg' })],
  memoryview: (memory: Memory) => memoryview(memory).slice('1:3'),
  buffer: (memory: Memory) => main.buffer(memory, 1, 2),
  struct: (memory: Memory) => [
    main.struct.packInto('<i', memory, 0, 1),
    main.struct.unpackFrom('<i', memory),
    [...main.struct.iterUnpack('<i', memory)],
  ],
  attach: (memory: Memory) => main.attach(memory.share()),
  wrapPointer: (memory: Memory, callback) =>
    wrapPointer(memory.address, 16, { owner: memory, release: callback }).release(),
  indirect: (memory: Memory) => {
    const rows = main.MemoryView.indirect([memory.view().slice('0:8'), memory.view().slice('8:16')]);
    return [rows, rows.toBytes(), rows.get(0, 0), rows.slice(1)];
  },
  registerExporter: (memory: Memory, callback) => {
    class Picture {
      [Symbol.for('memoryview.buffer')](): Memory {
        callback();
        return memory;
      }
    }
    return memoryview(new Picture());
  },
  toDLPack: (memory: Memory) => dlpack.fromDLPack(dlpack.toDLPack(memory.view('f', [4, 4]))),
  saveNpy: async (memory: Memory) => {
    const path = join(folder, 'one.npy');
    npy.saveNpy(path, memory.view('d', [2, 2]));
    return [npy.loadNpy(path), npy.loadNpy(readFileSync(path))];
  },
  'saveNpy to a stream': async (memory: Memory, callback) => {
    const stream = new PassThrough();
    stream.on('data', callback);
    await npy.saveNpy(stream, memory.view('d', [2, 2]));
  },
  saveNpz: async (memory: Memory) => {
    const path = join(folder, 'some.npz');
    await npy.saveNpz(path, { a: memory.view('d', [2, 2]) });
    return npy.loadNpz(path);
  },
  loadNpz: async (memory: Memory) => {
    const path = join(folder, 'whole.npz');
    await npy.saveNpz(path, { a: new Uint8Array([1]) });
    const whole = readFileSync(path);
    const view = memory.view().slice(main.range(0, whole.length));
    view.copyFrom(whole);
    return npy.loadNpz(view);
  },
  toArrow: (memory: Memory) => {
    const column = arrow.fromArrow(arrow.toArrow(memory.view('i')));
    return [column, column.toArray(), column.values, column.get(0), column.data];
  },
};

describe.each(Object.keys(SOURCES))('every public way to native memory of an %s', (source) => {
  test.each(members)('$name hands out the buffer only where the list says so', async ({ name, call }) => {
    // Memory of an arena has no end of its own.
    if (source === 'arena' && /^NativeMemory (release|@@dispose)$/.test(name)) return;
    const isDoor = DOORS.includes(name);
    expect(await handedOut(source, 64, call)).toEqual({ found: isDoor, noted: isDoor });
  });

  test.each(Object.entries(FUNCTIONS))('%s hands out nothing', async (_, call) => {
    expect(await handedOut(source, 1024, call as Call as never)).toEqual({ found: false, noted: false });
  });

  test('the doors are members', () => {
    expect(members.map(({ name }) => name)).toEqual(expect.arrayContaining(DOORS));
  });
});

// --- the sources ------------------------------------------------------------------------------------------------------

/** The files that use the ArrayBuffer inside memory, and the reasons why none hands it out except by `exposedBuffer`. */
const INSIDERS: Record<string, string> = {
  'memory/file-mapping.ts': 'the key of a WeakMap',
  'memory/foreign.ts': 'the key of a WeakMap',
  'memory/native-memory.ts': 'what defines it',
  'span/region.ts': 'a region over memory',
};

/** The files that make arrays or objects over a region's ArrayBuffer, and what happens to them. */
const OVER_REGIONS: Record<string, string> = {
  'bulk/inspect.ts': 'printed',
  'bulk/sequence.ts': 'searched by Buffer.prototype.indexOf, or copied',
  'bulk/text.ts': 'decoded',
  'interop/arrow-values.ts': 'read, or copied',
  'interop/npy-source.ts': 'read, written to files, copied for streams',
  'span/region.ts': 'kept by the region',
  'view/engine-arrays.ts': 'handed out, by exposedBuffer',
  'view/native-exporter.ts': 'lent to native code, which has only memory that is the engine’s own that way',
  'view/py-buffer.ts': 'read',
};

describe('the sources', () => {
  const root = fileURLToPath(new URL('../src/', import.meta.url));
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    // src/engine and src/web have none of their own: there all memory is the engine's.
    .filter((path) => path.endsWith('.ts') && !/^(engine|web)/.test(path))
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(root, path), 'utf8') }));
  const filesWith = (pattern: RegExp): string[] =>
    sources
      .filter(({ text }) => pattern.test(text))
      .map(({ path }) => path)
      .sort();

  test('only these files take the ArrayBuffer inside memory', () => {
    expect(filesWith(/\binternalBuffer\b/)).toEqual(Object.keys(INSIDERS));
  });

  test('only these files make arrays over the ArrayBuffer of a region', () => {
    const made =
      /\b(?:Buffer\.from|new \w+(?:\.constructor)?)\((?:[\w.#]*\b(?:region|Region)\.buffer|this\.buffer|outsideBuffer\()/;
    const bytes = /\boutsideBuffer\b/;
    expect([...new Set([...filesWith(made), ...filesWith(bytes)])].sort()).toEqual(Object.keys(OVER_REGIONS));
  });

  test('only these files take the ArrayBuffer of a slab', () => {
    expect(filesWith(/\bslab\.buffer\b/)).toEqual(['memory/native-memory.ts', 'span/region.ts']);
  });

  test('only these files hand out the ArrayBuffer of memory', () => {
    expect(filesWith(/\bexposedBuffer\b/)).toEqual([
      'memory/lending.ts',
      'memory/native-memory.ts',
      'view/engine-arrays.ts',
    ]);
  });
});
