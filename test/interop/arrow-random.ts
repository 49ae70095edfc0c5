/** Random Arrow columns, nested up to four deep, sliced by offsets, with and without nulls, and the values that they were made of. */
import { bits, bytes, type Made, packed } from './arrow-kit.js';

/** A column and its elements. */
export interface Sample {
  readonly made: Made;
  readonly values: readonly unknown[];
}

/** A generator of 32-bit numbers that a seed replays (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(count: number): number {
    return this.next() % count;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  chance(share: number): boolean {
    return this.next() / 2 ** 32 < share;
  }
}

const LETTERS = [...'déjà vu, 🦆 and a tail that is long'];
const text = (random: Random): string => LETTERS.slice(0, random.below(LETTERS.length)).join('');
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Which elements are there; the bitmap is missing where all are. */
function nulls(random: Random, length: number): { at: bigint; valid: (i: number) => boolean } {
  const share = random.pick([0, 0, 0.3, 1]);
  const missing = times(length, () => random.chance(share));
  if (share === 0 && random.chance(0.5)) return { at: 0n, valid: () => true };
  return { at: bits(missing.map((gone) => (gone ? '0' : '1')).join('')), valid: (i) => !missing[i] };
}

type Maker = (random: Random, length: number, depth: number) => Sample;

/** Cuts the first elements off by an offset, and hides what is null. */
function finished(
  random: Random,
  total: number,
  offset: number,
  parts: Omit<Made, 'length' | 'offset' | 'buffers'> & { buffers: readonly bigint[] },
  values: readonly unknown[],
  hasBitmap = true,
): Sample {
  const { at, valid } = hasBitmap ? nulls(random, total) : { at: 0n, valid: () => true };
  const buffers = hasBitmap ? [at, ...parts.buffers] : parts.buffers;
  const seen = values.map((value, i) => (valid(i) ? value : null)).slice(offset);
  return { made: { ...parts, buffers, length: total - offset, offset }, values: seen };
}

const NUMBERS: readonly (readonly [arrow: string, code: string, make: (random: Random) => unknown])[] = [
  ['c', 'b', (random) => random.below(256) - 128],
  ['S', 'H', (random) => random.below(65536)],
  ['i', 'i', (random) => random.next() | 0],
  ['L', 'Q', (random) => BigInt(random.next()) << 20n],
  ['g', 'd', (random) => random.next() / 7],
  ['tdD', 'i', (random) => random.below(30000)],
  ['tsu:UTC', 'q', (random) => BigInt(random.next())],
  ['ttn', 'q', (random) => BigInt(random.next())],
  ['tDm', 'q', (random) => -BigInt(random.next())],
];

const number: Maker = (random, length) => {
  const offset = random.below(4);
  const [format, code, make] = random.pick(NUMBERS);
  const values = times(length + offset, () => make(random));
  return finished(random, length + offset, offset, { format, buffers: [packed(code, values)] }, values);
};

const boolean: Maker = (random, length) => {
  const offset = random.below(20);
  const values = times(length + offset, () => random.chance(0.5));
  const packedBits = bits(values.map((value) => (value ? '1' : '0')).join(''));
  return finished(random, length + offset, offset, { format: 'b', buffers: [packedBits] }, values);
};

/** Offsets of parts of some lengths, in the width of a format's first or second spelling. */
function offsetsOf(lengths: readonly number[], large: boolean, first = 0): bigint {
  let end = first;
  const list = [first];
  for (const length of lengths) {
    end += length;
    list.push(end);
  }
  return large ? packed('q', list.map(BigInt)) : packed('i', list);
}

const utf8: Maker = (random, length) => {
  const offset = random.below(4);
  const large = random.chance(0.5);
  const values = times(length + offset, () => text(random));
  const encoded = values.map((value) => Buffer.from(value));
  const buffers = [
    offsetsOf(
      encoded.map((each) => each.length),
      large,
    ),
    bytes(Buffer.concat(encoded)),
  ];
  return finished(random, length + offset, offset, { format: large ? 'U' : 'u', buffers }, values);
};

const utf8View: Maker = (random, length) => {
  const values = times(length, () => text(random));
  const stores: Buffer[][] = [[], []];
  const views = values.map((value) => {
    const content = Buffer.from(value);
    const view = Buffer.alloc(16);
    view.writeInt32LE(content.length, 0);
    if (content.length <= 12) content.copy(view, 4);
    else {
      const which = random.below(2);
      content.copy(view, 4, 0, 4);
      view.writeInt32LE(which, 8);
      view.writeInt32LE(Buffer.concat(stores[which]!).length, 12);
      stores[which]!.push(content);
    }
    return view;
  });
  const data = stores.map((parts) => Buffer.concat(parts));
  const sizes = packed(
    'q',
    data.map((each) => BigInt(each.length)),
  );
  const buffers = [bytes(Buffer.concat(views)), ...data.map(bytes), sizes];
  return finished(random, length, 0, { format: 'vu', buffers }, values);
};

const list: Maker = (random, length, depth) => {
  const offset = random.below(3);
  const lengths = times(length + offset, () => random.below(4));
  const first = random.below(3);
  const child = sample(random, first + lengths.reduce((sum, each) => sum + each, 0), depth - 1);
  const large = random.chance(0.5);
  let at = first;
  const values = lengths.map((each) => {
    at += each;
    return child.values.slice(at - each, at);
  });
  const parts = {
    format: large ? '+L' : '+l',
    buffers: [offsetsOf(lengths, large, first)],
    children: [child.made],
  };
  return finished(random, length + offset, offset, parts, values);
};

const listView: Maker = (random, length, depth) => {
  const child = sample(random, 6, depth - 1);
  const ranges = times(length, () => {
    const from = random.below(6);
    return [from, random.below(7 - from)] as const;
  });
  const large = random.chance(0.5);
  const packedOf = (which: 0 | 1): bigint =>
    large
      ? packed(
          'q',
          ranges.map((range) => BigInt(range[which])),
        )
      : packed(
          'i',
          ranges.map((range) => range[which]),
        );
  const parts = {
    format: large ? '+vL' : '+vl',
    buffers: [packedOf(0), packedOf(1)],
    children: [child.made],
  };
  return finished(
    random,
    length,
    0,
    parts,
    ranges.map(([from, size]) => child.values.slice(from, from + size)),
  );
};

const fixedList: Maker = (random, length, depth) => {
  const offset = random.below(3);
  const size = random.below(4);
  const child = sample(random, (length + offset) * size, depth - 1);
  const values = times(length + offset, (i) => child.values.slice(i * size, (i + 1) * size));
  return finished(
    random,
    length + offset,
    offset,
    { format: `+w:${size}`, buffers: [], children: [child.made] },
    values,
  );
};

const record: Maker = (random, length, depth) => {
  const offset = random.below(3);
  const fields = times(random.below(4), (i) => ({
    name: `f${i}`,
    ...sample(random, length + offset, depth - 1),
  }));
  const values = times(length + offset, (i) =>
    Object.fromEntries(fields.map((field) => [field.name, field.values[i]])),
  );
  const children = fields.map(({ name, made }) => ({ ...made, name }));
  return finished(random, length + offset, offset, { format: '+s', buffers: [], children }, values);
};

const map: Maker = (random, length, depth) => {
  const lengths = times(length, () => random.below(3));
  const total = lengths.reduce((sum, each) => sum + each, 0);
  const keys = times(total, (i) => i);
  const items = sample(random, total, depth - 1);
  const key: Made = { format: 'i', name: 'key', flags: 0, length: total, buffers: [0n, packed('i', keys)] };
  const entries: Made = {
    ...{ format: '+s', name: 'entries', flags: 0, length: total, buffers: [0n] },
    children: [key, { ...items.made, name: 'value' }],
  };
  let at = 0;
  const values = lengths.map((each) => times(each, () => [at, items.values[at++]]));
  return finished(
    random,
    length,
    0,
    { format: '+m', buffers: [offsetsOf(lengths, false)], children: [entries] },
    values,
  );
};

const union: Maker = (random, length, depth) => {
  const dense = random.chance(0.5);
  const codes = [3, 0, 7];
  const offset = random.below(3);
  const children = codes.map(() => sample(random, dense ? 4 : length + offset, depth - 1));
  const which = times(length + offset, () => random.below(3));
  const places = which.map((_, i) => (dense ? random.below(4) : i));
  const ids = packed(
    'b',
    which.map((child) => codes[child]!),
  );
  const parts = {
    format: `${dense ? '+ud' : '+us'}:${codes.join(',')}`,
    buffers: dense ? [ids, packed('i', places)] : [ids],
    children: children.map(({ made }) => made),
  };
  const values = which.map((child, i) => children[child]!.values[places[i]!]);
  return finished(random, length + offset, offset, parts, values, false);
};

const dictionary: Maker = (random, length, depth) => {
  const words = sample(random, 5, Math.min(depth - 1, 1));
  const offset = random.below(3);
  const [format, code] = random.pick([
    ['c', 'b'],
    ['S', 'H'],
    ['i', 'i'],
  ] as const);
  const indices = times(length + offset, () => random.below(5));
  const parts = { format, buffers: [packed(code, indices)], dictionary: words.made };
  return finished(
    random,
    length + offset,
    offset,
    parts,
    indices.map((index) => words.values[index]),
  );
};

const runs: Maker = (random, length, depth) => {
  const offset = random.below(3);
  const values: unknown[] = [];
  const ends: number[] = [];
  while (values.length < length + offset) {
    const count = 1 + random.below(3);
    values.push(...times(count, () => ends.length));
    ends.push(values.length);
  }
  const items = sample(random, ends.length, depth - 1);
  const [format, code] = random.pick([
    ['s', 'h'],
    ['i', 'i'],
  ] as const);
  const endsColumn: Made = {
    format,
    name: 'run_ends',
    flags: 0,
    length: ends.length,
    buffers: [0n, packed(code, ends)],
  };
  const parts = { format: '+r', buffers: [], children: [endsColumn, { ...items.made, name: 'values' }] };
  const seen = values.map((run) => items.values[run as number]);
  return finished(random, length + offset, offset, parts, seen.slice(0, length + offset), false);
};

const nothing: Maker = (_, length) => ({
  made: { format: 'n', length, buffers: [] },
  values: times(length, () => null),
});

const FLAT = [number, number, boolean, utf8, utf8View, nothing];
const NESTED = [list, listView, fixedList, record, map, union, dictionary, runs];

/** A random column of some elements. */
export function sample(random: Random, length: number, depth: number): Sample {
  const maker = depth > 0 && random.chance(0.7) ? random.pick(NESTED) : random.pick(FLAT);
  return maker(random, length, depth);
}

/** Formats whose elements lie at their index: no struct says how long a buffer is, so that nothing here may lead beyond one. */
const FORMATS = [
  ...['n', 'b', 'c', 'i', 'l', 'g', 'd:9,2', 'd:9,2,256', 'd:9,2,7', 'w:0', 'w:7', 'tdD', 'tsu:', 'tin'],
  ...[
    '+l',
    '+L',
    '+vl',
    '+w:0',
    '+w:3',
    '+w:999999999',
    '+s',
    '+m',
    '+ud:0,1',
    '+us:',
    '+us:3,0,7',
    '+r',
    'vx',
    '',
    'é',
    '+',
  ],
];

/** The same column with one thing wrong, or odd, somewhere in it. Nothing points beyond the 4096 bytes that each buffer has here. */
export function mutated(random: Random, made: Made): Made {
  const children = made.children ?? [];
  if (children.length > 0 && random.chance(0.5)) {
    const which = random.below(children.length);
    return { ...made, children: children.map((child, i) => (i === which ? mutated(random, child) : child)) };
  }
  if (made.dictionary !== undefined && random.chance(0.5))
    return { ...made, dictionary: mutated(random, made.dictionary) };
  const length = random.pick([0, 1, 2, 20, -1, 2 ** 53]);
  // Read as 32 bits, each is followed by 0 or -1: no offset of either width leads beyond 40.
  const noise = (): bigint =>
    packed(
      'q',
      times(64, () => random.pick([0n, 1n, 2n, 3n, 40n, -1n, -(2n ** 31n)])),
    );
  const change: readonly (() => Partial<Made>)[] = [
    () => ({ format: random.pick(FORMATS) }),
    () => ({
      format: random.pick(['u', 'Z', 'vu', 'vz']),
      buffers: [0n, noise(), noise(), noise()].slice(0, 3 + random.below(2)),
    }),
    () => (length <= 20 ? { length } : { nulls: length }),
    () => ({ offset: random.pick([0, 1, 7, -1]) }),
    () => ({ nulls: random.pick([-1, 0, 5, 2 ** 40, -(2 ** 40)]) }),
    () => ({ flags: random.below(9) }),
    () => ({ buffers: made.buffers.slice(1) }),
    () => ({ buffers: [...made.buffers, 0n] }),
    () => ({ buffers: made.buffers.map((at) => (random.chance(0.5) ? 0n : at)) }),
    () => ({ buffers: made.buffers.map((at) => (random.chance(0.5) ? noise() : at)) }),
    () => ({ children: children.slice(1) }),
    () => ({ children: [...children, ...children] }),
    () => ({ dictionary: { format: 'i', length: 1, buffers: [0n, noise()] } }),
    () => ({ metadata: packed('i', random.pick([[0], [-1], [1, -5], [1, 0, -1], [1, 2 ** 31 - 1]])) }),
    () => ({ name: random.pick(['', 'é', '__proto__', 'a'.repeat(300)]) }),
  ];
  return { ...made, ...random.pick(change)() };
}
