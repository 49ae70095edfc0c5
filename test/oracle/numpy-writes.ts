/**
 * Cases for assignment as numpy does it: stretched, overlapping, converted, and byte swaps in place.
 */
import { formatInfo, type MemoryView } from '../../src/index.js';
import { reshaped } from '../contract/machine.js';
import { argument, type Base, type Encoded, type Op } from '../contract/vectors.js';
import { randomBase, randomShape } from './bases.js';
import { type Case, grown, seen } from './case.js';
import { anyNumpyFormat, fittingValue } from './formats.js';
import { axes, randomParts, spanOfCount } from './index-cases.js';
import type { Random } from './random.js';

export function numpyWrite(random: Random): Case {
  const format = anyNumpyFormat(random, true);
  const base = {
    ...randomBase(random, format, randomShape(random, formatInfo(format).itemsize), true),
    ...(random.percent(6) ? { readonly: true } : {}),
  };
  const { ops, view } = grown(random, base, random.int(0, 2), (at, r) => writableOp(at, r));
  const op = view === null ? null : seen(() => numpyMutation(random, view, base));
  return { source: 'numpy', base, ops: op === null ? ops : [...ops, op] };
}

function writableOp(view: MemoryView, random: Random): Op | null {
  const { shape } = view;
  const fields = formatInfo(view.format).fields;
  return random.weighted<() => Op | null>([
    [40, () => ['slice', randomParts(random, shape).filter((part) => part === '...' || Array.isArray(part))]],
    [15, () => ['transpose', axes(random, shape.length)]],
    [15, () => ['flip']],
    [fields.length > 0 ? 40 : 0, () => ['field', random.pick(fields).name]],
    [10, () => ['newbyteorder', random.pick(['<', '>', '='])]],
  ])();
}

const NUMBER = /^[@=<>!^]?[bBhHiIlLqQefd?]$/;

function numpyMutation(random: Random, view: MemoryView, base: Base): Op | null {
  const { format, shape } = view;
  const isRecord = formatInfo(format).fields.length > 0;
  const isFlat = formatInfo(format).shape.length === 0;
  return random.weighted<() => Op | null>([
    [40, () => ['setslice', ['...'], assignSource(random, view, base, shape)]],
    [20, () => partAssign(random, view, base)],
    [isRecord || !isFlat ? 0 : 12, () => ['fill', fittingValue(random, format)]],
    [
      isRecord || !isFlat ? 0 : 12,
      () =>
        shape.includes(0)
          ? null
          : ['setitem', shape.map((length) => random.int(-length, length - 1)), fittingValue(random, format)],
    ],
    [12, () => ['byteswap']],
    [NUMBER.test(format) ? 25 : 0, () => ['convert', convertSource(random, shape)]],
  ])();
}

function partAssign(random: Random, view: MemoryView, base: Base): Op | null {
  const parts = randomParts(random, view.shape).filter((part) => part !== 'newaxis');
  if (parts.filter((part) => part === '...').length > 1) return null;
  try {
    const target = reshaped(view, ['slice', parts]);
    // All integers select one element, which numpy sets as a value, not as an array.
    return target === null ? null : ['setslice', parts, assignSource(random, view, base, target.shape)];
  } catch {
    return null;
  }
}

/** Something to assign to a target of a shape: of that shape, of one that stretches to it, or the same memory. */
function assignSource(random: Random, view: MemoryView, base: Base, shape: readonly number[]): Encoded {
  if (view.format === base.format && random.percent(45)) {
    const ops: Op[] = [];
    if (random.percent(50)) ops.push(['flip']);
    if (random.percent(40)) ops.push(['transpose', axes(random, base.shape.length)]);
    if (base.shape.length > 0 && random.percent(40)) {
      ops.push(['slice', base.shape.map((length, i) => spanOfCount(random, length, shape[i] ?? length))]);
    }
    return { from: 'base', ops: argument(ops) };
  }
  const wish = shape.map((length) => (random.percent(20) ? 1 : length));
  if (random.percent(10)) wish.unshift(1);
  if (random.percent(20)) wish.splice(0, random.int(0, wish.length));
  if (random.percent(4)) wish.push(2);
  return { base: argument(randomBase(random, view.format, wish)) };
}

/** A memory of another format whose values mostly fit a few codes. */
function convertSource(random: Random, shape: readonly number[]): Encoded {
  const format = random.pick(['', '<', '>', '=']) + random.pick([...'bBhHiIqQ?fd']);
  const made = randomBase(random, format, random.percent(95) ? [...shape] : [...shape, 1]);
  const small = random.percent(70) && /[bBhHiIqQ?]$/.test(format);
  // Bytes of 0 and 1 at the low end keep integers small in most formats.
  const bytes = small ? made.bytes.replace(/../g, () => (random.percent(85) ? '00' : '01')) : made.bytes;
  return { base: argument({ ...made, bytes }) };
}
