/**
 * The result of every member of MemoryView and NativeMemory in every state, as one table each. The members are found by reflection: one
 * without a row fails.
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { binding } from '../../src/binding.js';
import { allocate, MemoryView, NativeMemory, unshare, zeros } from '../../src/index.js';
import { KEY } from '../../src/memory/holding.js';
import { blockOf } from '../../src/memory/native-memory.js';
import { codeOf } from './thrown.js';

/*
 * Reading the tables. The views hold int32: live is [[0,1,2],[3,4,5]]; 0-d is 7; size 0 has shape (0, 3); gaps is every other column
 * of six: [[0,2,4],[6,8,10]]. Rows whose name ends in /1 use views of one dimension (live [0..5]), /r views of records {a, b} of two
 * int16, which are the halves of those int32.
 *
 * A cell is the result; for what changes memory, what the view holds afterwards; `=` is as in live; an error is its code:
 *   !gone  BufferError ERR_RELEASED     !readonly TypeError ERR_READONLY         !bounds   RangeError ERR_OUT_OF_BOUNDS
 *   !held  BufferError ERR_EXPORTED     !gaps     TypeError ERR_NOT_CONTIGUOUS   !shape    RangeError ERR_SHAPE
 *   !arg   TypeError ERR_INVALID_ARG    !cast     TypeError ERR_CAST             !unsupported TypeError ERR_UNSUPPORTED
 */
const CODES: Record<string, string> = {
  '!gone': 'ERR_RELEASED',
  '!held': 'ERR_EXPORTED',
  '!arg': 'ERR_INVALID_ARG',
  '!readonly': 'ERR_READONLY',
  '!gaps': 'ERR_NOT_CONTIGUOUS',
  '!cast': 'ERR_CAST',
  '!bounds': 'ERR_OUT_OF_BOUNDS',
  '!shape': 'ERR_SHAPE',
  '!unsupported': 'ERR_UNSUPPORTED',
};

const VIEW_TABLE = `
member       | live                | view gone         | memory gone       | read-only | 0-d           | size 0        | gaps                 | borrowed
obj          | true                | !gone             | !gone             | =         | =             | =             | =                    | =
format       | i                   | !gone             | !gone             | =         | =             | =             | =                    | =
dtype        | int32               | !gone             | !gone             | =         | =             | =             | =                    | =
itemsize     | 4                   | !gone             | !gone             | =         | =             | =             | =                    | =
ndim         | 2                   | !gone             | !gone             | =         | 0             | =             | =                    | =
shape        | [2,3]               | !gone             | !gone             | =         | []            | [0,3]         | =                    | =
strides      | [12,4]              | !gone             | !gone             | =         | []            | =             | [24,8]               | =
suboffsets   | []                  | !gone             | !gone             | =         | =             | =             | =                    | =
readonly     | false               | !gone             | !gone             | true      | =             | =             | =                    | =
nbytes       | 24                  | !gone             | !gone             | =         | 4             | 0             | =                    | =
length       | 2                   | !gone             | !gone             | =         | 1             | 0             | =                    | =
byteOffset   | 0                   | !gone             | !gone             | =         | 28            | =             | =                    | =
address      | 0n                  | !gone             | !gone             | =         | 28n           | =             | =                    | =
cContiguous  | true                | !gone             | !gone             | =         | =             | =             | false                | =
fContiguous  | false               | !gone             | !gone             | =         | true          | true          | =                    | =
contiguous   | true                | !gone             | !gone             | =         | =             | =             | false                | =
released     | false               | true              | true              | =         | =             | =             | =                    | =
get          | 5                   | !gone             | !gone             | =         | 7             | !bounds       | 10                   | =
set          | [[0,1,2],[3,4,9]]   | !gone             | !gone             | !readonly | 9             | !bounds       | [[0,2,4],[6,8,9]]    | =
slice        | [3,4,5]             | !gone             | !gone             | =         | view 7        | !bounds       | [6,8,10]             | =
field/r      | [[0,1,2],[3,4,5]]   | !gone             | !gone             | =         | view 7        | []            | [[0,2,4],[6,8,10]]   | =
cast         | 24                  | !gone             | !gone             | =         | 4             | !cast         | !gaps                | =
cast/1       | 24                  | !gone             | !gone             | =         | 4             | !cast         | !gaps                | =
viewAs       | I                   | !gone             | !gone             | =         | =             | =             | =                    | =
newByteOrder | =i                  | !gone             | !gone             | =         | =             | =             | =                    | =
reshape      | [0,1,2,3,4,5]       | !gone             | !gone             | =         | [7]           | []            | [0,2,4,6,8,10]       | =
transpose    | [[0,3],[1,4],[2,5]] | !gone             | !gone             | =         | view 7        | [[],[],[]]    | [[0,6],[2,8],[4,10]] | =
T            | [[0,3],[1,4],[2,5]] | !gone             | !gone             | =         | view 7        | [[],[],[]]    | [[0,6],[2,8],[4,10]] | =
swapAxes     | [[0,3],[1,4],[2,5]] | !gone             | !gone             | =         | !bounds       | [[],[],[]]    | [[0,6],[2,8],[4,10]] | =
moveAxis     | [[0,3],[1,4],[2,5]] | !gone             | !gone             | =         | !bounds       | [[],[],[]]    | [[0,6],[2,8],[4,10]] | =
flip         | [[5,4,3],[2,1,0]]   | !gone             | !gone             | =         | view 7        | []            | [[10,8,6],[4,2,0]]   | =
squeeze      | [2,3]               | !gone             | !gone             | =         | []            | [0,3]         | =                    | =
diagonal     | [0,4]               | !gone             | !gone             | =         | !shape        | []            | [0,8]                | =
broadcastTo  | [1,2,3]             | !gone             | !gone             | =         | =             | !shape        | =                    | =
windows      | [2,3,1,1]           | !gone             | !gone             | =         | []            | !shape        | =                    | =
asStrided    | [0,1]               | !gone             | !gone             | =         | [7,8]         | =             | =                    | =
toReadonly   | true                | !gone             | !gone             | =         | =             | =             | =                    | =
copyFrom     | [[0,0,0],[0,0,0]]   | !gone             | !gone             | !readonly | 0             | []            | =                    | =
fill         | [[9,9,9],[9,9,9]]   | !gone             | !gone             | !readonly | 9             | []            | =                    | =
byteswap     | [[0,1,2],[3,4,5]]   | !gone             | !gone             | !readonly | view 7        | []            | [[0,2,4],[6,8,10]]   | =
copy         | [[0,1,2],[3,4,5]]   | !gone             | !gone             | =         | view 7        | []            | [[0,2,4],[6,8,10]]   | =
copyAsync    | [[0,1,2],[3,4,5]]   | !gone             | !gone             | =         | view 7        | []            | [[0,2,4],[6,8,10]]   | =
copyFromAsync | [[0,0,0],[0,0,0]]  | !gone             | !gone             | !readonly | 0             | []            | =                    | =
readFrom     | 24                  | !gone             | !gone             | !readonly | 4             | 0             | =                    | =
writeTo      | 24                  | !gone             | !gone             | =         | 4             | 0             | =                    | =
toBytes      | Buffer(24)          | !gone             | !gone             | =         | Buffer(4)     | Buffer(0)     | =                    | =
toArray      | [[0,1,2],[3,4,5]]   | !gone             | !gone             | =         | 7             | []            | [[0,2,4],[6,8,10]]   | =
toJSON       | [[0,1,2],[3,4,5]]   | !gone             | !gone             | =         | 7             | []            | [[0,2,4],[6,8,10]]   | =
hex          | 48                  | !gone             | !gone             | =         | 8             | 0             | =                    | =
decode       | 24                  | !gone             | !gone             | =         | 4             | 0             | =                    | =
equals       | true                | =                 | =                 | =         | =             | =             | =                    | =
indexOf/1    | 4                   | !gone             | !gone             | =         | !arg          | -1            | 2                    | =
indexOf      | !unsupported        | !gone             | !gone             | =         | !arg          | =             | =                    | =
includes/1   | true                | !gone             | !gone             | =         | !arg          | false         | =                    | =
includes     | !unsupported        | !gone             | !gone             | =         | !arg          | =             | =                    | =
count/1      | 1                   | !gone             | !gone             | =         | !arg          | 0             | =                    | =
count        | !unsupported        | !gone             | !gone             | =         | !arg          | =             | =                    | =
find/1       | 4                   | !gone             | !gone             | =         | !arg          | -1            | 2                    | =
find         | !unsupported        | !gone             | !gone             | =         | !arg          | =             | =                    | =
mismatch     | 5                   | !gone             | !gone             | =         | -1            | -1            | =                    | =
asTypedArray | Int32Array(24)      | !gone             | !gone             | !readonly | Int32Array(4) | Int32Array(0) | !gaps                | =
asBuffer     | Buffer(24)          | !gone             | !gone             | !readonly | Buffer(4)     | Buffer(0)     | !gaps                | =
asDataView   | DataView(24)        | !gone             | !gone             | !readonly | DataView(4)   | DataView(0)   | !gaps                | =
borrow       | true                | !gone             | !gone             | =         | =             | =             | =                    | =
share        | true                | !gone             | !gone             | =         | =             | =             | =                    | =
release      | true                | =                 | =                 | =         | =             | =             | =                    | !held
toString     | <memory at 0x>      | <released memory> | <released memory> | =         | =             | =             | =                    | =
@@toPrimitive | <memory at 0x>     | <released memory> | <released memory> | =         | =             | =             | =                    | =
values       | 2                   | !gone             | !gone             | =         | !arg          | 0             | =                    | =
reader       | 5                   | !gone             | !gone             | =         | 7             | !bounds       | 10                   | =
entries      | 2                   | !gone             | !gone             | =         | !arg          | 0             | =                    | =
@@iterator   | 2                   | !gone             | !gone             | =         | !arg          | 0             | =                    | =
@@dispose    | true                | =                 | =                 | =         | =             | =             | =                    | !held
@@exporter   | object              | !gone             | !gone             | =         | =             | =             | =                    | =
@@borrowed   | undefined           | !gone             | !gone             | =         | =             | =             | =                    | =
@@inspect    | [3, 4, 5]]          | <released memory> | <released memory> | =         | 7             | []            | [ 6,  8, 10]]        | =
`;

const MEMORY_TABLE = `
member    | live                                               | released                  | read-only                                         | size 0                                             | borrowed
nbytes    | 8                                                  | =                         | =                                                 | 0                                                  | =
address   | true                                               | =                         | =                                                 | =                                                  | =
kind      | heap                                               | =                         | =                                                 | =                                                  | =
label     | named                                              | =                         | =                                                 | =                                                  | =
readonly  | false                                              | =                         | true                                              | =                                                  | =
released  | false                                              | true                      | =                                                 | =                                                  | =
buffer    | 8                                                  | 0                         | =                                                 | 0                                                  | =
length    | !unsupported                                       | =                         | =                                                 | =                                                  | =
borrow    | true                                               | !gone                     | =                                                 | =                                                  | =
share     | true                                               | !gone                     | =                                                 | =                                                  | =
lend      | 8                                                  | !gone                     | =                                                 | 0                                                  | =
release   | true                                               | =                         | =                                                 | =                                                  | !held
view      | false                                              | !gone                     | true                                              | =                                                  | =
@@dispose | true                                               | =                         | =                                                 | =                                                  | !held
@@exporter | object                                             | !gone                     | =                                                 | =                                                  | =
@@borrowed | undefined                                          | !gone                     | =                                                 | =                                                  | =
@@inspect | <read-write buffer for 0x, size 8, offset 0 at 0x> | <released buffer, size 8> | <read-only buffer for 0x, size 8, offset 0 at 0x> | <read-write buffer for 0x, size 0, offset 0 at 0x> | =
`;

type ViewState = 'live' | 'view gone' | 'memory gone' | 'read-only' | '0-d' | 'size 0' | 'gaps' | 'borrowed';
type MemoryState = 'live' | 'released' | 'read-only' | 'size 0' | 'borrowed';

interface Row<S extends string> {
  readonly name: string;
  /** The member's name as reflection gives it. */
  readonly member: string;
  readonly outcomes: Readonly<Record<S, string>>;
}

function rowsOf<S extends string>(table: string, states: readonly S[]): Row<S>[] {
  const [head, ...lines] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(head!.slice(1)).toEqual(states);
  return lines.map(([name, ...cells]) => {
    expect(cells, name).toHaveLength(states.length);
    const outcomes = Object.fromEntries(
      states.map((state, i) => [state, cells[i] === '=' ? cells[0]! : cells[i]!]),
    ) as Record<S, string>;
    return { name: name!, member: name!.replace(/\/\w$/, ''), outcomes };
  });
}

function nameOf(key: string | symbol): string {
  if (typeof key === 'string') return key;
  return `@@${key
    .description!.replace(/\.custom$|\.v1$/, '')
    .split('.')
    .at(-1)!}`;
}

function membersOf(prototype: object): string[] {
  return Reflect.ownKeys(prototype)
    .map(nameOf)
    .filter((name) => name !== 'constructor');
}

/** The result of a call, as the tables write it. */
async function outcomeOf(call: () => unknown): Promise<string> {
  try {
    return shown(await call());
  } catch (error) {
    const code = codeOf(error);
    return Object.keys(CODES).find((word) => CODES[word] === code) ?? code;
  }
}

function shown(value: unknown): string {
  if (value instanceof MemoryView)
    return value.ndim === 0 ? `view ${shown(value.get())}` : shown(value.toArray());
  if (Buffer.isBuffer(value)) return `Buffer(${value.length})`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object') return JSON.stringify(value).replaceAll('"', '');
  return String(value);
}

/** Where native code finds native memory, and memory of the engine's: the one that has no more than that lends all of it. */
const SYMBOLS = [Symbol.for('memoryview.exporter.v1'), Symbol.for('memoryview.borrowed.v1')] as const;
const [EXPORTED, LENT] = binding.external ? SYMBOLS : [SYMBOLS[1], SYMBOLS[0]];

/** Whether there is a handle for another thread; takes it back. */
function shareable(owner: { share(): Parameters<typeof unshare>[0] }): boolean {
  unshare(owner.share());
  return true;
}

// --- MemoryView -------------------------------------------------------------------------------------------------------

const VIEW_STATES: readonly ViewState[] = [
  'live',
  'view gone',
  'memory gone',
  'read-only',
  '0-d',
  'size 0',
  'gaps',
  'borrowed',
];

/** A fresh view in a state, over memory of its own. */
function viewIn(state: ViewState, kind: string): { view: MemoryView; memory: NativeMemory } {
  const memory = allocate(64);
  memory.view('i').copyFrom(Int32Array.from({ length: 16 }, (_, i) => i));
  const base = memory.view('i');
  const flat = kind === '1';
  let view: MemoryView = flat ? base.slice('0:6') : base.slice('0:6').reshape([2, 3]);
  if (state === '0-d') view = base.slice(7);
  if (state === 'size 0') view = flat ? base.slice('0:0') : base.slice('0:0').reshape([0, 3]);
  if (state === 'gaps')
    view = flat ? base.slice('0:12:2') : base.slice('0:12').reshape([2, 6]).slice(':, ::2');
  if (state === 'read-only') view = view.toReadonly();
  if (kind === 'r') view = view.viewAs('T{h:a:h:b:}');
  if (state === 'view gone') view.release();
  if (state === 'memory gone') memory.release();
  return { view, memory };
}

const RANK: Record<string, number> = { '': 2, r: 2, '1': 1 };

type ViewCall = (view: MemoryView, indices: number[], memory: NativeMemory) => unknown;

/** Writes, then tells what the view holds. */
function after(write: (view: MemoryView, indices: number[]) => void): ViewCall {
  return (view, indices) => {
    write(view, indices);
    return view.toArray();
  };
}

/** An attribute; a list is shown as one. */
function attribute(name: keyof MemoryView): ViewCall {
  return (view) => view[name];
}

const VIEW_CALLS: Record<string, ViewCall> = {
  obj: (view, _, memory) => view.obj === memory,
  format: attribute('format'),
  dtype: attribute('dtype'),
  itemsize: attribute('itemsize'),
  ndim: attribute('ndim'),
  shape: attribute('shape'),
  strides: attribute('strides'),
  suboffsets: attribute('suboffsets'),
  readonly: attribute('readonly'),
  nbytes: attribute('nbytes'),
  length: attribute('length'),
  byteOffset: attribute('byteOffset'),
  address: (view, _, memory) => view.address - memory.address,
  cContiguous: attribute('cContiguous'),
  fContiguous: attribute('fContiguous'),
  contiguous: attribute('contiguous'),
  released: attribute('released'),
  get: (view, indices) => view.get(...indices),
  set: after((view, indices) => view.set(...indices, 9)),
  slice: (view, indices) => view.slice(...indices.slice(0, 1)),
  'field/r': (view) => view.field('a'),
  cast: (view) => view.cast('B').length,
  'cast/1': (view) => view.cast('b', [view.nbytes]).length,
  viewAs: (view) => view.viewAs('I').format,
  newByteOrder: (view) => view.newByteOrder('=').format,
  reshape: (view) => view.reshape([-1]),
  transpose: (view) => view.transpose(),
  T: attribute('T'),
  swapAxes: (view) => view.swapAxes(0, -1),
  moveAxis: (view) => view.moveAxis(0, -1),
  flip: (view) => view.flip(),
  squeeze: (view) => view.squeeze().shape,
  diagonal: (view) => view.diagonal(),
  broadcastTo: (view) => view.broadcastTo([1, 2, 3]).shape,
  windows: (view, indices) => view.windows(indices.map(() => 1)).shape,
  asStrided: (view) => view.asStrided([2], [4]),
  toReadonly: (view) => view.toReadonly().readonly,
  copyFrom: after((view) => view.copyFrom(zeros(1, 'i'), { broadcast: true })),
  fill: after((view) => view.fill(9)),
  byteswap: (view) => {
    view.byteswap();
    return view.viewAs('>i');
  },
  copy: (view) => view.copy(),
  copyAsync: (view) => view.copyAsync(),
  copyFromAsync: async (view, indices) => {
    await view.copyFromAsync(zeros(1, 'i'), { broadcast: true });
    return indices.length === 0 ? view.get() : view.toArray();
  },
  readFrom: (view) => view.readFrom('/dev/zero'),
  writeTo: (view) => view.writeTo('/dev/null'),
  toBytes: (view) => view.toBytes(),
  toArray: (view) => view.toArray(),
  toJSON: (view) => view.toJSON(),
  hex: (view) => view.hex().length,
  decode: (view) => view.decode('latin1').length,
  equals: (view) => view.equals(view),
  'indexOf/1': (view) => view.indexOf(4),
  'includes/1': (view) => view.includes(4),
  'count/1': (view) => view.count(4),
  indexOf: (view) => view.indexOf(4),
  includes: (view) => view.includes(4),
  count: (view) => view.count(4),
  'find/1': (view) => view.find([4]),
  find: (view) => view.find([4]),
  mismatch: (view, indices) => {
    const other = view.copy();
    if (indices.length > 0 && view.nbytes > 0) other.set(...indices, 99);
    return view.mismatch(other);
  },
  asTypedArray: (view) => view.asTypedArray(),
  asBuffer: (view) => view.asBuffer(),
  asDataView: (view) => view.asDataView(),
  borrow: (view) => view.borrow((same) => same === view),
  share: (view) => shareable(view),
  release: (view) => {
    view.release();
    return view.released;
  },
  toString: (view: MemoryView) => view.toString().replace(/0x\w+/, '0x'),
  '@@toPrimitive': (view) => `${view}`.replace(/0x\w+/, '0x'),
  values: (view) => [...view.values()].length,
  reader: (view, indices) => view.reader().get(...indices),
  entries: (view) => [...view.entries()].length,
  '@@iterator': (view) => [...view].length,
  '@@dispose': (view) => {
    view[Symbol.dispose]();
    return view.released;
  },
  '@@exporter': (view) => typeof Reflect.get(view, EXPORTED),
  '@@borrowed': (view) => typeof Reflect.get(view, LENT),
  '@@inspect': (view) => inspect(view).split('\n').at(-1)!.trim(),
};

describe('every member of MemoryView', () => {
  const rows = rowsOf(VIEW_TABLE, VIEW_STATES);

  it('has a row', () => {
    expect([...new Set(rows.map(({ member }) => member))].sort()).toEqual(
      membersOf(MemoryView.prototype).sort(),
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(VIEW_CALLS).sort());
  });

  it.each(rows.flatMap((row) => VIEW_STATES.map((state) => ({ row, state, name: row.name }))))(
    'answers as stated: $name, $state',
    async ({ row, state }) => {
      const kind = row.name.split('/')[1] ?? '';
      const { view, memory } = viewIn(state, kind);
      const indices = new Array<number>(state === '0-d' ? 0 : RANK[kind]!).fill(-1);
      const call = (): Promise<string> => outcomeOf(() => VIEW_CALLS[row.name]!(view, indices, memory));
      expect(await (state === 'borrowed' ? view.borrow(call) : call())).toBe(row.outcomes[state]);
    },
  );
});

// --- NativeMemory -----------------------------------------------------------------------------------------------------

const MEMORY_STATES: readonly MemoryState[] = ['live', 'released', 'read-only', 'size 0', 'borrowed'];

/** Fresh memory in a state; the dimensions of a view say nothing of it. */
function memoryIn(state: MemoryState): NativeMemory {
  if (state === 'read-only') {
    const writable = allocate(8, { label: 'named' });
    const allocation = { id: blockOf(writable), kind: 'heap', nbytes: 8, label: 'named' } as const;
    const { buffer } = writable;
    const address = Number(writable.address);
    const engine = !binding.external;
    return new NativeMemory(KEY, {
      allocation,
      address,
      buffer,
      readonly: true,
      engine,
      scope: null,
    });
  }
  const memory = allocate(state === 'size 0' ? 0 : 8, { label: 'named' });
  if (state === 'released') memory.release();
  return memory;
}

const MEMORY_CALLS: Record<string, (memory: NativeMemory) => unknown> = {
  nbytes: (memory) => memory.nbytes,
  address: (memory) => memory.address > 0n,
  kind: (memory) => memory.kind,
  label: (memory) => memory.label,
  readonly: (memory) => memory.readonly,
  released: (memory) => memory.released,
  buffer: (memory) => memory.buffer.byteLength,
  view: (memory) => memory.view().readonly,
  length: (memory) => Reflect.get(memory, 'length'),
  borrow: (memory) => memory.borrow((same) => same === memory),
  share: (memory) => shareable(memory),
  lend: (memory) => memory.lend().length,
  release: (memory) => {
    memory.release();
    return memory.released;
  },
  '@@dispose': (memory) => {
    memory[Symbol.dispose]();
    return memory.released;
  },
  '@@exporter': (memory) => typeof Reflect.get(memory, EXPORTED),
  '@@borrowed': (memory) => typeof Reflect.get(memory, LENT),
  '@@inspect': (memory) => inspect(memory).replaceAll(/0x\w+/g, '0x'),
};

describe('every member of NativeMemory', () => {
  const rows = rowsOf(MEMORY_TABLE, MEMORY_STATES);

  it('has a row', () => {
    expect(rows.map(({ member }) => member).sort()).toEqual(membersOf(NativeMemory.prototype).sort());
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(MEMORY_CALLS).sort());
  });

  it.each(rows.flatMap((row) => MEMORY_STATES.map((state) => ({ row, state, name: row.name }))))(
    'answers as stated: $name, $state',
    async ({ row, state }) => {
      const memory = memoryIn(state);
      const call = (): Promise<string> => outcomeOf(() => MEMORY_CALLS[row.name]!(memory));
      expect(await (state === 'borrowed' ? memory.borrow(call) : call())).toBe(row.outcomes[state]);
    },
  );
});
