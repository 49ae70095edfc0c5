/**
 * The integer types of enums, and of the attribute `mode`.
 */
import type { SourcePosition } from './refusal.js';
import { type CType, type DataModel, POINTER, refusedType, type ScalarType, scalar } from './type.js';

const CODES = { 1: 'bB', 2: 'hH', 4: 'iI', 8: 'qQ' } as const;

function integer(size: 1 | 2 | 4 | 8, unsigned: boolean): ScalarType {
  return scalar(CODES[size][unsigned ? 1 : 0]!, size, unsigned ? 'unsigned' : 'signed');
}

/**
 * The type that a compiler gives an enum: the first of `unsigned int`, `int` and the types of 64 bits that holds all values;
 * of a packed one the smallest.
 */
export function enumOf(values: readonly bigint[], packed: boolean, model: DataModel): ScalarType {
  let least = 0n;
  let most = 0n;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const unsigned = least === 0n && (model.unsignedEnums || packed);
  for (const size of packed ? ([1, 2, 4] as const) : ([4] as const)) {
    const bits = BigInt(size * 8);
    const low = unsigned ? 0n : -(1n << (bits - 1n));
    const high = unsigned ? (1n << bits) - 1n : (1n << (bits - 1n)) - 1n;
    if (least >= low && most <= high) return integer(size, unsigned);
  }
  return model.unsignedEnums || packed ? integer(8, unsigned) : integer(4, false);
}

const INTEGER_MODES: Readonly<Record<string, 1 | 2 | 4 | 8>> = {
  QI: 1,
  byte: 1,
  HI: 2,
  SI: 4,
  DI: 8,
  word: 8,
  pointer: 8,
  unwind_word: 8,
};

/** The type that `mode(…)` makes of an integer or floating type. */
export function modeType(type: CType, mode: string, position: SourcePosition): CType {
  if (type === POINTER || type.kind === 'refused') return type;
  const size = INTEGER_MODES[mode];
  if (type.kind === 'scalar' && type.integer !== null && size !== undefined) {
    return integer(size, type.integer.unsigned);
  }
  if (type.kind === 'scalar' && mode === 'SF') return scalar('f', 4);
  if (type.kind === 'scalar' && mode === 'DF') return scalar('d', 8);
  return refusedType(position, `has the mode ${JSON.stringify(mode)}, which no format can say`);
}
