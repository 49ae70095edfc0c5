// Arguments that are right, or nearly. They let the fuzz reach states that wrong arguments never reach.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { types } from 'node:util';
import { array, ellipsis, MemoryView, newAxis, range, SharedMemory, zeros } from '../../dist/index.js';
import { saveNpy, saveNpz } from '../../dist/interop/npy.js';
import { arrowStream, arrowText, GROUND_BYTES, ground } from './ground.mjs';
import { ours, throwOurs } from './verdict.mjs';

const SINGLE = [...'cbBhHiIlLqQnNefd?P'];
const FORMATS = [
  ...SINGLE,
  ...SINGLE,
  '<i',
  '>h',
  '!d',
  '=q',
  '@l',
  '4s',
  '7p',
  '3x',
  'Zd',
  '>Zf',
  '2u',
  '3w',
  'u',
  '^h',
  '2h3i',
  'hbq',
  '(2,3)B',
  '(2)(2)h',
  'O',
  '&i',
  'X{}',
  'T{i:x:d:y:}',
  'T{<h:a:>h:b:}',
  'T{T{b:u:h:v:}:in:(2)f:w:}',
  'T{2x3s:name:?:ok:}',
  'T{ii}',
  'T{}',
  '0s',
  ' i ',
  '1000000x',
  '9999999999i',
  '99999999999999999999i',
];

const PIECES = [
  ...'cbBhHiIlLqQnNefd?PxspwuOXgtZT{}()<>=!@^:,0123456789 &',
  'T{',
  '(2,',
  ':x:',
  'Zd',
  '0x',
  '\u00e9',
  '\ud800',
];

const SLICES = [
  ':',
  '::',
  '1:',
  ':-1',
  '::-1',
  '0',
  '-1',
  '...',
  'None',
  'newaxis',
  '1:5:2',
  '-3:',
  '9:2:-2',
  '1:1',
  '1_0',
  '0x1',
  '--1',
];
const SLICE_PIECES = [
  ...':,.-+~0123456789_xXobNn ',
  '...',
  'None',
  'newaxis',
  '\u00a0',
  '٣',
  '9'.repeat(400),
];

/**
 * A listener whose release may be refused, or which can't be called any more as a proxy that was revoked: it is called where no code could catch
 * that, so it would end the process.
 */
function refused(work) {
  return (mapping) => {
    try {
      return work(mapping);
    } catch (error) {
      const isExpected = error?.code === 'ERR_EXPORTED' || error?.code === 'ERR_RELEASED';
      if (!isExpected && !types.isProxy(work)) throw error;
    }
  };
}

/**
 * Classes of another library, of which the exports hear in the middle of a round. Each round has its own: the library keeps what it was told of a
 * class as long as the class lives, and the functions it was told hold the round.
 */
function aliens() {
  class Alien {}
  class Image {}
  class Thumbnail extends Image {}
  return [Alien, Image, Thumbnail];
}

/** Files that calls map, in the working directory. */
export const FILES = ['a.bin', 'b.bin'];
const NPY = 'c.npy';
export const NPZ = 'd.npz';

/** Declarations in C that `cdef` takes. */
const DECLARATIONS = [
  'typedef struct { int x; double y; } point;',
  'enum e { A, B = 5 }; struct s { char name[16]; enum e kind; struct { short a, b; } in; };',
  '#define N 4\\nstruct t { unsigned char bytes[N * 2]; void *next; } __attribute__((packed));',
];

/** Objects of other libraries, by their shape. */
const SHAPES = {
  ndarray: () => ({ data: new Float64Array(6), shape: [2, 3], stride: [3, 1], offset: 0, dtype: 'float64' }),
  tensor: () => ({ type: 'float32', data: new Float32Array(6), dims: [2, 3], location: 'cpu' }),
  vector: () => ({
    values: new Int32Array(4),
    length: 4,
    offset: 0,
    nullCount: 0,
    stride: 1,
    type: { typeId: 2 },
  }),
  image: () => ({ data: new Uint8ClampedArray(16), width: 2, height: 2 }),
  sharp: () => ({
    data: Buffer.alloc(12),
    info: { width: 2, height: 2, channels: 3, depth: 'uchar', format: 'raw' },
  }),
  gpu: () => {
    const range = new ArrayBuffer(16);
    return { getMappedRange: () => range };
  },
};

const TENSORS = 'e.safetensors';

/** A file of one tensor as `loadSafetensors` reads it. */
function safetensors() {
  const header = Buffer.from(JSON.stringify({ a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(16)]);
}

/** An archive as `saveNpz` writes it. */
async function archive() {
  const file = join(mkdtempSync(join(tmpdir(), 'memoryview-fuzz-')), NPZ);
  await saveNpz(file, { a: array([1, 2, 3]), b: array([[1, 2]], 'h') }, { compress: true });
  const bytes = readFileSync(file);
  rmSync(dirname(file), { recursive: true });
  return bytes;
}

const ARCHIVE = await archive();

/** Calls with arguments that are never made hostile behind the recipe's back: the wrong ones would be right, and fatal. */
export const UNTOUCHED = new Set(['wrapPointer']);

/** Calls that take a path or a descriptor first. */
const OPENING = /^(mapFile|npy\/(load|save)\w*|SharedMemory\.open|MemoryView#(readFrom|writeTo))$/;

/** Arguments that reach nothing but what belongs to the fuzz: no descriptor of others, no path to elsewhere. */
export function careful(name, args) {
  const [first, ...rest] = args;
  // Any other number would be an address.
  if (/\/from/.test(name) && (typeof first === 'number' || typeof first === 'bigint'))
    return [first > 0 && first < 2 ** 53 ? 0 : first, ...rest];
  if (!OPENING.test(name)) return args;
  if (typeof first === 'number' && first >= 0 && first < 2 ** 31) return [FILES[0], ...rest];
  if (typeof first === 'string' && /^[/.~]/.test(first)) return [FILES[0], ...rest];
  return args;
}

/** Windows does not empty or replace a file that is mapped; it stays as it is then. */
function unlessMapped(make) {
  try {
    make();
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  }
}

/** Makes the files. */
export function makeFiles() {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  for (const file of FILES) unlessMapped(() => writeFileSync(file, Buffer.alloc(4096, 3)));
  unlessMapped(() => writeFileSync(NPZ, ARCHIVE));
  unlessMapped(() => writeFileSync(TENSORS, safetensors()));
  unlessMapped(() => saveNpy(NPY, array(rows, 'h')));
}

export class Recipes {
  #random;
  #pool;
  #hostility;
  #aliens = aliens();

  constructor(random, pool, hostility) {
    this.#random = random;
    this.#pool = pool;
    this.#hostility = hostility;
  }

  #mutated(text, pieces) {
    const random = this.#random;
    let at = text;
    for (let i = random.int(1, 3); i > 0; i--) {
      const from = random.below(at.length + 1);
      const to = random.chance(0.5) ? from : Math.min(at.length, from + random.int(1, 3));
      at = at.slice(0, from) + (random.chance(0.8) ? random.pick(pieces) : '') + at.slice(to);
    }
    return at;
  }

  format() {
    const random = this.#random;
    if (random.chance(0.8)) return random.pick(FORMATS);
    if (random.chance(0.02)) return `${'T{'.repeat(random.pick([60, 300, 20_000]))}i${'}'.repeat(60)}`;
    return this.#mutated(random.pick(FORMATS), PIECES);
  }

  /** A format of an item small enough to allocate some. */
  smallFormat() {
    const format = this.format();
    return /\d{4}/.test(format) ? 'i' : format;
  }

  lengths() {
    const random = this.#random;
    return random.list(random.pick([0, 1, 1, 2, 2, 3, 4]), () => random.pick([0, 1, 1, 2, 3, 4, 5]));
  }

  shape() {
    return this.#random.chance(0.2) ? this.#random.int(0, 20) : this.lengths();
  }

  int(low = -2, high = 9) {
    const random = this.#random;
    const value = random.int(low, high);
    return random.chance(0.1) ? BigInt(value) : value;
  }

  #exporter() {
    const random = this.#random;
    const pool = this.#pool;
    return (
      random.pick([
        () => random.pick(pool.views)?.view,
        () => random.pick(pool.views)?.view,
        () => random.pick(pool.memories)?.object,
        () => random.pick(pool.arrays),
        () => random.pick(pool.buffers),
        () => random.pick(pool.all)?.object,
        () => random.pick(pool.native())?.buffer,
        () => new (random.pick(this.#aliens))(),
      ])() ?? new Uint8Array(8)
    );
  }

  /** A view, or other exporter, that is small enough to go through. */
  exporter() {
    const made = this.#exporter();
    return this.#pool.isWide(made) ? new Uint16Array(4) : made;
  }

  /** The properties of a live view; those of a plain one for a view that has ended. */
  #of(view) {
    try {
      return { shape: view.shape, strides: view.strides, format: view.format, itemsize: view.itemsize };
    } catch {
      return { shape: [2], strides: [1], format: 'B', itemsize: 1 };
    }
  }

  value(format = 'd') {
    const random = this.#random;
    const number = () => random.pick([0, 1, 2, 127, 200, -1, 65000, 1n, -5n, 0.5, true, 2 ** 40, 1e300]);
    return random.pick([
      number,
      number,
      () => random.pick(['a', 'ab', '', '\u00e9', '\ud800']),
      () => Buffer.from('xyz'),
      () => new Uint8Array([65]),
      () => ({ re: 1, im: -1 }),
      () => ({ x: 1, y: 2 }),
      () => (format.startsWith('T{i') ? { x: 1, y: 2 } : { a: 1, b: 2 }),
      () => ({ in: { u: 1, v: 2 }, w: [1, 2] }),
      () => ({ name: Buffer.from('abc'), ok: true }),
      () => ({ a: number(), b: number() }),
      () => random.list(random.int(1, 5), number),
      () => random.list(2, () => random.list(3, number)),
      () => (format.includes('T{') ? [1, 2] : number()),
    ])();
  }

  #asOptions() {
    return { allowWrites: () => this.#random.chance(0.6), pin: () => this.#random.chance(0.4) };
  }

  /** The target of a search: an element, or several in a row. */
  #needle(view) {
    return this.#random.chance(0.3)
      ? new Uint8Array(this.#random.list(this.#random.below(3), () => 0))
      : this.#valueOf(view);
  }

  #sequence(view) {
    const random = this.#random;
    return random.pick([
      () => random.list(random.below(4), () => this.#valueOf(view)),
      () => this.exporter(),
      () => new Float64Array(random.below(3)),
      () => new Uint8Array(random.below(3)),
    ])();
  }

  #valueOf(view) {
    const random = this.#random;
    const { shape, format } = this.#of(view);
    if (random.chance(0.6)) {
      try {
        return view.get(...shape.map((n) => random.below(n)));
      } catch {
        // The view is empty, has ended, or its format can't be read.
      }
    }
    return this.value(format);
  }

  #index(n) {
    const random = this.#random;
    const i = random.int(-n, n - 1 + (random.chance(0.05) ? 1 : 0));
    return random.chance(0.05) ? BigInt(i) : i;
  }

  #bound() {
    const random = this.#random;
    return random.pick([
      () => null,
      () => undefined,
      () => this.int(-6, 6),
      () => this.int(-6, 6),
      () => 10n ** 30n,
    ])();
  }

  #step() {
    return this.#random.pick([1, 1, 2, -1, -2, 3, null, undefined, 0, -(2n ** 70n)]);
  }

  #part(n) {
    const random = this.#random;
    return random.pick([
      () => this.#index(Math.max(1, n)),
      () => this.#index(Math.max(1, n)),
      () => [this.#bound(), this.#bound(), this.#step()],
      () => range(this.#bound(), this.#bound(), random.pick([1, 2, -1, null])),
      () => [this.#bound()],
      () => ellipsis,
      () => newAxis,
    ])();
  }

  sliceText() {
    const random = this.#random;
    const text = random.list(random.int(1, 3), () => random.pick(SLICES)).join(random.pick([',', ', ']));
    return random.chance(0.7) ? text : this.#mutated(text, SLICE_PIECES);
  }

  #parts({ shape }) {
    const random = this.#random;
    if (random.chance(0.25)) return [this.sliceText()];
    const count = Math.max(0, shape.length - (random.chance(0.3) ? 1 : 0) + (random.chance(0.1) ? 1 : 0));
    return random.list(count, (d) => this.#part(shape[d] ?? 1));
  }

  #reshaped(shape) {
    const random = this.#random;
    const count = shape.reduce((a, b) => a * b, 1);
    if (random.chance(0.2)) return random.pick([-1, [-1], [1, -1], [-1, 2], [count, 1]]);
    const divisors = [1, 2, 3, 4, 5, 6, 8].filter((n) => count % n === 0);
    const first = random.pick(divisors) ?? 1;
    return random.shuffled([first, count / first, ...(random.chance(0.3) ? [1] : [])]);
  }

  #axis(n) {
    return this.#random.int(-n, Math.max(0, n - 1));
  }

  #axes(n) {
    return this.#random.chance(0.6)
      ? this.#axis(n)
      : this.#random.shuffled(Array.from({ length: n }, (_, i) => i));
  }

  #some(options) {
    const random = this.#random;
    const made = {};
    for (const [name, make] of Object.entries(options)) if (random.chance(0.45)) made[name] = make();
    return random.chance(0.2) ? undefined : made;
  }

  #newOptions() {
    return this.#some({ alignment: () => 2 ** this.#random.below(13), label: () => 'fuzz' });
  }

  layout() {
    const random = this.#random;
    return this.#some({
      format: () => this.smallFormat(),
      shape: () => this.shape(),
      strides: () => random.list(random.below(3), () => random.pick([0, 1, 2, 4, 8, -1, -8, 16])),
      byteOffset: () => random.pick([0, 0, 1, 2, 8, 16]),
      readonly: () => random.chance(0.5),
    });
  }

  /** A function for `borrow`: does something with what it gets, and returns at once or later. */
  #work() {
    const random = this.#random;
    const hostility = this.#hostility;
    return random.pick([
      () => (given) => given,
      () => (given) => given.release(),
      () => () => 1,
      () => async () => 1,
      () => (given) => hostility.later(given),
      () => () => hostility.later(1),
      () => (given) => given.borrow(() => hostility.later(2)),
      () => hostility.dressed(() => 1),
    ])();
  }

  #nested() {
    const random = this.#random;
    const grow = (depth) =>
      depth === 0 ? this.value() : random.list(2 + (random.chance(0.1) ? 1 : 0), () => grow(depth - 1));
    return grow(random.below(4));
  }

  #rows() {
    const random = this.#random;
    const view = random.pick(this.#pool.views)?.view;
    return random.list(random.int(0, 3), () =>
      random.chance(0.8) ? (view ?? new Uint8Array(4)) : this.exporter(),
    );
  }

  #copyAsyncOptions() {
    const random = this.#random;
    const hostility = this.#hostility;
    return this.#some({
      signal: () => {
        const controller = new AbortController();
        const abort = () => controller.abort(ours(random) ?? 'ours');
        if (random.chance(0.4)) abort();
        else setImmediate(abort);
        return controller.signal;
      },
      onProgress: () => random.pick([() => 1, hostility.dressed(() => 1), () => throwOurs(random)]),
    });
  }

  /** Right arguments for a member with a recipe; any for one without. */
  argumentsFor(name, receiver) {
    const known = this.#table[name];
    return known === undefined
      ? this.#random.list(this.#random.below(4), () => this.anything())
      : known(receiver, receiver instanceof MemoryView ? this.#of(receiver) : null);
  }

  anything() {
    const random = this.#random;
    return random.pick([
      () => this.exporter(),
      () => this.exporter(),
      () => this.int(),
      () => this.shape(),
      () => this.format(),
      () => this.layout(),
      () => random.pick(this.#pool.handles),
      () => this.#hostility.value(),
    ])();
  }

  #table = {
    memoryview: () => [this.exporter(), this.layout()],
    buffer: () => [
      this.#random.chance(0.15) ? this.#hostility.string() : this.exporter(),
      ...this.#random.list(this.#random.below(3), () => this.int(-1, 20)),
    ],
    allocate: () => [
      this.#random.pick([0, 1, 8, 24, 100, 500, 4000]),
      this.#some({
        alignment: () => 2 ** this.#random.below(13),
        zero: () => this.#random.chance(0.5),
        label: () => 'fuzz',
      }),
    ],
    zeros: () => [this.shape(), this.smallFormat(), this.#newOptions()],
    empty: () => [this.shape(), this.smallFormat(), this.#newOptions()],
    fromRecords: () => [
      this.#random.chance(0.5)
        ? zeros([2, 3], this.#random.pick(['T{i:x:d:y:}', 'T{<h:a:>h:b:}', 'T{ii}']))
        : this.exporter(),
      this.#some({
        fields: () => this.#random.pick([['x'], ['b', 'a'], ['f0'], [], ['x', 'x'], ['none']]),
        label: () => 'columns',
        alignment: () => 64,
      }),
    ],
    array: () => [
      this.#random.chance(0.3) ? this.exporter() : this.#nested(),
      this.smallFormat(),
      this.#newOptions(),
    ],
    attach: () => [this.#random.pick(this.#pool.handles)],
    unshare: () => [this.#random.pick(this.#pool.handles)],
    formatInfo: () => [this.format()],
    explain: () => [
      this.#random.pick(this.#pool.views)?.view ?? this.exporter(),
      this.#some({
        format: () => this.#random.pick(['text', 'svg', 'svg', 'png']),
        color: () => this.#random.chance(0.5),
        width: () => this.#random.pick([40, 80, 200, 1000, 39, 80n]),
      }),
    ],
    range: () => [this.#bound(), this.#bound(), this.#step()].slice(0, this.#random.below(4)),
    'struct.calcsize': () => [this.format()],
    'struct.pack': () => this.#packed(),
    'struct.unpack': () => {
      const [format, ...values] = this.#packed();
      const bytes = Buffer.alloc(this.#random.below(24));
      return this.#random.chance(0.5) ? ['8B', new Uint8Array(8)] : [format, bytes, ...values.slice(0, 0)];
    },
    'struct.packInto': () => {
      const [format, ...values] = this.#packed();
      return [format, this.exporter(), this.int(-1, 6), ...values];
    },
    'struct.unpackFrom': () => [this.#packed()[0], this.exporter(), this.int(-1, 6)],
    'struct.iterUnpack': () => [this.#random.pick(['B', '2B', '4s', '<h']), this.exporter()],
    'memory.trace': () => [this.#random.chance(0.3)],
    'memory.stats': () => [],
    'memory.snapshot': () => [],
    'memory.reclaim': () => [],
    'new Arena': () => [this.#some({ slabBytes: () => this.#random.pick([4096, 65_536]) })],
    'Arena#allocate': () => [this.#random.pick([0, 1, 24, 500, 3000]), this.#newOptions()],
    'Arena#zeros': () => [this.shape(), this.smallFormat(), this.#newOptions()],
    'Arena#empty': () => [this.shape(), this.smallFormat(), this.#newOptions()],
    'Arena#array': () => [this.#nested(), this.smallFormat(), this.#newOptions()],
    'Snapshot#compareTo': (snapshot) => [snapshot],
    'Snapshot#toSvg': () => [],
    'NativeMemory#view': () => [this.smallFormat(), this.#random.chance(0.5) ? undefined : this.shape()],
    'NativeMemory#borrow': () => [this.#work()],
    'NativeMemory#release': () => [this.#some({ wait: () => this.#random.chance(0.6) })],
    'NativeMemory#share': () => [],
    'PyBuffer#get': () => [this.int()],
    'PyBuffer#slice': () => [this.#bound(), this.#bound()],
    'PyBuffer#equals': () => [this.#random.pick(this.#pool.buffers)],
    'MemoryView.indirect': () => [this.#rows(), this.layout()],
    'MemoryView#get': (_, { shape }) => shape.map((n) => this.#index(n)),
    'ElementReader#get': () => [1, 1, 1].slice(this.#random.below(4)).map((n) => this.#index(n)),
    'ElementReader#rest': () => [1, 1, 1].slice(this.#random.below(4)).map((n) => this.#index(n)),
    'MemoryView#set': (view, { shape }) => [...shape.map((n) => this.#index(n)), this.#valueOf(view)],
    'MemoryView#slice': (_, about) => this.#parts(about),
    'MemoryView#field': () => [
      this.#random.pick(['x', 'y', 'a', 'b', 'in', 'u', 'w', 'name', 'ok', 'f0', 'f1']),
    ],
    'MemoryView#cast': (_, about) => [
      this.#random.pick(SINGLE),
      this.#random.chance(0.5) ? undefined : [].concat(this.#reshaped(about.shape)),
      this.#random.pick([undefined, undefined, 'C', 'F']),
    ],
    'MemoryView#viewAs': () => [this.format()],
    'MemoryView#newByteOrder': () => [this.#random.pick(['<', '>', '='])],
    'MemoryView#reshape': (_, { shape }) => [this.#reshaped(shape), this.#random.pick([undefined, 'C', 'F'])],
    'MemoryView#transpose': (_, { shape }) => {
      const axes = this.#random.shuffled(shape.map((_, i) => i));
      return this.#random.pick([[], axes, [axes]]);
    },
    'MemoryView#swapAxes': (_, { shape }) => [this.#axis(shape.length), this.#axis(shape.length)],
    'MemoryView#moveAxis': (_, { shape }) => [this.#axes(shape.length), this.#axes(shape.length)],
    'MemoryView#flip': (_, { shape }) => (this.#random.chance(0.3) ? [] : [this.#axes(shape.length)]),
    'MemoryView#squeeze': (_, { shape }) => {
      const one = shape.indexOf(1);
      return this.#random.chance(0.5) || one < 0 ? [] : [one];
    },
    'MemoryView#diagonal': (_, { shape }) =>
      [this.int(-3, 3), this.#axis(shape.length), this.#axis(shape.length)].slice(0, this.#random.below(4)),
    'MemoryView#broadcastTo': (_, { shape }) => [
      [
        ...this.#random.list(this.#random.below(3), () => this.#random.pick([0, 1, 2, 3, 2 ** 20])),
        ...shape.map((n) => (n === 1 ? this.#random.int(1, 4) : n)),
      ],
    ],
    'MemoryView#windows': (_, { shape }) => [
      ...(this.#random.chance(0.7)
        ? [shape.map((n) => this.#random.int(0, n)), undefined]
        : [this.#random.int(0, shape[0] ?? 1), this.#axis(shape.length)]),
      this.#some({ writable: () => this.#random.chance(0.5) }),
    ],
    'MemoryView#asStrided': (_, { itemsize }) => {
      const shape = this.lengths();
      return [shape, shape.map(() => this.#random.pick([0, 1, itemsize, -itemsize, 2 * itemsize]))];
    },
    'MemoryView#toReadonly': () => [],
    'MemoryView#copyFrom': (view) => [
      this.#random.chance(0.5) ? this.#like(view) : this.exporter(),
      this.#some({ broadcast: () => this.#random.chance(0.7), convert: () => this.#random.chance(0.7) }),
    ],
    'MemoryView#copyFromAsync': (view) => [
      this.#random.chance(0.7) ? this.#like(view) : this.exporter(),
      this.#copyAsyncOptions(),
    ],
    'MemoryView#copyAsync': () => [this.#copyAsyncOptions()],
    'MemoryView#fill': (view) => [this.#valueOf(view)],
    'MemoryView#byteswap': () => [],
    'MemoryView#copy': () => [this.#some({ order: () => this.#random.pick(['C', 'F', 'A', 'K', null]) })],
    'MemoryView#toBytes': () => [this.#random.pick([undefined, 'C', 'F', 'A'])],
    'MemoryView#hex': () => [
      this.#random.pick([undefined, ':', '-']),
      this.#random.pick([undefined, 1, 2, -3, 0]),
    ],
    'MemoryView#decode': () => [
      this.#random.pick([undefined, 'utf8', 'latin1', 'hex', 'utf16le', 'utf-16be', 'base64']),
    ],
    'MemoryView#equals': (view) => [this.#random.chance(0.5) ? this.#like(view) : this.exporter()],
    'MemoryView#find': (view) => [this.#sequence(view), ...(this.#random.chance(0.5) ? [] : [this.int()])],
    'MemoryView#mismatch': (view) => [this.#random.chance(0.6) ? this.#like(view) : this.exporter()],
    'MemoryView#[Symbol.toPrimitive]': () => [this.#random.pick(['string', 'default', 'number'])],
    'MemoryView#indexOf': (view) => [this.#needle(view), ...(this.#random.chance(0.5) ? [] : [this.int()])],
    'MemoryView#includes': (view) => [this.#needle(view)],
    'MemoryView#count': (view) => [this.#needle(view)],
    'MemoryView#asTypedArray': () => [
      this.#some({
        ...this.#asOptions(),
        type: () => this.#random.pick([Uint8ClampedArray, Uint16Array, Float64Array]),
      }),
    ],
    'MemoryView#asBuffer': () => [this.#some(this.#asOptions())],
    'MemoryView#asDataView': () => [this.#some(this.#asOptions())],
    registerExporter: () => [
      this.#random.pick(this.#aliens),
      this.#random.pick([
        () => this.exporter(),
        () => this.#hostility.value(),
        (alien) => alien,
        () => throwOurs(this.#random),
      ]),
    ],
    'MemoryView#borrow': () => [this.#work()],
    'MemoryView#share': () => [],
    'MemoryView#values': () => [],
    'MemoryView#reader': () => [],
    'MemoryView#entries': () => [],
    'MemoryView#toString': () => [],
    mapFile: () => [
      this.#random.pick([...FILES, ...FILES, 'missing', '.']),
      this.#some({
        mode: () => this.#random.pick(['r', 'r+', 'w+', 'c']),
        byteOffset: () => this.#random.pick([0, 0, 8, 100, 5000]),
        length: () => this.#random.pick([0, 8, 64, 100, 4096]),
        advice: () => this.#advice(),
        onTruncated: () => refused(this.#work()),
      }),
    ],
    'MappedFile#advise': () => [this.#advice()],
    'SharedMemory.create': () => [
      this.#random.chance(0.9)
        ? {
            size: this.#random.int(1, 100),
            ...this.#some({ name: () => this.#name(), anonymous: () => true }),
          }
        : this.#some({ size: () => 8, name: () => this.#name() }),
    ],
    'SharedMemory.open': () => [this.#openName(), this.#some({ readonly: () => this.#random.chance(0.5) })],
    wrapPointer: () => this.#pointer(),
    'dlpack/toDLPack': () => [this.exporter(), this.#some({ copy: () => this.#random.chance(0.5) })],
    'dlpack/fromDLPack': () => [
      this.#random.pick(this.#pool.capsules),
      this.#some({ versioned: () => this.#random.chance(0.9) }),
    ],
    'arrow/toArrow': () => [
      this.exporter(),
      this.#some({
        name: () => 'price',
        copy: () => this.#random.chance(0.6),
        validity: () => this.exporter(),
        dictionary: () => this.#random.pick([this.exporter(), ['a', null, 'b']]),
        ordered: () => this.#random.chance(0.5),
        metadata: () => this.#random.pick([{ key: 'value' }, new Map([['key', Buffer.from('x')]])]),
      }),
    ],
    'arrow/toArrowStream': () => [
      this.#random.pick([
        () => [this.exporter(), this.exporter()],
        () => [{ a: this.exporter(), b: this.exporter() }],
        () => new Set([this.exporter()]),
      ])(),
      this.#some({ timeout: () => this.#random.pick([0, 1, 50]) }),
    ],
    'arrow/fromArrow': () => [
      this.#random.pick([
        () => this.#random.pick(this.#pool.holders.filter((each) => 'array' in each)),
        () => arrowText(this.#random),
        () => arrowStream(this.#random),
      ])(),
    ],
    'new arrow/ArrowDecimal': () => [BigInt(this.#random.int(-1000, 1000)), this.#random.int(-3, 5)],
    'arrow/ArrowColumn#get': (column) => [this.#random.below(column.length + 1)],
    'arrow/ArrowColumn#slice': (column) => [
      this.#random.below(column.length + 1),
      this.#random.below(column.length + 1),
    ],
    'arrow/ArrowColumn#isValid': (column) => [this.#random.below(column.length + 1)],
    'npy/loadNpy': () => [
      this.#random.pick([NPY, NPY, NPY, 'a.bin', 'missing']),
      this.#some({ mode: () => this.#random.pick(['r', 'r+', 'c']), advice: () => this.#advice() }),
    ],
    'npy/saveNpy': () => [this.#random.pick([NPY, 'd.npy', '.']), this.exporter()],
    cStruct: () => [this.#random.pick(['T{i:x:d:y:}', 'T{h:a:(2)d:b:4s:c:}']), 'name'],
    cdef: () => [this.#random.pick(DECLARATIONS)],
    'Arena#struct': () => this.#random.pick([() => ['T{i:x:d:y:}', { x: 1 }], () => ['T{h:a:h:b:}']])(),
    'LazyArrays#forEach': () => [() => this.#random.below(2)],
    'Map#forEach': () => [() => this.#random.below(2)],
    'LazyArrays#getOrInsertComputed': () => ['x', () => this.exporter()],
    'Map#getOrInsertComputed': () => ['x', () => this.exporter()],
    'adapters/adapt': () => [this.#random.pick(Object.values(SHAPES))()],
    'adapters/fromNdarray': () => [SHAPES.ndarray()],
    'adapters/fromTensor': () => [SHAPES.tensor()],
    'adapters/fromVector': () => [SHAPES.vector()],
    'adapters/chunksOf': () => [SHAPES.vector()],
    'adapters/fromImageData': () => [SHAPES.image()],
    'adapters/fromSharp': () => [SHAPES.sharp()],
    'adapters/fromGPUBuffer': () => [SHAPES.gpu()],
    'npy/loadSafetensors': () => [this.#random.pick([TENSORS, TENSORS, 'missing', this.exporter()])],
    'npy/openNpz': () => [
      this.#random.pick([NPZ, NPZ, 'missing', this.exporter()]),
      this.#some({ maxBytes: () => 2 ** 20 }),
    ],
    'npy/NpzFile#get': () => [this.#random.pick(['a', 'b', 'b.npy', 'c'])],
    'npy/NpzFile#has': () => [this.#random.pick(['a', 'b', 'b.npy', 'c'])],
    'npy/saveNpz': () => [
      'e.npz',
      { a: this.exporter() },
      this.#some({ compress: () => this.#random.chance(0.5) }),
    ],
    'npy/loadNpz': () => [
      this.#random.pick(['a.bin', 'missing', NPY]),
      this.#some({ mode: () => this.#random.pick(['r', 'c']) }),
    ],
  };

  #advice() {
    return this.#random.pick(['normal', 'random', 'sequential', 'willneed', 'dontneed']);
  }

  #name() {
    return `memoryview-fuzz-${process.pid}-${this.#random.below(4)}`;
  }

  #openName() {
    const known = this.#random.pick(this.#pool.native(SharedMemory));
    return known === undefined || this.#random.chance(0.2) ? this.#name() : known.name;
  }

  /** A pointer to memory that is there, or something that can't be a pointer at all. */
  #pointer() {
    const random = this.#random;
    const hostility = this.#hostility;
    const at = random.below(GROUND_BYTES / 2);
    const args = [
      ground.address + BigInt(at),
      random.below(GROUND_BYTES / 2),
      this.#some({
        readonly: () => random.chance(0.3),
        owner: () => random.pick([{}, ground, new Uint8Array(4)]),
        release: () => random.pick([() => 1, hostility.dressed(() => 1), { fn: 0n }, 'x', 1]),
        label: () => 'foreign',
      }),
    ];
    if (random.chance(0.4)) {
      const wrong = [
        Number.NaN,
        0,
        -1,
        0.5,
        -1n,
        0n,
        2n ** 63n,
        10n ** 400n,
        2 ** 53 + 2,
        'x',
        null,
        true,
        {},
        Symbol('s'),
      ];
      const place = random.below(3);
      if (place < 2) args[place] = random.pick(wrong);
      else
        args[2] = random.chance(0.6)
          ? hostility.dressed(args[2] ?? {})
          : random.pick([null, 1, 'x', [], { relese: 1 }]);
    }
    return args;
  }

  #like(view) {
    const random = this.#random;
    try {
      return random.pick([
        () => view,
        () => view.slice('::-1'),
        () => view.copy(),
        () => view.toReadonly(),
      ])();
    } catch {
      return this.exporter();
    }
  }

  #packed() {
    const random = this.#random;
    return random.pick([
      () => ['<i', this.value()],
      () => ['2h', this.value(), this.value()],
      () => ['4s', Buffer.from('ab')],
      () => ['?b', true, 1],
      () => ['>d', 0.5],
      () => ['3x'],
      () => ['c', 'a'],
      () => [this.smallFormat(), this.value()],
      () => [this.smallFormat(), this.value(), this.value()],
    ])();
  }
}
