/**
 * Numbers that TypeScript and C++ share. Each list is read from the C++ source and compared with that of src/, so that neither can change
 * alone.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ADVICE, COUNTS, ERROR_CODE, KINDS, RESULT, STATUS, TENSOR_ACCESS } from '../src/binding.js';
import * as places from '../src/engine/places.js';
import { MAX_NDIM } from '../src/layout/layout.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

/** `kOutOfMemory` is OUT_OF_MEMORY in TypeScript. */
const upper = (name: string): string =>
  name
    .replace(/^k/, '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase();

/** The enumerators of an enum of C++, by their names in TypeScript. */
function enumOf(path: string, name: string): Record<string, number> {
  const body = new RegExp(`enum (?:class )?${name}\\b[^{]*\\{([^}]*)\\}`).exec(read(path))?.[1];
  if (body === undefined) throw new Error(`${path}: there is no enum ${name}`);
  const values: Record<string, number> = {};
  let next = 0;
  for (const [, enumerator, value] of body
    .replace(/\/\/.*/g, '')
    .matchAll(/(\w+)(?:\s*=\s*(\w+))?\s*(?:,|$)/g)) {
    next = value === undefined ? next : (values[upper(value)] ?? Number(value));
    values[upper(enumerator!)] = next++;
  }
  return values;
}

/** A constant that is a plain number. */
function constantOf(path: string, pattern: RegExp): number {
  const found = pattern.exec(read(path))?.[1];
  if (found === undefined) throw new Error(`${path}: nothing matches ${pattern}`);
  return Number(found);
}

const positions = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name, i) => [name.toUpperCase().replaceAll('_', ''), i]));

const bare = (values: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replaceAll('_', ''), value]));

describe('numbers that two languages share', () => {
  it('are the same statuses', () => {
    expect(enumOf('native/node/call.h', 'Status')).toEqual(STATUS);
  });

  it('are the same kinds of memory, in one order', () => {
    expect(bare(enumOf('native/core/ledger.h', 'Kind'))).toEqual(positions(KINDS));
    expect(constantOf('native/core/ledger.h', /kKinds = (\d+)/)).toBe(KINDS.length);
  });

  it('are the same advice about mappings, in one order', () => {
    expect(bare(enumOf('native/core/file_memory.h', 'Advice'))).toEqual(positions(ADVICE));
    expect(constantOf('native/core/file_memory.h', /kAdvices = (\d+)/)).toBe(ADVICE.length);
  });

  it('are the same codes of errors that the C header has', () => {
    const header = read('native/include/memoryview.h').replace(/\/\*[\s\S]*?\*\//g, '');
    const codes = Object.fromEntries(
      [...header.matchAll(/^ *MV_(\w+) = (\d+)/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    const unsupported = constantOf('native/capi/dlpack.h', /kUnsupported = (\d+)/);
    expect(ERROR_CODE).toEqual({
      RELEASED: codes.RELEASED,
      BUSY: codes.BUSY,
      NO_MEMORY: codes.NO_MEMORY,
      BAD_REQUEST: codes.BAD_REQUEST,
      BAD_VERSION: codes.BAD_VERSION,
      UNSUPPORTED: unsupported,
    });
  });

  it('are the same accesses to tensors', () => {
    expect(bare(enumOf('native/capi/dlpack.h', 'TensorAccess'))).toEqual(bare(TENSOR_ACCESS));
  });

  it('are the same rules of equality; integers are compared as bytes', () => {
    const { signed, unsigned, ...rules } = places.EQUALITY;
    expect([signed, unsigned]).toEqual([rules.bytes, rules.bytes]);
    expect(enumOf('native/core/kernels/equality.h', 'Equality')).toEqual(
      Object.fromEntries(Object.entries(rules).map(([name, value]) => [name.toUpperCase(), value])),
    );
  });

  it('are 64 dimensions everywhere', () => {
    expect(MAX_NDIM).toBe(64);
    expect(constantOf('native/core/kernels/pair_walk.h', /kMaxDimensions = (\d+)/)).toBe(MAX_NDIM);
    expect(constantOf('native/include/memoryview.h', /#define MV_MAX_NDIM (\d+)/)).toBe(MAX_NDIM);
  });

  it('are the same places of two layouts', () => {
    const source = read('native/node/item_layouts.cc');
    const known: Record<string, number> = { kMaxDimensions: MAX_NDIM };
    for (const [, name, sum] of source.matchAll(/^constexpr size_t (k\w+) = ([\w +]+);/gm)) {
      known[name!] = sum!.split(' + ').reduce((total, part) => total + (known[part] ?? Number(part)), 0);
    }
    const {
      NDIM,
      ITEMSIZE,
      TO_OFFSET,
      FROM_OFFSET,
      PART,
      HOW,
      TO_SWAP,
      FROM_SWAP,
      SHAPE,
      TO_STRIDES,
      FROM_STRIDES,
    } = places;
    const ours = {
      NDIM,
      ITEMSIZE,
      TO_OFFSET,
      FROM_OFFSET,
      PART,
      HOW,
      TO_SWAP,
      FROM_SWAP,
      SHAPE,
      TO_STRIDES,
      FROM_STRIDES,
    };
    const { kMaxDimensions: _, ...theirs } = known;
    expect(Object.fromEntries(Object.entries(theirs).map(([name, at]) => [upper(name), at]))).toEqual(ours);
    expect(places.LAYOUT_NUMBERS).toBe(FROM_STRIDES + MAX_NDIM);
  });

  it('are the same places of results', () => {
    expect(enumOf('native/node/results.h', 'Place')).toEqual(RESULT);
  });

  it('are the same counts, in one order', () => {
    const list = /\{(stats\.blocks[^}]*)\}/.exec(read('native/node/accounting.cc'))?.[1] ?? '';
    const names = [...list.matchAll(/stats\.(\w+)/g)].map(([, name]) => name!);
    expect(names.map((name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()))).toEqual([
      ...COUNTS,
    ]);
    const room = constantOf('native/node/environment.h', /kResults = (\d+)/);
    expect(room).toBeGreaterThanOrEqual(COUNTS.length + 2 * KINDS.length);
  });
});
