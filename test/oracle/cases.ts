/**
 * Random cases in the form of the conformance vectors: a base memory with a view of it, and operations. The generator runs the case as it
 * grows, to choose operations that may follow. Only CPython and numpy decide the expected result.
 */
import { struct } from '../../src/index.js';
import type { Encoded, Op } from '../contract/vectors.js';
import type { Case } from './case.js';
import { cpythonView, cpythonWrite } from './cpython-cases.js';
import { anyValue, fittingValue, layoutFormat, structFormat } from './formats.js';
import { numpyView } from './numpy-cases.js';
import { numpyWrite } from './numpy-writes.js';
import type { Random } from './random.js';

/** One random case. */
export function randomCase(random: Random): Case {
  return random.weighted([
    [24, cpythonView],
    [38, numpyView],
    [10, cpythonWrite],
    [14, numpyWrite],
    [9, structCall],
    [5, layoutCall],
  ])(random);
}

function structCall(random: Random): Case {
  const format = structFormat(random);
  const op = ((): Op => {
    if (random.percent(20)) return ['calcsize', format];
    const size = sizeOf(format);
    if (random.percent(45)) {
      const odd = random.percent(8) ? random.int(-1, 1) : 0;
      const isMany = random.percent(30);
      const count = isMany ? size * random.int(0, 3) : size;
      return [isMany ? 'iter_unpack' : 'unpack', format, random.hex(Math.max(0, count + odd))];
    }
    return ['pack', format, packValues(random, format)];
  })();
  return { source: 'cpython', base: null, ops: [op] };
}

function sizeOf(format: string): number {
  try {
    return Math.min(struct.calcsize(format), 200);
  } catch {
    return 4;
  }
}

function packValues(random: Random, format: string): Encoded[] {
  const mark = /^[@=<>!]/.test(format) ? format[0]! : '';
  const values = [...format.matchAll(/(\d*)([a-zA-Z?])/g)].flatMap(([, count, code]): Encoded[] => {
    if (code === 'x') return [];
    if (code === 's' || code === 'p')
      return [{ $bytes: random.hex(random.int(0, Math.min(Number(count || 1), 20) + 1)) }];
    const n = Math.min(Number(count || 1), 20);
    return random.many(n, () =>
      random.percent(12) ? anyValue(random, mark + code) : fittingValue(random, mark + code!),
    );
  });
  if (random.percent(3)) values.push(1);
  if (random.percent(3)) values.pop();
  return values;
}

function layoutCall(random: Random): Case {
  return { source: 'numpy', base: null, ops: [['layout', layoutFormat(random)]] };
}
