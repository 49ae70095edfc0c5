/** The conformance vectors about formats alone: struct's sizes, bytes and values, and numpy's layouts of PEP 3118. */
import { describe, expect, it } from 'vitest';
import type { FieldInfo } from '../../src/format/info.js';
import { formatInfo } from '../../src/format/info.js';
import { calcsize, structOf } from '../../src/format/struct.js';
import { RULES } from '../contract/rules.js';
import { decoded, isSame } from '../contract/values.js';
import { type Encoded, type Outcome, outcomesOf, type Vector, vectorsByGroup } from '../contract/vectors.js';
import { packValues } from './pack.js';

const groups = vectorsByGroup();

function outcomeIsMet(vector: Vector, matches: (outcome: Outcome) => boolean): boolean {
  return outcomesOf(vector).some(matches);
}

/** Runs a vector's only operation; a coded error is an outcome, any other error is a failure. */
function attempt(run: () => unknown): { value: unknown } | { failed: string } {
  try {
    return { value: run() };
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (typeof code !== 'string') throw error;
    return { failed: code };
  }
}

function checkAll(group: string, run: (args: readonly Encoded[], vector: Vector) => unknown): void {
  const vectors = groups.get(group) ?? [];
  const kept = vectors.filter((vector) => !RULES.some((rule) => rule.excludes(vector)));
  it(`${group} gives Python's answers`, () => {
    expect(kept.length).toBeGreaterThan(0.8 * vectors.length);
    for (const vector of kept) {
      const [, ...args] = vector.ops[0]!;
      const got = attempt(() => run(args, vector));
      const met = outcomeIsMet(vector, (outcome) =>
        'failed' in got
          ? outcome.error !== undefined
          : 'value' in outcome && isSame(got.value, outcome.value),
      );
      expect(met, `${vector.id} ${JSON.stringify(vector.ops)} gave ${JSON.stringify(got, shownBigint)}`).toBe(
        true,
      );
    }
  });
}

function shownBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

describe('the vectors of struct', () => {
  checkAll('calcsize', ([format]) => calcsize(format));
  checkAll('struct_pack', ([format, values]) => {
    const list = (values as readonly Encoded[]).map((value) => decoded(value));
    return Buffer.from(packValues(format, list));
  });
  checkAll('struct_unpack', ([format, hex], { ops }) => {
    const struct = structOf(format);
    const bytes = Buffer.from(String(hex), 'hex');
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (ops[0]![0] === 'unpack') {
      if (bytes.length !== struct.itemsize)
        throw Object.assign(new RangeError('size'), { code: 'ERR_OUT_OF_RANGE' });
      return struct.read(data, 0);
    }
    const rows: unknown[] = [];
    for (let at = 0; at < bytes.length; at += struct.itemsize) rows.push(struct.read(data, at));
    return rows;
  });
});

describe('the vectors of layout', () => {
  const dtypes: Readonly<Record<string, string>> = {
    b: 'i1',
    B: 'u1',
    '?': 'b1',
    h: 'i2',
    H: 'u2',
    i: 'i4',
    I: 'u4',
    q: 'i8',
    Q: 'u8',
    e: 'f2',
    f: 'f4',
    d: 'f8',
    Zf: 'c8',
    Zd: 'c16',
    c: 'S1',
  };

  /** numpy's name of one element's format. */
  function dtypeOf(format: string): string {
    const [, mark, count, code] = /^([@=<>!^]?)(\d*)(.+)$/s.exec(format)!;
    const big = mark === '>' || mark === '!' ? '>' : '<';
    if (code === 's') return `|S${count === '' ? 1 : count}`;
    if (code === 'x') return `|V${count === '' ? 1 : count}`;
    if (code === 'w') return `${big}U${count === '' ? 1 : count}`;
    const native = mark === '' || mark === '^';
    const fixed = code === 'l' ? (native ? 'q' : 'i') : code === 'L' ? (native ? 'Q' : 'I') : code!;
    const name = dtypes[fixed]!;
    return name.endsWith('1') ? `|${name}` : big + name;
  }

  interface Leaf {
    path: string;
    offset: number;
    shape: readonly number[];
    itemsize: number;
    dtype?: string;
    fields?: unknown;
  }

  function elementSize(shape: readonly number[], nbytes: number, given: number): number {
    const count = shape.reduce((product, length) => product * length, 1);
    return count === 0 ? given : nbytes / count;
  }

  /** Leaves as numpy tells them: of nested records by path, of arrays of records as one leaf. */
  function leavesOf(
    fields: readonly FieldInfo[],
    path: string,
    base: number,
  ): Map<string, FieldInfo & { at: number }> {
    const leaves = new Map<string, FieldInfo & { at: number }>();
    for (const field of fields) {
      const name = path === '' ? field.name : `${path}.${field.name}`;
      if (field.fields !== undefined && field.shape.length === 0) {
        for (const [key, leaf] of leavesOf(field.fields, name, base + field.offset)) leaves.set(key, leaf);
      } else leaves.set(name, { ...field, at: base + field.offset });
    }
    return leaves;
  }

  function checkLeaf(leaf: Leaf, found: (FieldInfo & { at: number }) | undefined): void {
    expect(found, leaf.path).toBeDefined();
    const { at, shape, itemsize, format } = found!;
    expect({ path: leaf.path, offset: at, shape }).toEqual({
      path: leaf.path,
      offset: leaf.offset,
      shape: leaf.shape,
    });
    if (leaf.dtype !== undefined) {
      expect(dtypeOf(format), leaf.path).toBe(leaf.dtype);
      expect(elementSize(shape, itemsize, leaf.itemsize), leaf.path).toBe(leaf.itemsize);
    }
  }

  it("have numpy's sizes, offsets, shapes and names", () => {
    let checked = 0;
    for (const vector of groups.get('layout') ?? []) {
      if (RULES.some((rule) => rule.excludes(vector))) continue;
      const text = String(vector.ops[0]![1]);
      const { expect: wanted } = vector;
      if (wanted.error !== undefined) {
        expect(() => formatInfo(text), vector.id).toThrow(expect.objectContaining({ code: 'ERR_FORMAT' }));
        continue;
      }
      const { itemsize, record, leaves } = wanted.value as unknown as {
        itemsize: number;
        record: boolean;
        leaves: Leaf[];
      };
      // A bare sequence follows struct here; in braces it follows numpy.
      const mark = /^[@=<>!^]?/.exec(text)![0];
      const info = formatInfo(
        !record || /^[@=<>!^]?T\{/.test(text) ? text : `${mark}T{${text.slice(mark.length)}}`,
      );
      expect(info.itemsize, text).toBe(itemsize);
      if (!record) {
        expect(info.fields).toEqual([]);
        expect(info.shape, text).toEqual(leaves[0]!.shape);
        expect(dtypeOf(info.format.replace(/^(?:\([^)]*\))?([@=<>!^]?)\d*/, '$1')), text).toBe(
          leaves[0]!.dtype,
        );
      } else {
        const found = leavesOf(info.fields, '', 0);
        for (const leaf of leaves) if (leaf.path !== '') checkLeaf(leaf, found.get(leaf.path));
      }
      checked++;
    }
    expect(checked).toBeGreaterThan(0);
  });
});
