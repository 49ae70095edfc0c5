/**
 * Readers of single elements for loops: `view.reader()`. Where the bounds are wrong, or the memory has gone, the typed array gives undefined and
 * the view's own `get` answers or throws, so the engine's bounds check is the liveness check too.
 *
 * Each kind of array and each rank has a class with a `get` of its own: V8 collects types per place in the source, and a place that has
 * seen more than four kinds of array costs 7 ns a read (`items.ts`). Until an index is wrong, V8 keeps the fields of a reader in registers
 * and takes 1.2 to 1.9 of the time of a flat loop; afterwards it may box each number that the same `get` reads. The check of the indices is therefore a value
 * (-1) and no branch that never ran (`view/warm-up.ts`). Thirty such classes make the file long.
 */
// biome-ignore-all lint/complexity/noArguments: their number costs nothing where `get` is inlined, and a rest array would
import { type Items, NO_ITEMS } from './items.js';

/** Where elements are: `items[first + i * strides[0] + j * strides[1] …]`; fewer than 2^31 items, strides in items. */
export interface Grid {
  readonly items: Items;
  readonly first: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** The general path: `get` of the view. */
type General = (...indices: unknown[]) => unknown;

/** The interface of all readers. */
export interface PlainReader {
  get(...indices: unknown[]): unknown;
}

type ReaderFields = Grid & { readonly general: General };

const NO_FIELDS: ReaderFields = {
  items: NO_ITEMS,
  first: 0,
  shape: [],
  strides: [],
  general: () => undefined,
};

/**
 * The values of the fields of the reader that is made next. A field that is defined with its last value is constant for V8; one that a
 * constructor assigns has held undefined before, and a loop over it takes twice to three times as long.
 */
let nextFields = NO_FIELDS;

abstract class Reader implements PlainReader {
  readonly #general = nextFields.general;

  abstract get(...indices: unknown[]): unknown;

  /** Finds no element from now on, so that the view answers. */
  abstract end(): void;

  /** An element by the general path, or its error. */
  protected rest(...given: unknown[]): unknown {
    return this.#general(...given);
  }
}

// `(i | 0) === i` is true for int32 only; `i >> 31` has all bits set where i is negative, and so adds the length to it. As in the view's
// `get`, products by Math.imul and comparisons after `>>> 0` stay in 32 bits, without checks for overflow and -0: 0.75 of the time (Node 20).
// Only the last index is compared; one of the others that is wrong makes the length 0 with which it is compared, by bits and not by a
// branch, since V8 moves such arithmetic out of the inner loop and no branch.

abstract class Line extends Reader {
  readonly #first = nextFields.first;
  #n0 = nextFields.shape[0]!;
  readonly #s0 = nextFields.strides[0]!;

  end(): void {
    this.#n0 = 0;
  }

  protected at(count: number, i: unknown): number {
    const first = this.#first;
    const n0 = this.#n0;
    const s0 = this.#s0;
    if (count === 1 && typeof i === 'number' && (i | 0) === i) {
      const a = i + (n0 & (i >> 31));
      if (a >>> 0 < n0 >>> 0) return (first + Math.imul(a, s0)) | 0;
    }
    return -1;
  }
}

abstract class Plane extends Reader {
  readonly #first = nextFields.first;
  #n0 = nextFields.shape[0]!;
  readonly #s0 = nextFields.strides[0]!;
  readonly #n1 = nextFields.shape[1]!;
  readonly #s1 = nextFields.strides[1]!;

  end(): void {
    this.#n0 = 0;
  }

  protected at(count: number, i: unknown, j: unknown): number {
    const first = this.#first;
    const n0 = this.#n0;
    const s0 = this.#s0;
    const n1 = this.#n1;
    const s1 = this.#s1;
    if (typeof i === 'number' && typeof j === 'number' && (i | 0) === i && (j | 0) === j && count === 2) {
      const a = i + (n0 & (i >> 31));
      const b = j + (n1 & (j >> 31));
      const length = n1 & ~(((n0 - 1 - a) | a) >> 31);
      if (b >>> 0 < length >>> 0) return (first + Math.imul(a, s0) + Math.imul(b, s1)) | 0;
    }
    return -1;
  }
}

abstract class Cube extends Reader {
  readonly #first = nextFields.first;
  #n0 = nextFields.shape[0]!;
  readonly #s0 = nextFields.strides[0]!;
  readonly #n1 = nextFields.shape[1]!;
  readonly #s1 = nextFields.strides[1]!;
  readonly #n2 = nextFields.shape[2]!;
  readonly #s2 = nextFields.strides[2]!;

  end(): void {
    this.#n0 = 0;
  }

  protected at(count: number, i: unknown, j: unknown, k: unknown): number {
    const first = this.#first;
    const n0 = this.#n0;
    const s0 = this.#s0;
    const n1 = this.#n1;
    const s1 = this.#s1;
    const n2 = this.#n2;
    const s2 = this.#s2;
    if (typeof i !== 'number' || typeof j !== 'number' || typeof k !== 'number') return -1;
    if ((i | 0) === i && (j | 0) === j && (k | 0) === k && count === 3) {
      const a = i + (n0 & (i >> 31));
      const b = j + (n1 & (j >> 31));
      const c = k + (n2 & (k >> 31));
      const length = n2 & ~(((n0 - 1 - a) | a | (n1 - 1 - b) | b) >> 31);
      if (c >>> 0 < length >>> 0) return (first + Math.imul(a, s0) + Math.imul(b, s1) + Math.imul(c, s2)) | 0;
    }
    return -1;
  }
}

class DoubleLine extends Line {
  readonly #items = nextFields.items as Float64Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class FloatLine extends Line {
  readonly #items = nextFields.items as Float32Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Uint8Line extends Line {
  readonly #items = nextFields.items as Uint8Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Int8Line extends Line {
  readonly #items = nextFields.items as Int8Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Int16Line extends Line {
  readonly #items = nextFields.items as Int16Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Uint16Line extends Line {
  readonly #items = nextFields.items as Uint16Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Int32Line extends Line {
  readonly #items = nextFields.items as Int32Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Uint32Line extends Line {
  readonly #items = nextFields.items as Uint32Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Int64Line extends Line {
  readonly #items = nextFields.items as BigInt64Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}
class Uint64Line extends Line {
  readonly #items = nextFields.items as BigUint64Array;

  get(i: unknown): unknown {
    return this.#items[this.at(arguments.length, i)] ?? this.rest(...arguments);
  }
}

class DoublePlane extends Plane {
  readonly #items = nextFields.items as Float64Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class FloatPlane extends Plane {
  readonly #items = nextFields.items as Float32Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Uint8Plane extends Plane {
  readonly #items = nextFields.items as Uint8Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Int8Plane extends Plane {
  readonly #items = nextFields.items as Int8Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Int16Plane extends Plane {
  readonly #items = nextFields.items as Int16Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Uint16Plane extends Plane {
  readonly #items = nextFields.items as Uint16Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Int32Plane extends Plane {
  readonly #items = nextFields.items as Int32Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Uint32Plane extends Plane {
  readonly #items = nextFields.items as Uint32Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Int64Plane extends Plane {
  readonly #items = nextFields.items as BigInt64Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}
class Uint64Plane extends Plane {
  readonly #items = nextFields.items as BigUint64Array;

  get(i: unknown, j: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j)] ?? this.rest(...arguments);
  }
}

class DoubleCube extends Cube {
  readonly #items = nextFields.items as Float64Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class FloatCube extends Cube {
  readonly #items = nextFields.items as Float32Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Uint8Cube extends Cube {
  readonly #items = nextFields.items as Uint8Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Int8Cube extends Cube {
  readonly #items = nextFields.items as Int8Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Int16Cube extends Cube {
  readonly #items = nextFields.items as Int16Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Uint16Cube extends Cube {
  readonly #items = nextFields.items as Uint16Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Int32Cube extends Cube {
  readonly #items = nextFields.items as Int32Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Uint32Cube extends Cube {
  readonly #items = nextFields.items as Uint32Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Int64Cube extends Cube {
  readonly #items = nextFields.items as BigInt64Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}
class Uint64Cube extends Cube {
  readonly #items = nextFields.items as BigUint64Array;

  get(i: unknown, j: unknown, k: unknown): unknown {
    return this.#items[this.at(arguments.length, i, j, k)] ?? this.rest(...arguments);
  }
}

/** A reader for elements of any other format, rank or place: the view's `get`, one call further. */
class GeneralReader implements PlainReader {
  readonly #general: General;

  constructor(general: General) {
    this.#general = general;
  }

  get(...indices: unknown[]): unknown {
    return this.#general(...indices);
  }
}

const readers = new WeakMap<object, Reader>();

/**
 * The reader over a grid, one for each view.
 *
 * @param view - with which the reader ends
 * @param grid - null where no typed array holds the elements
 * @param general - reads any element of the view
 */
export function readerOver(view: object, grid: Grid | null, general: General): PlainReader {
  const made = readers.get(view) ?? (grid === null ? null : fastReader(grid, general));
  if (made === null) return new GeneralReader(general);
  readers.set(view, made);
  return made;
}

/** Ends the reader of a view, if it has one. */
export function endReader(view: object): void {
  readers.get(view)?.end();
}

/** For each kind of array the classes of one, two and three dimensions. */
const CLASSES: Readonly<Record<string, readonly (new () => Reader)[]>> = {
  Float64Array: [DoubleLine, DoublePlane, DoubleCube],
  Float32Array: [FloatLine, FloatPlane, FloatCube],
  Uint8Array: [Uint8Line, Uint8Plane, Uint8Cube],
  Int8Array: [Int8Line, Int8Plane, Int8Cube],
  Int16Array: [Int16Line, Int16Plane, Int16Cube],
  Uint16Array: [Uint16Line, Uint16Plane, Uint16Cube],
  Int32Array: [Int32Line, Int32Plane, Int32Cube],
  Uint32Array: [Uint32Line, Uint32Plane, Uint32Cube],
  BigInt64Array: [Int64Line, Int64Plane, Int64Cube],
  BigUint64Array: [Uint64Line, Uint64Plane, Uint64Cube],
};

function fastReader(grid: Grid, general: General): Reader | null {
  const { items, shape } = grid;
  const kind = items[Symbol.toStringTag];
  const made = Object.hasOwn(CLASSES, kind) ? CLASSES[kind]![shape.length - 1] : undefined;
  if (made === undefined) return null;
  nextFields = { ...grid, general };
  const reader = new made();
  // The variable would keep the memory alive.
  nextFields = NO_FIELDS;
  return reader;
}
