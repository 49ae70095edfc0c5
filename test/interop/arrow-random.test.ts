/**
 * Random Arrow columns by value: read, sliced, made anew from what was read, held against the specification, and read again. Each seed
 * replays its column; `ARROW_SCHEMAS` says how many.
 */
import { beforeAll, expect, test } from 'vitest';
import { allocate } from '../../src/index.js';
import { type ArrowColumn, fromArrow, toArrow } from '../../src/interop/arrow.js';
import { COMPILING } from './addons.js';
import { arrows, forget, imported, record } from './arrow-kit.js';
import { mutated, Random, sample } from './arrow-random.js';
import { loadLibrary, type Native } from './library.js';

const COUNT = Number(process.env.ARROW_SCHEMAS ?? 200);
const MUTATIONS = Number(process.env.ARROW_MUTATIONS ?? 400);
const SEED = Number(process.env.ARROW_SEED ?? 1);

let validate: Native;

beforeAll(() => {
  arrows();
  validate = loadLibrary('validate', ['int arrow_validate(intptr_t, intptr_t, intptr_t)']).arrow_validate!;
}, COMPILING);

function complaint(made: { schema: bigint; array: bigint }): string {
  using message = allocate(400);
  if (validate(made.schema, made.array, message.address) === 0) return '';
  return Buffer.from(message.buffer).toString().split('\0')[0]!;
}

/** NaN and -0 do not come up; all else compares as it is. */
function same(column: ArrowColumn, values: readonly unknown[]): void {
  expect(column.toArray()).toEqual(values);
  for (const i of [0, column.length - 1])
    if (i >= 0 && i < values.length) expect(column.get(i)).toEqual(values[i]);
}

test(`${COUNT} random columns are what they were made of, here and after another export`, () => {
  for (let seed = SEED; seed < SEED + COUNT; seed++) {
    const random = new Random(seed);
    const length = random.pick([0, 1, 3, 9, 17]);
    const { made, values } = sample(random, length, 4);
    try {
      const column = imported(random.chance(0.5) ? made : record([{ ...made, name: 'x' }], length));
      const read = column.kind === 'struct' && column.child('x') !== undefined ? column.child('x')! : column;
      same(read, values);
      const from = random.below(length + 1);
      const to = from + random.below(length - from + 1);
      const part = read.slice(from, to);
      same(part, values.slice(from, to));
      const again = toArrow(part);
      expect(complaint(again)).toBe('');
      const back = fromArrow(again);
      same(back, values.slice(from, to));
      back.release();
      column.release();
    } catch (error) {
      throw new Error(`ARROW_SEED=${seed} ARROW_SCHEMAS=1: ${JSON.stringify(made.format)}`, { cause: error });
    }
    forget();
  }
}, 600_000);

/** All that a column offers; each is returned, or refused with a code. */
function touch(column: ArrowColumn): void {
  const looks: readonly ((each: ArrowColumn) => unknown)[] = [
    (each) => each.toArray(),
    (each) => each.get(0),
    (each) => each.slice(1).toArray(),
    (each) =>
      [each.values, each.offsets, each.sizes, each.data, each.dataBuffers, each.typeIds, each.validity]
        .length,
    (each) => [each.nullCount, each.isValid(0), each.metadata, each.extension, each.schema],
    (each) => toArrow(each).release(),
    (each) => each.children.forEach(touch),
    (each) => each.dictionary !== null && touch(each.dictionary),
  ];
  for (const look of looks) answered(() => look(column));
}

function answered(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!/^ERR_/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

test(`${MUTATIONS} columns with something wrong in them are refused with a code, or read, and released once`, () => {
  for (let seed = SEED; seed < SEED + MUTATIONS; seed++) {
    const random = new Random(seed ^ 0x5bd1e995);
    let { made } = sample(random, random.pick([0, 1, 5, 9]), 3);
    for (let changes = 1 + random.below(3); changes > 0; changes--) made = mutated(random, made);
    const inBatch = random.chance(0.5);
    const whole = inBatch ? record([{ ...made, name: 'x' }], Math.max(0, made.length)) : made;
    try {
      answered(() => {
        const column = imported(whole);
        touch(column);
        column.release();
      });
    } catch (error) {
      throw new Error(`ARROW_SEED=${seed} ARROW_MUTATIONS=1: ${JSON.stringify(whole.format)}`, {
        cause: error,
      });
    }
    if (seed % 16 === 0) forget();
  }
}, 600_000);
