/**
 * The conformance vectors: what CPython's memoryview and struct, Python 2's buffer and numpy returned. A vector is a base
 * memory with a view on it, operations on the current view, and the outcome that is expected.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A value as the vectors write it: JSON, with `$int`, `$float`, `$bytes`, `$complex` and `$tuple` for what JSON lacks. */
export type Encoded =
  | null
  | boolean
  | number
  | string
  | readonly Encoded[]
  | { readonly [tag: string]: Encoded };

/** A memory, and the view of it. */
export interface Base {
  /** The whole memory, in hex. */
  readonly bytes: string;
  readonly format: string;
  readonly itemsize: number;
  readonly shape: number[];
  /** In bytes; null stands for C order. */
  readonly strides: number[] | null;
  /** Where the first element starts, in bytes. */
  readonly offset: number;
  readonly readonly: boolean;
  readonly exporter?: boolean;
  readonly rows?: readonly string[];
  readonly suboffsets?: readonly number[];
}

/** Geometry and content of a view; null is not compared. */
export interface ExpectedView {
  readonly itemsize?: number | null;
  readonly format?: string | null;
  readonly dtype?: string | null;
  readonly shape?: readonly (number | null)[] | null;
  readonly strides?: readonly (number | null)[] | null;
  readonly suboffsets?: readonly (number | null)[] | null;
  readonly offset?: number | null;
  readonly readonly?: boolean | null;
  readonly nbytes?: number | null;
  readonly contig?: string | null;
  readonly bytes?: string | null;
  readonly list?: Encoded;
}

/** One outcome: exactly one of `error`, `value`, `ok` and `view`, and the memory afterwards if something was written. */
export interface Outcome {
  readonly error?: string;
  readonly at?: number;
  readonly value?: Encoded;
  readonly ok?: boolean;
  readonly view?: ExpectedView;
  readonly memory?: string;
  readonly python?: string;
  /** Set in `accept` if the contract decides for this outcome alone. */
  readonly contract?: boolean;
}

export type Op = readonly [name: string, ...args: Encoded[]];

export interface Vector {
  readonly id: string;
  readonly group: string;
  readonly source: 'cpython' | 'numpy';
  readonly base: Base | null;
  readonly ops: readonly Op[];
  readonly expect: Outcome;
  readonly accept?: readonly Outcome[];
  readonly needs?: readonly string[];
  readonly note?: string;
}

/**
 * Reads the vectors of the repository, or those of the `*.jsonl` files in the folder that `MEMORYVIEW_VECTORS` names.
 */
export function readVectors(): Vector[] {
  const folder = process.env.MEMORYVIEW_VECTORS;
  const packed = new URL('./vectors/vectors.jsonl.gz', import.meta.url);
  const text =
    folder === undefined
      ? gunzipSync(readFileSync(packed)).toString()
      : readdirSync(folder)
          .filter((name) => name.endsWith('.jsonl'))
          .map((name) => readFileSync(join(folder, name), 'utf8'))
          .join('\n');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Vector => JSON.parse(line));
}

/** The vectors of each group, in the order of the file. */
export function vectorsByGroup(vectors: readonly Vector[] = readVectors()): Map<string, Vector[]> {
  const groups = new Map<string, Vector[]>();
  for (const vector of vectors) {
    const group = groups.get(vector.group);
    if (group === undefined) groups.set(vector.group, [vector]);
    else group.push(vector);
  }
  return groups;
}

/** An integer as vectors write it, as a number where that is exact, else as a bigint. */
export function integerOf(value: Encoded): number | bigint {
  if (typeof value === 'number') return value;
  if (value !== null && typeof value === 'object' && '$int' in value) {
    const big = BigInt(String(value.$int));
    return Number.isSafeInteger(Number(big)) ? Number(big) : big;
  }
  throw new Error(`no integer: ${JSON.stringify(value)}`);
}

/** A base, or a list of operations, inside of an argument of an operation. */
export function nested<T extends Base | readonly Op[]>(value: unknown): T {
  return value as T;
}

/** A base or operations as an argument of an operation. */
export function argument(value: unknown): Encoded {
  return value as Encoded;
}

/** The accepted outcomes: those that the contract decides for, if there are any. */
export function outcomesOf(vector: Vector): Outcome[] {
  const accepted = vector.accept ?? [];
  const decided = accepted.filter((outcome) => outcome.contract === true);
  return decided.length > 0 ? decided : [vector.expect, ...accepted];
}
