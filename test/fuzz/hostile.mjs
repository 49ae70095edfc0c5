// Hostile arguments: values of every wrong kind, and right ones whose reading runs code.
import { types } from 'node:util';
import vm from 'node:vm';
import fc from 'fast-check';
import { throwOurs } from './verdict.mjs';

const BUFFER_METHOD = Symbol.for('memoryview.buffer');

export const NUMBERS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53) - 2,
  2 ** 63,
  -(2 ** 63),
  2 ** 64,
  2 ** 31,
  2 ** 32,
  2 ** 32 - 1,
  -(2 ** 31) - 1,
  -0,
  0.5,
  -1.5,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  -1,
];

export const BIGINTS = [
  0n,
  -1n,
  1n,
  2n ** 53n,
  2n ** 63n,
  -(2n ** 63n) - 1n,
  2n ** 64n,
  10n ** 400n,
  -(10n ** 30n),
];

const elsewhere = vm.runInContext(
  `({
    list: (...items) => items,
    object: (source) => Object.assign({}, source),
    bytes: (n) => new Uint8Array(n),
    doubles: (n) => new Float64Array(n),
    buffer: (n) => new ArrayBuffer(n),
    call: (f) => (...given) => f(...given),
    resolved: (value) => Promise.resolve(value),
    nothing: Object.create(null),
  })`,
  vm.createContext({}),
);

/** Strings of fast-check's, lone surrogates included, and a few that parsers may stumble over. */
function strings(seed) {
  const any = fc.string({ unit: 'binary', maxLength: 12 });
  const raw = fc
    .array(fc.integer({ min: 0xd700, max: 0xe000 }), { maxLength: 6 })
    .map((u) => String.fromCharCode(...u));
  return [
    ...fc.sample(fc.oneof(any, raw), { seed, numRuns: 60 }),
    '',
    '\0',
    '\ud800',
    'x'.repeat(20_000),
    '('.repeat(5000),
    '__proto__',
    'constructor',
    'toString',
    'length',
    '1_0:\u00a0',
    '-0',
    '９',
  ];
}

/** A stock of odd values, the same for the same seed. */
export function stock(seed) {
  const odd = fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withUnicodeString: true,
  });
  return { odd: fc.sample(odd, { seed, numRuns: 300 }), strings: strings(seed) };
}

class List extends Array {
  static get [Symbol.species]() {
    throw new Error('the species was read');
  }
}

const thenable = (then) => Object.defineProperty({}, 'then', { value: then });

export class Hostility {
  #random;
  #stock;
  #mischief;
  #pool;

  /** @param mischief does something to the round's objects, and may throw */
  constructor(random, pool, odd, mischief) {
    this.#random = random;
    this.#pool = pool;
    this.#stock = odd;
    this.#mischief = mischief;
  }

  string() {
    return this.#random.pick(this.#stock.strings);
  }

  /** A function that does mischief at its `nth` call, then returns what it should. */
  #trap(answer) {
    let left = this.#random.chance(0.7) ? 0 : this.#random.below(4);
    return (...given) => {
      if (left-- === 0) this.#mischief();
      return answer(...given);
    };
  }

  /** A proxy whose traps do mischief, or that revokes itself in one of them. */
  proxy(target) {
    const random = this.#random;
    const { proxy, revoke } = Proxy.revocable(target, {});
    if (random.chance(0.15)) {
      revoke();
      return proxy;
    }
    const handler = {};
    const self = random.chance(0.25);
    const made = Proxy.revocable(target, handler);
    for (const name of ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'apply']) {
      if (name === 'apply' && typeof target !== 'function') continue;
      if (random.chance(0.3)) continue;
      const trap = this.#trap((...given) => Reflect[name](...given));
      handler[name] = !self
        ? trap
        : (...given) => {
            const answer = Reflect[name](...given);
            if (random.chance(0.5)) made.revoke();
            return answer;
          };
    }
    return made.proxy;
  }

  /** An object like `source` whose properties are getters that do mischief. */
  #getters(source) {
    const random = this.#random;
    const made = Array.isArray(source) ? [] : random.chance(0.5) ? {} : Object.create(null);
    if (Array.isArray(source)) made.length = Math.min(source.length, 100);
    for (const key of Object.keys(source).slice(0, 100)) {
      const value = source[key];
      Object.defineProperty(made, key, {
        configurable: true,
        enumerable: true,
        ...(random.chance(0.6) ? { get: this.#trap(() => value) } : { value, writable: true }),
      });
    }
    return made;
  }

  /** An object that turns into a primitive, with mischief on the way. */
  #convertible(value) {
    const random = this.#random;
    const way = random.pick(['valueOf', 'toString', Symbol.toPrimitive]);
    return { [way]: this.#trap(() => value) };
  }

  #redefined(array) {
    const random = this.#random;
    const key = random.pick([
      'length',
      'byteLength',
      'byteOffset',
      'buffer',
      'constructor',
      Symbol.toStringTag,
      Symbol.iterator,
    ]);
    Object.defineProperty(array, key, {
      configurable: true,
      ...(random.chance(0.5)
        ? { get: this.#trap(() => 2 ** 20) }
        : { value: random.pick([2 ** 20, -1, null, 'x']) }),
    });
    return array;
  }

  /** A valid argument, dressed so that reading it does something. */
  dressed(value) {
    const random = this.#random;
    if (types.isProxy(value)) return value;
    if (typeof value === 'function') {
      return random.pick([
        () => this.proxy(value),
        () => this.#trap((...given) => value(...given)),
        () => elsewhere.call(value),
        () => this.#thenable(value),
      ])();
    }
    if (typeof value !== 'object' || value === null) {
      return random.chance(0.3) ? this.proxy(Object(value ?? 0)) : this.#convertible(value);
    }
    if (Array.isArray(value)) {
      const short = Array.from({ length: Math.min(value.length, 100) }, (_, i) => value[i]);
      return random.pick([
        () => this.proxy(value),
        () => this.#getters(value),
        () => elsewhere.list(...short),
        () => Object.setPrototypeOf([...short], List.prototype),
        () => Object.assign([...short], { [Symbol.iterator]: this.#trap(() => [][Symbol.iterator]()) }),
        () => Object.defineProperty([...short], 'constructor', { get: this.#trap(() => Array) }),
      ])();
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return random.pick([
        () => this.proxy(value),
        () => this.#getters(value),
        () => elsewhere.object(value),
        () => ({ ...value, [random.pick(['aligment', '__proto__x', 'Shape', '', '\ud800'])]: 1 }),
        () => Object.create(value),
      ])();
    }
    // An exporter, most likely.
    return random.pick([
      () => this.proxy(value),
      () => ({ [BUFFER_METHOD]: this.#trap(() => value) }),
      () => Object.defineProperty({}, BUFFER_METHOD, { get: this.#trap(() => () => value) }),
      () => this.proxy({ [BUFFER_METHOD]: () => value }),
      () => Object.create(value),
      () => this.#redefined(new Uint8Array(16)),
    ])();
  }

  #thenable(value) {
    const random = this.#random;
    return (...given) => {
      const dropped = value(...given);
      if (types.isPromise(dropped)) Promise.prototype.then.call(dropped, undefined, () => {});
      return this.later(random.chance(0.5) ? given[0] : 1);
    };
  }

  /** A promise, or what looks like one: settles, fails, lies, or does mischief when it is asked. */
  later(value) {
    const random = this.#random;
    const failed = () => {
      const promise = Promise.resolve().then(() => throwOurs(random));
      promise.catch(() => {});
      return promise;
    };
    return random.pick([
      () => Promise.resolve(value),
      failed,
      () => new Promise((resolve) => setImmediate(() => resolve(value))),
      () => Object.defineProperty(Promise.resolve(value), 'constructor', { get: this.#trap(() => Promise) }),
      () => Object.defineProperty(Promise.resolve(value), 'then', { value: this.#trap((f) => f?.(value)) }),
      () => Object.defineProperty(Promise.resolve(value), 'finally', { value: () => 1 }),
      () => thenable(this.#trap((resolve) => resolve(value))),
      () => Object.defineProperty({}, 'then', { get: this.#trap(() => undefined) }),
      () =>
        thenable((resolve, reject) => {
          resolve(value);
          reject(value);
          resolve(value);
        }),
      () => elsewhere.resolved(value),
    ])();
  }

  /** Something that is wrong almost everywhere. */
  value() {
    const random = this.#random;
    return random.pick([
      () => random.pick(NUMBERS),
      () => random.pick(NUMBERS),
      () => random.pick(BIGINTS),
      () => this.string(),
      () => random.pick(this.#stock.odd),
      () => random.pick(this.#stock.odd),
      () => random.pick([undefined, null, true, false]),
      () => random.pick([Symbol('s'), Symbol.iterator, Symbol.for('memoryview.ellipsis')]),
      () => random.pick([() => 1, async () => 1, function* () {}, Math.max]),
      () => this.#shape(),
      () => this.#list(),
      () => this.proxy(random.pick([{}, [], () => {}, new Uint8Array(8), [1, 2], { a: 1 }])),
      () => this.#convertible(random.pick([1, 0, 'x', 2n, undefined, {}])),
      () =>
        this.#redefined(
          random.pick([new Uint8Array(8), new Float64Array(4), new DataView(new ArrayBuffer(8))]),
        ),
      () => elsewhere[random.pick(['bytes', 'doubles', 'buffer'])](random.below(32)),
      () => random.pick([elsewhere.nothing, elsewhere.list(1, 2), elsewhere.object({ a: 1 })]),
      () => this.#detached(),
      () => this.later(1),
      () => this.#endlessExporter(),
      () =>
        random.pick([new Date(0), /x/g, new Map(), new WeakRef({}), new Proxy({}, {}), globalThis, process]),
      () => random.pick(this.#pool.views)?.view,
      () => random.pick(this.#pool.all)?.object,
      () => random.pick(this.#pool.arrays),
      () => random.pick(this.#pool.others),
      () => random.pick(this.#pool.handles),
    ])();
  }

  #shape() {
    const random = this.#random;
    return random.pick([
      () => [2 ** 32, 2 ** 32],
      () => random.list(65, () => 1),
      () => random.list(64, () => 2),
      () => [2 ** 53 - 1, 0],
      () => [random.pick(NUMBERS), random.int(0, 3)],
      () => random.list(random.below(4), () => random.pick(BIGINTS)),
      () => [-1, -1],
      () => [2 ** 26, 2 ** 27],
    ])();
  }

  #list() {
    const random = this.#random;
    return random.pick([
      () => new Array(2 ** 32 - 1),
      () => new Array(random.below(9)),
      () => {
        let deep = [1];
        for (let i = random.pick([3, 63, 64, 5000]); i > 0; i--) deep = [deep];
        return deep;
      },
      () => {
        const cyclic = [1];
        cyclic.push(cyclic);
        return cyclic;
      },
      () => {
        const cyclic = [];
        cyclic.push(cyclic, cyclic);
        return cyclic;
      },
      () => [[1, 2], [3]],
      () => random.list(random.below(5), () => random.pick(NUMBERS)),
      () => new List(1, 2, 3),
      () => Object.freeze([1, 2]),
    ])();
  }

  #detached() {
    const random = this.#random;
    const buffer = new ArrayBuffer(16);
    const made = random.pick([
      buffer,
      new Uint8Array(buffer),
      new Float64Array(buffer),
      new DataView(buffer),
    ]);
    structuredClone(buffer, { transfer: [buffer] });
    return made;
  }

  #endlessExporter() {
    const self = { [BUFFER_METHOD]: () => (this.#random.chance(0.5) ? self : { ...self }) };
    return self;
  }
}
