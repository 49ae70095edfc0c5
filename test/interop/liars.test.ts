/** Producers that give false facts about their memory are refused before JavaScript, or a native consumer, sees the memory. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Exporter, memory, memoryview } from '../../src/index.js';
import { type Carrier, COMPILING, type Consumer, loadAddon } from './addons.js';

interface Liar {
  lie(kind: string): Carrier;
  pins(carrier: object): number;
}

let liar: Liar;
let consumer: Consumer;

beforeAll(() => {
  liar = loadAddon('test/interop/fixtures/liar.c') as Liar;
  consumer = loadAddon('examples/addon-consumer/consumer.cc') as Consumer;
}, COMPILING);

/** The message for each false fact, from this library and from a consumer alike. */
const LIES: readonly (readonly [kind: string, said: string])[] = [
  ['negative shape', 'with length -2 in dimension 0, expected 0 or more'],
  ['overflowing shape', 'whose shape overflows 64 bits'],
  ['overflowing size', 'whose size in bytes overflows 64 bits'],
  ['overflowing strides', 'whose strides overflow 64 bits'],
  ['strides out', 'that reaches bytes 0 to 72, expected 0 to 16, its region'],
  ['strides before', 'that reaches bytes -8 to 8, expected 0 to 16, its region'],
  ['data out', 'that reaches bytes 16 to 32, expected 0 to 16, its region'],
  ['data before', 'that reaches bytes -4 to 12, expected 0 to 12, its region'],
  ['data far before', 'that reaches bytes'],
  ['more than the region', 'that reaches bytes 0 to 16, expected 0 to 12, its region'],
  ['itemsize', 'of itemsize 2, expected 4 for format "f"'],
  ['itemsize zero', 'of itemsize 0, expected at least 1'],
  ['dtype', 'of itemsize 4, expected 8 for its dtype'],
  ['no format', 'without a format'],
  ['nbytes', 'of 20 bytes (nbytes), expected 16'],
  ['not contiguous', 'that says it is contiguous, but has other strides'],
  ['huge region', 'which leaves the address space'],
  ['no region', 'hands out a region of 16 bytes at no address'],
  ['65 dimensions', 'of 65 dimensions, expected 0 to 64'],
  ['-1 dimensions', 'of -1 dimensions, expected 0 to 64'],
  ['no shape', 'without a shape'],
  ['no strides', 'without strides'],
  ['newer view', 'hands out a view of version 2, expected 1'],
  ['short view', 'of 96 bytes (struct_size), expected at least 144'],
  ['no release', 'without a release'],
  ['magic', 'with magic 0x1234, expected 0x3176666275627645'],
  ['newer major', 'carries an exporter of version 2, expected 1'],
  ['endless majors', 'carries an exporter of version 2, expected 1'],
  ['short exporter', 'carries an exporter of 40 bytes (struct_size), expected 96'],
  ['no acquire', 'carries an exporter of 96 bytes (struct_size), expected 96'],
  ['untagged', "without the exporters' type tag"],
  ['other tag', "without the exporters' type tag"],
  ['silent refusal', 'is busy'],
  ['odd answer', 'returned status 77, expected 0 to 5'],
  ['a pending exception', 'returned status 10, expected 0 to 5'],
  ['endless message', `${'e'.repeat(100)}`],
  ['no room for a message', 'is busy'],
];

const carries = (object: Carrier): boolean => Object.getOwnPropertySymbols(object).length === 1;

describe.each(LIES)('a producer with %s', (kind, said) => {
  test('is refused by memoryview, which holds nothing of it', () => {
    const object = liar.lie(kind);
    expect(carries(object)).toBe(true);
    const { blocks } = memory.stats();
    expect(() => memoryview(object as Exporter)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^ERR_/),
        message: expect.stringContaining(said),
      }),
    );
    expect(memory.stats().blocks).toBe(blocks);
    expect(liar.pins(object)).toBe(0);
  });

  test('is refused by a consumer in native code', () => {
    const object = liar.lie(kind);
    expect(() => consumer.sumGrid(object)).toThrow(said);
    expect(liar.pins(object)).toBe(0);
  });
});

/** The false facts that only the library detects, or only it can't use. */
const TO_US: readonly (readonly [kind: string, code: string, said: string])[] = [
  ['record itemsize', 'ERR_INVALID_ARG', 'of itemsize 4, expected 6 for format "T{h:a:h:b:h:c:}"'],
  ['nonsense format', 'ERR_FORMAT', '4!!'],
  ['other device', 'ERR_INVALID_ARG', 'has memory of device type 2, expected 1'],
  ['borrowed', 'ERR_INVALID_ARG', "lends the engine's memory"],
  ['larger than an ArrayBuffer', 'ERR_OUT_OF_MEMORY', 'region is too large'],
];

test.each(TO_US)('a producer with %s is refused by memoryview', (kind, code, said) => {
  const object = liar.lie(kind);
  expect(() => memoryview(object as Exporter)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(said) }),
  );
  expect(liar.pins(object)).toBe(0);
});

test('memory of another device is refused by a consumer that reads it in place', () => {
  const object = liar.lie('other device');
  expect(() => consumer.sumGrid(object)).toThrow('is on device type 2, expected 1, the CPU');
  expect(liar.pins(object)).toBe(0);
});

test('a producer of a newer major that also speaks the older one is taken by that', () => {
  const object = liar.lie('newer major, older too');
  const view = memoryview(object as Exporter);
  expect(view.toArray()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(consumer.sumGrid(object)).toBe(10);
  expect(liar.pins(object)).toBe(1);
});

const EXPORTER = Symbol.for('memoryview.exporter.v1');

test.each([[1], ['text'], [{}], [null], [Symbol.iterator], [() => 1]])(
  'a value that is not an external (%s) is refused',
  (value) => {
    expect(() => memoryview({ [EXPORTER]: value })).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG',
        message: expect.stringContaining('carries no external'),
      }),
    );
  },
);
