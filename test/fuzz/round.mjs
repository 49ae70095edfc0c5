// One round: a pool of its own, a few hundred calls, and at the end everything must let go.
import { readFileSync, truncateSync } from 'node:fs';
import { inspect, types } from 'node:util';
import * as library from '../../dist/index.js';
import { DLPackCapsule, fromDLPack } from '../../dist/interop/dlpack.js';
import { openNpz } from '../../dist/interop/npy.js';
import { Hostility } from './hostile.mjs';
import { membersOf, membersOfInstance } from './members.mjs';
import { Pool } from './pool.mjs';
import { Random } from './random.mjs';
import { careful, FILES, makeFiles, NPZ, Recipes, UNTOUCHED } from './recipes.mjs';
import { shown } from './shown.mjs';
import { complaintAbout, isOurs, throwOurs } from './verdict.mjs';

const {
  allocate,
  Arena,
  array,
  BufferError,
  buffer,
  memory,
  MemoryView,
  memoryview,
  NativeMemory,
  PyBuffer,
  range,
  zeros,
} = library;

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const modules = {};
/**
 * The library without the addon has classes of its own; an address that is wrong ends the process, as that door says; what is for tests
 * asserts, and takes the hooks of their runner.
 */
const NOT_HERE = new Set(['./core', './pointer', './testing']);
for (const [path, { import: found }] of Object.entries(manifest.exports)) {
  const file = found?.default;
  if (file?.endsWith('.mjs') && !NOT_HERE.has(path))
    modules[path.slice(2)] = await import(new URL(`../../${file}`, import.meta.url));
}

// A file that grew to terabytes would be compared byte by byte after each call.
export const members = membersOf(modules).filter(({ name }) => name !== 'MappedFile#resize');

/** Members whose success may change bytes. What `borrow` calls is judged by itself. */
const WRITERS = new Set([
  'MemoryView#set',
  'MemoryView#fill',
  'MemoryView#copyFrom',
  'MemoryView#copyFromAsync',
  'MemoryView#readFrom',
  'MemoryView#byteswap',
  'struct.packInto',
  // Mode w+ empties a file that others may have mapped, as what writes to it does.
  'mapFile',
  'MemoryView#writeTo',
  'MemoryView#readFrom',
]);

/** Members that never throw, whatever they are given. */
const NEVER_THROW = new Set([
  'MemoryView#equals',
  'MemoryView#released',
  'PyBuffer#equals',
  'NativeMemory#released',
]);

/** Members that go through all elements, also those that stride 0 repeats: not for views of millions, which would be right, and slow. */
const BULKY =
  /^MemoryView#(toArray|toJSON|toBytes|copy|copyAsync|copyFromAsync|readFrom|writeTo|byteswap|hex|decode|share|mismatch|\[nodejs.*)$/;

const ENDING = /#(release|\[nodejs\.dispose\])$/;

/** Who has the members of a prototype. */
const RECEIVERS = new Map([
  [MemoryView.prototype, (pool, random) => random.pick(pool.views)?.view],
  [PyBuffer.prototype, (pool, random) => random.pick(pool.buffers)],
  [Arena.prototype, (pool, random) => random.pick(pool.arenas)],
]);

for (const value of Object.values(library)) {
  if (value === NativeMemory || Object.prototype.isPrototypeOf.call(NativeMemory, value))
    RECEIVERS.set(value.prototype, (pool, random) => random.pick(pool.native(value)));
}
RECEIVERS.set(DLPackCapsule.prototype, (pool, random) => random.pick(pool.capsules));
RECEIVERS.set(BufferError.prototype, () => new BufferError('ERR_RELEASED', 'made by hand'));

const weighted = members.flatMap((member) => {
  if (ENDING.test(member.name)) return [member];
  if (member.of === MemoryView.prototype && !member.isGetter) return new Array(12).fill(member);
  return new Array(member.isGetter ? 2 : 6).fill(member);
});

/** Short text of an argument; runs none of its code. */
function told(value) {
  if (!types.isProxy(value) && Array.isArray(value) && value.length < 5) {
    const entries = Object.getOwnPropertyDescriptors(value);
    const each = Array.from({ length: value.length }, (_, i) =>
      'value' in (entries[i] ?? {}) ? entries[i].value : 'getter',
    );
    return `[${each.map((entry) => (typeof entry === 'object' ? shown(entry) : told(entry))).join(', ')}]`;
  }
  return shown(value);
}

/** The stack of an error, or a name for whatever else was thrown. */
function traced(error) {
  return types.isNativeError(error) ? error.stack : shown(error);
}

/** Milliseconds. */
const LONGEST_CALL = 5000;
const LONGEST_WAIT = 10_000;
const DEEPEST = 3;
const MOST_TURNS = 20;

/** Whether a value is a proxy that has been revoked, of which the engine itself throws. */
function isRevoked(value) {
  if (!types.isProxy(value)) return false;
  try {
    Object.getPrototypeOf(value);
    return false;
  } catch (error) {
    return !isOurs(error);
  }
}

/** Whether two memories have bytes in common, by their addresses. */
function overlap(a, b) {
  if (!(a instanceof NativeMemory && b instanceof NativeMemory)) return false;
  return a.address < b.address + BigInt(b.nbytes) && b.address < a.address + BigInt(a.nbytes);
}

export class Round {
  #random;
  #pool;
  #hostility;
  #recipes;
  #depth = 0;
  /** The views and exporters of the call at work. */
  #involved = [];
  #pending = new Set();
  #wroteEarly = false;
  /** Whether hostile code does mischief when it runs: not while the fuzz itself looks at its objects. */
  #isArmed = true;
  #report;
  #verbose;
  #before;
  calls = 0;

  /**
   * @param report gets `{ call, member, complaint }` for each broken promise
   * @param before is told each call before it is made
   * @param counts member name → how its calls ended
   */
  constructor({ seed, round, odd, report, before, counts, verbose }) {
    this.#random = new Random(seed, round);
    this.#pool = new Pool(this.#random);
    this.#hostility = new Hostility(this.#random, this.#pool, odd, () => this.#mischief());
    this.#recipes = new Recipes(this.#random, this.#pool, this.#hostility);
    this.#report = report;
    this.#before = before;
    this.#verbose = verbose;
    this.counts = counts;
    makeFiles();
    this.#stockUp(round);
  }

  /** Memory of every origin, and views of many formats and layouts over it. */
  #stockUp(round) {
    const random = this.#random;
    const pool = this.#pool;
    for (const nbytes of [0, 24, 64, 480]) pool.adopt(allocate(nbytes));
    const arena = new Arena({ slabBytes: 4096 });
    pool.adopt(arena);
    pool.adopt(arena.zeros([3, 4], 'h'));
    pool.adopt(memory.snapshot());
    pool.adopt(range(1, 9, 2));
    const resizable = new ArrayBuffer(64, { maxByteLength: 128 });
    const growable = new SharedArrayBuffer(32, { maxByteLength: 96 });
    const plain = new ArrayBuffer(96);
    const arrays = [
      Buffer.alloc(40, 7),
      new Float64Array(8).map((_, i) => i),
      new Uint16Array(plain, 8, 12),
      new DataView(plain, 5, 50),
      new BigInt64Array(4),
      new Int32Array(resizable),
      new Uint8Array(resizable, 16, 8),
      new Uint8Array(new SharedArrayBuffer(32)),
      new Uint8Array(growable),
      new Uint8ClampedArray(5),
    ];
    pool.arrays.push(...arrays);
    for (const each of arrays) pool.watch(each);
    if (round % 16 === 0) pool.arrays.push(new WebAssembly.Memory({ initial: 1, maximum: 2 }));
    const rows = [zeros([2, 3], 'i'), zeros([2, 3], 'i'), zeros([2, 3], 'i')];
    const views = [
      zeros([4, 6], 'd'),
      zeros([2, 3, 4], 'f'),
      zeros([], 'q'),
      zeros([0, 3], 'h'),
      zeros(5, 'T{i:x:d:y:}'),
      zeros(3, 'T{<h:a:>h:b:}'),
      zeros(2, 'T{T{b:u:h:v:}:in:(2)f:w:}'),
      zeros(3, '2h3i'),
      zeros(4, '?'),
      zeros([2, 2], 'c'),
      zeros(3, '5s'),
      zeros(2, 'Zd'),
      zeros(3, '2w'),
      zeros(2, 'O'),
      zeros(4, 'e'),
      zeros(4, '>I'),
      array(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        'B',
      ).transpose(),
      zeros([1, 4], 'h').broadcastTo([3, 4]),
      array([1, 2, 3, 4], 'i').toReadonly(),
      ...random
        .shuffled(arrays)
        .slice(0, 6)
        .map((each) => memoryview(each)),
      ...rows,
    ];
    for (const view of views) pool.adopt(view);
    pool.adopt(
      MemoryView.indirect(rows),
      rows.map((row) => row.obj),
    );
    pool.adopt(buffer(arrays[0], 3, 20));
    pool.adopt(buffer('h\u00e9llo'));
    pool.adopt(buffer(resizable, 8));
  }

  /** Takes in what only a promise gives. */
  async open() {
    this.#pool.adopt(await openNpz(NPZ));
  }

  /** The actions of hostile code in the middle of a call. */
  #mischief() {
    if (!this.#isArmed) return;
    const random = this.#random;
    const pool = this.#pool;
    // A call that has written before it had read all its arguments must not throw any more.
    if (pool.changed().length > 0) this.#wroteEarly = true;
    const quietly = (work) => {
      try {
        work();
      } catch (error) {
        this.#judge(error, 'mischief');
      }
    };
    if (random.chance(0.45)) {
      quietly(() => this.#strike(random.pick(this.#involved)));
      return;
    }
    random.pick([
      () => quietly(() => random.pick(pool.views)?.view.release()),
      () => quietly(() => random.pick(pool.views)?.view.release()),
      () => quietly(() => random.pick(pool.native())?.release()),
      () => quietly(() => random.pick(pool.native())?.release()),
      () => random.chance(0.2) && quietly(() => random.pick(pool.arenas)?.release()),
      () => this.#detach(random.pick(pool.memories)?.object),
      () => this.#move(random.pick(pool.native())),
      () => this.#resize(),
      () => this.#resize(),
      () => pool.scribble(),
      () => pool.scribble(),
      () => this.#truncate(),
      () => this.call(),
      () => this.call(),
      () => throwOurs(random),
      () => throwOurs(random),
    ])();
  }

  /** Ends or changes the arguments of the current call. */
  #strike(object) {
    const random = this.#random;
    if (object instanceof MemoryView) {
      if (random.chance(0.4)) object.release();
      else if (!object.released) this.#strike(object.obj);
    } else if (object instanceof NativeMemory) object.release();
    else if (object instanceof WebAssembly.Memory) this.#resize();
    else if (ArrayBuffer.isView(object)) this.#strike(this.#pool.watch(object)?.object);
    else if (object?.resizable && random.chance(0.7)) this.#resize();
    else this.#detach(object);
  }

  #detach(object) {
    const random = this.#random;
    if (!(object instanceof ArrayBuffer)) return;
    try {
      if (random.chance(0.5) && typeof object.transfer === 'function') object.transfer();
      else structuredClone(object, { transfer: [object] });
    } catch {
      // It was detached before.
    }
  }

  /** Moves the bytes of native memory away, as a byte stream does: they live on in an array that nothing of the library knows. */
  #move(owner) {
    if (owner === undefined) return;
    const buffer = owner.buffer;
    try {
      const moved =
        typeof ArrayBuffer.prototype.transfer === 'function'
          ? ArrayBuffer.prototype.transfer.call(buffer)
          : structuredClone(buffer, { transfer: [buffer] });
      if (this.#random.chance(0.5)) this.#pool.arrays.push(new Uint8Array(moved));
    } catch {
      // The runtime does not let it move.
    }
    this.#pool.sync();
  }

  /** Shrinks or grows a file under its mappings. */
  #truncate() {
    const random = this.#random;
    truncateSync(random.pick(FILES), random.pick([0, 100, 4096, 4096]));
    this.#pool.sync();
  }

  #resize() {
    const random = this.#random;
    for (const { object } of this.#pool.memories) {
      if (random.chance(0.3)) continue;
      try {
        if (object.resizable) object.resize(random.pick([0, 1, 16, 30, 64, 128]));
        else if (object.growable) object.grow(random.pick([48, 96]));
        else if (object instanceof WebAssembly.Memory) object.grow(random.below(2));
      } catch {
        // It was detached, or is as large as it can be.
      }
    }
    // Bytes that a buffer lost and has again are zero.
    this.#pool.sync();
  }

  #pickCall() {
    const random = this.#random;
    for (;;) {
      if (random.chance(0.03) && this.#pool.others.length > 0) {
        const receiver = random.pick(this.#pool.others);
        const found = membersOfInstance(receiver);
        if (found.length > 0) return { member: random.pick(found), receiver };
      }
      const member = random.pick(weighted);
      if (ENDING.test(member.name) && random.chance(0.7)) continue;
      if (member.of === null) return { member, receiver: undefined };
      const find = RECEIVERS.get(member.of) ?? ((pool) => random.pick(pool.holders.filter(isOf(member.of))));
      const receiver = find(this.#pool, random);
      if (receiver === undefined) continue;
      if (this.#pool.isWide(receiver) && BULKY.test(member.name)) continue;
      return { member, receiver };
    }
  }

  #argumentsFor(member, receiver) {
    const random = this.#random;
    if (member.isGetter) return [];
    if (random.chance(0.04) && !UNTOUCHED.has(member.name)) {
      const wrong = random.list(random.below(5), () => this.#hostility.value());
      return careful(member.name, wrong);
    }
    const args = this.#recipes.argumentsFor(member.name, receiver);
    if (UNTOUCHED.has(member.name)) return args;
    while (args.length > 0 && args.at(-1) === undefined && random.chance(0.7)) args.pop();
    if (random.chance(0.45) && args.length > 0) {
      const objects = [...args.keys()].filter((i) => typeof args[i] === 'object' && args[i] !== null);
      const rich = random.pick(objects) ?? -1;
      const at = rich < 0 || random.chance(0.3) ? random.below(args.length) : rich;
      args[at] = random.chance(at === rich ? 0.2 : 0.6)
        ? this.#hostility.value()
        : this.#hostility.dressed(args[at]);
      if (random.chance(0.2)) args[random.below(args.length)] = this.#hostility.value();
    }
    if (random.chance(0.03)) args.push(this.#hostility.value());
    if (random.chance(0.03)) args.pop();
    const bounded = args.map((each) => (this.#pool.isWide(each) ? 1 : each));
    return careful(member.name, bounded);
  }

  /** Makes one call, and judges its outcome. */
  call() {
    if (this.#depth >= DEEPEST) return;
    const wasArmed = this.#isArmed;
    this.#isArmed = false;
    const { member, receiver } = this.#pickCall();
    const args = this.#argumentsFor(member, receiver);
    const number = this.calls++;
    this.#before(number, member.name);
    if (this.#verbose) {
      const target = receiver === undefined ? '' : ` on ${shown(receiver)}${this.#aboutView(receiver)}`;
      console.log(
        `${'  '.repeat(this.#depth)}${number} ${member.name}${target} (${args.map(told).join(', ')})`,
      );
    }
    const pool = this.#pool;
    const early = this.#wroteEarly;
    this.#wroteEarly = false;
    this.#depth++;
    const outer = this.#involved;
    this.#involved = [receiver, ...args].filter(isLive);
    const start = performance.now();
    let outcome = 'answered';
    let answer = null;
    const clean = this.#random.chance(0.1) ? polluted(this.#random) : () => {};
    try {
      this.#isArmed = true;
      answer = { result: member.call(receiver, args) };
      this.#isArmed = false;
      clean();
    } catch (error) {
      this.#isArmed = false;
      clean();
      // A generator throws what it is told to.
      const isGiven = member.name === 'iterator#throw' && Object.is(error, args[0]);
      outcome = isGiven || isOurs(error) ? 'ours' : String(error?.code);
      if (!isGiven) this.#checkThrow(number, member, error);
    }
    this.#depth--;
    this.#involved = outer;
    if (answer !== null) {
      this.#checkAnswer(number, member, receiver);
      this.#follow(number, member, receiver, args, answer.result);
    }
    this.#wroteEarly = early;
    for (const complaint of pool.endedComplaints()) this.#complain(number, member, complaint);
    const took = performance.now() - start;
    if (took > LONGEST_CALL) this.#complain(number, member, `it took ${Math.round(took)} ms`);
    const count = this.counts.get(member.name) ?? { answered: 0 };
    count[outcome] = (count[outcome] ?? 0) + 1;
    this.counts.set(member.name, count);
    this.#isArmed = wasArmed;
  }

  #aboutView(value) {
    if (!(value instanceof MemoryView)) return '';
    if (value.released) return ' (released)';
    const { format, shape, strides, readonly, obj } = value;
    return ` (${format} [${shape}] strides [${strides}]${readonly ? ' read-only' : ''} of ${shown(obj)})`;
  }

  #checkThrow(number, member, error) {
    if (this.#verbose) console.log(`${'  '.repeat(this.#depth)}${number} throws ${traced(error)}`);
    this.#judge(error, member.name, number);
    const told = traced(error);
    if (NEVER_THROW.has(member.name)) this.#complain(number, member, `it threw: ${told}`);
    if (this.#pool.changed().length > 0 || this.#wroteEarly) {
      this.#complain(number, member, `it wrote, and then threw: ${told}`);
      this.#pool.sync();
    }
  }

  #checkAnswer(number, member, receiver) {
    if (this.#pool.changed().length === 0) return;
    if (!WRITERS.has(member.name))
      this.#complain(
        number,
        member,
        `it wrote: ${this.#pool.changed().map(({ object }) => inspect(object))}`,
      );
    else if (receiver instanceof MemoryView && member.name !== 'MemoryView#writeTo') {
      // Mischief in the middle may have ended it, before anything was written.
      if (receiver.released) this.#complain(number, member, 'it wrote through a view that has ended');
      else if (receiver.readonly) this.#complain(number, member, 'it wrote through a read-only view');
    }
    this.#pool.sync();
  }

  /** Takes the result in; a promise is judged when it settles. */
  #follow(number, member, receiver, args, result) {
    if (types.isPromise(result)) {
      const targets = this.#writtenLater(member, receiver);
      for (const target of targets) target.writers++;
      const settled = () => {
        for (const target of targets) {
          target.writers--;
          target.sync();
        }
      };
      const tracked = Promise.prototype.then.call(
        result,
        (value) => {
          settled();
          this.#pool.adopt(value);
        },
        (error) => {
          settled();
          // A generator throws what it is told to, and an asynchronous one awaits what it is told to return.
          if (member.name === 'iterator#throw' && Object.is(error, args[0])) return;
          if (member.name === 'iterator#return' && isRevoked(args[0])) return;
          this.#judge(error, `${member.name}, later`, number);
        },
      );
      this.#pending.add(tracked);
      return;
    }
    if (args.includes(result)) return;
    if (member.name === 'dlpack/DLPackCapsule#take') {
      // An address must be handed on: its deleter wants to be called once.
      this.#pool.adopt(fromDLPack(result));
      return;
    }
    const roots = member.name === 'MemoryView.indirect' ? args[0] : [];
    try {
      this.#pool.adopt(result, rootsOf(roots));
      if (member.name === 'iterator#next') this.#pool.adopt(result.value);
    } catch (error) {
      this.#judge(error, `${member.name}, its result`, number);
    }
  }

  /** The memory that a promise's work may write into at any time. */
  #writtenLater({ name }, receiver) {
    if (name === 'MemoryView#copyFromAsync' || name === 'MemoryView#readFrom') {
      if (receiver.released) return [];
      const { obj } = receiver;
      const watched = this.#pool.watch(obj);
      // A pointer may have been wrapped, and lead to the same bytes.
      const others = this.#pool.memories.filter((each) => each !== watched && overlap(obj, each.object));
      return watched === null ? others : [watched, ...others];
    }
    // It may write to a file that is mapped.
    const isMapped = ({ object }) => object instanceof library.MappedFile;
    return name === 'MemoryView#writeTo' ? this.#pool.memories.filter(isMapped) : [];
  }

  #judge(error, name, number = this.calls) {
    const complaint = complaintAbout(error);
    if (complaint !== null) this.#complain(number, { name }, complaint);
  }

  #complain(call, member, complaint) {
    this.#report({ call, member: member.name, complaint });
  }

  /** Drops everything: nothing may stay pinned, and all memory can be released. */
  async end() {
    // Objects that hostile code makes in the middle of this would never be released.
    this.#isArmed = false;
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (const handle of this.#pool.handles) this.#letGo('unshare', () => library.unshare(handle), true);
    for (const capsule of this.#pool.capsules) quietly(() => this.#pool.adopt(fromDLPack(capsule)));
    this.#releaseChains();
    // What was lent with a pin keeps it until it is collected, and views and iterators of it hold it.
    for (const list of ['arrays', 'views', 'buffers', 'others']) this.#pool[list].length = 0;
    this.#involved = [];
    // Who waits for the last pin has waited now.
    const collecting = setInterval(() => globalThis.gc?.(), 50);
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LONGEST_WAIT, 'late');
    });
    if ((await Promise.race([Promise.all(this.#pending), late])) === 'late')
      this.#complain(this.calls, { name: 'end' }, 'a promise never settled');
    clearTimeout(timer);
    clearInterval(collecting);
    for (const { object } of this.#pool.all)
      if (typeof object.unlink === 'function') quietly(() => object.unlink());
    // A pin of something that a call dropped goes with its collection.
    for (let turn = 0; turn < MOST_TURNS && this.#releaseChains(); turn++) {
      this.#pool.dropMoved();
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const arena of this.#pool.arenas) this.#letGo('Arena#release', () => arena.release());
    for (const { object, isNative } of this.#pool.all) {
      if (!isNative) continue;
      // Memory of an arena ends with that.
      if (object.kind !== 'arena') this.#letGo('release', () => object.release());
    }
    // A generator keeps the last column that it came to.
    this.#pool.others.length = 0;
    memory.trace(false);
  }

  /** Memory that came out of a tensor pins where it came from, so the last of a chain goes first. Returns whether some is pinned still. */
  #releaseChains() {
    let isPinned = false;
    const letGo = (owner) => {
      try {
        owner.release();
      } catch (error) {
        isPinned ||= error?.code === 'ERR_EXPORTED';
      }
    };
    for (let again = 0; again < 3; again++) {
      isPinned = false;
      for (const holder of this.#pool.holders) letGo(holder);
      for (const { object, isNative } of this.#pool.all.toReversed()) if (isNative) letGo(object);
    }
    // What an arena lent pins the arena.
    for (const arena of this.#pool.arenas) letGo(arena);
    return isPinned;
  }

  #letGo(name, work, mayBeGone = false) {
    try {
      work();
    } catch (error) {
      // The error that a memory's own `release` function throws.
      if (isOurs(error)) return;
      if (mayBeGone && ['ERR_RELEASED', 'ERR_INVALID_ARG'].includes(error?.code)) return;
      this.#complain(this.calls, { name: `end: ${name}` }, traced(error));
    }
  }
}

/** Properties that other code may have put on Object.prototype: names of options, each with a harmful value. */
const POLLUTION = {
  mode: 'w+',
  byteOffset: 8,
  readonly: false,
  shape: [2 ** 20],
  strides: [-8],
  format: 'O',
  wait: true,
  convert: true,
  broadcast: true,
  allowWrites: true,
  pin: 1,
  type: Float64Array,
  release: { fn: 1n },
  fn: 1n,
  owner: 1,
  persist: true,
  zero: false,
  alignment: 3,
  slabBytes: 1,
  order: 'Z',
  onProgress: 1,
  scope: { released: true },
  engine: true,
  memory: null,
  fault: 'none',
  min: 5,
  max: 4,
  [Symbol.for('memoryview.buffer')]: () => new Uint8Array(3),
  [Symbol.for('memoryview.exporter.v1')]: {},
};

/** Puts some of them there; returns a function that removes them. */
function polluted(random) {
  const keys = Reflect.ownKeys(POLLUTION).filter((key) => random.chance(0.3) && !(key in Object.prototype));
  for (const key of keys) Object.prototype[key] = POLLUTION[key];
  return () => {
    for (const key of keys) Reflect.deleteProperty(Object.prototype, key);
  };
}

function isLive(value) {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  if (ArrayBuffer.isView(value)) return true;
  try {
    // What merely inherits from a view is none.
    return !value.released && (value instanceof MemoryView || value instanceof NativeMemory);
  } catch {
    return false;
  }
}

const isOf = (prototype) => (value) => Object.prototype.isPrototypeOf.call(prototype, value);

function quietly(work) {
  try {
    work();
  } catch {
    // Only the state after it matters.
  }
}

/** The exporters of an indirect view's rows, as far as they tell without running code. */
function rootsOf(rows) {
  if (types.isProxy(rows) || !Array.isArray(rows)) return [];
  const values = Object.values(Object.getOwnPropertyDescriptors(rows)).map((each) => each.value);
  return values.filter((row) => row instanceof MemoryView && !row.released).map((row) => row.obj);
}
