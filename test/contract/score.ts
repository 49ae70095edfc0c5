/**
 * Compares the outcome of a vector with the accepted ones, and describes the difference.
 */
import type { FieldInfo, FormatInfo, MemoryView } from '../../src/index.js';
import { formatInfo } from '../../src/index.js';
import { runBuffer } from './buffer-machine.js';
import { Machine, type Observed } from './machine.js';
import { isSame, written } from './values.js';
import { type Encoded, type ExpectedView, type Outcome, outcomesOf, type Vector } from './vectors.js';

/** The Python classes that correspond to an error of this library, as in the table of the contract. */
function pythonClasses(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const code: unknown = Reflect.get(error, 'code');
  switch (code) {
    case 'ERR_FORMAT':
      return ['ValueError', 'TypeError'];
    case 'ERR_OUT_OF_BOUNDS':
      return ['IndexError'];
    case 'ERR_EXPORTED':
      return ['BufferError'];
    case 'ERR_RELEASED':
      return ['ValueError', 'BufferError'];
    case 'ERR_OUT_OF_MEMORY':
      return ['MemoryError'];
    case 'ERR_INVALID_ARG':
    case 'ERR_READONLY':
    case 'ERR_NOT_CONTIGUOUS':
    case 'ERR_CAST':
    case 'ERR_UNSUPPORTED':
      return ['TypeError', 'NotImplementedError'];
    case 'ERR_OUT_OF_RANGE':
    case 'ERR_SHAPE':
      return ['ValueError'];
    default:
      return [];
  }
}

/** Runs a vector and returns null if it passes, else the difference. */
export async function difference(vector: Vector): Promise<string | null> {
  const seen = vector.group === 'py2_buffer' ? runBuffer(vector) : await new Machine(vector).run();
  if (seen.error !== undefined && pythonClasses(seen.error).length === 0)
    return described(vector, String(seen.error));
  const found: string[] = [];
  for (const outcome of outcomesOf(vector)) {
    try {
      const text = mismatch(vector, outcome, seen);
      if (text === null) return null;
      found.push(text);
    } catch (error) {
      found.push(`looking at the outcome: ${error}`);
    }
  }
  return described(vector, [...new Set(found)].join(' or '));
}

function described({ id, base, ops }: Vector, text: string): string {
  const on = base === null ? '' : `${base.format} ${JSON.stringify(base.shape)} `;
  const strides = base?.strides ? `strides ${JSON.stringify(base.strides)} ` : '';
  const written = JSON.stringify(ops);
  return `${id}: ${on}${strides}${written.length > 300 ? `${written.slice(0, 300)}…` : written}\n    ${text}`;
}

function mismatch(vector: Vector, outcome: Outcome, seen: Observed): string | null {
  const memory = outcome.memory === undefined || vector.base?.rows !== undefined ? null : seen.memory();
  if (memory !== null && memory !== outcome.memory) return `memory ${memory}, not ${outcome.memory}`;
  if (outcome.error !== undefined) {
    if (seen.error === undefined) return `no ${outcome.error}, but ${shownOutcome(seen)}`;
    // numpy's errors have its own classes, which are not in Python's table.
    if (vector.source === 'numpy' || pythonClasses(seen.error).includes(outcome.error)) return null;
    return `${seen.error}, not ${outcome.error}`;
  }
  if (seen.error !== undefined) return `${seen.error} (at ${seen.at})`;
  if (outcome.ok === true) return null;
  if (outcome.view !== undefined) {
    // A 0-d result of numpy is a view there and, where every index was an integer, a value here.
    if (seen.view === undefined) return `${shownOutcome(seen)}, not a view`;
    return viewMismatch(outcome.view, seen.view);
  }
  const value = seen.value === undefined ? undefined : seen.value.is;
  if (vector.ops[0]?.[0] === 'layout') return layoutMismatch(vector, outcome.value!);
  return isSame(value, outcome.value) ? null : `${shownOutcome(seen)}, not ${written(outcome.value)}`;
}

function shownOutcome(seen: Observed): string {
  if (seen.value !== undefined) return written(seen.value.is);
  if (seen.view !== undefined) return `a view of shape (${seen.view.shape}), ${written(seen.view.toArray())}`;
  return seen.error === undefined ? 'nothing' : String(seen.error);
}

function viewMismatch(expected: ExpectedView, view: MemoryView): string | null {
  const contig = `${view.cContiguous ? 'C' : ''}${view.fContiguous ? 'F' : ''}`;
  const found: { readonly [name: string]: unknown } = {
    itemsize: view.itemsize,
    format: view.format,
    readonly: view.readonly,
    nbytes: view.nbytes,
    offset: view.byteOffset,
    contig,
  };
  for (const [name, value] of Object.entries(found)) {
    const wish = Reflect.get(expected, name) as unknown;
    if (wish !== undefined && wish !== null && wish !== value)
      return `${name} ${written(value)}, not ${written(wish)}`;
  }
  for (const name of ['shape', 'strides', 'suboffsets'] as const) {
    const wish = expected[name];
    if (wish === undefined || wish === null) continue;
    const value = view[name];
    const same = value.length === wish.length && wish.every((n, i) => n === null || n === value[i]);
    if (!same) return `${name} (${value}), not (${wish})`;
  }
  if (expected.dtype !== undefined && expected.dtype !== null && dtypeOf(view.format) !== expected.dtype) {
    return `format ${view.format}, not ${expected.dtype}`;
  }
  if (expected.bytes !== undefined && expected.bytes !== null) {
    const bytes = view.toBytes().toString('hex');
    if (bytes !== expected.bytes) return `bytes ${bytes}, not ${expected.bytes}`;
  }
  if (expected.list !== undefined && expected.list !== null) {
    const list = view.toArray();
    if (!isSame(list, expected.list)) return `list ${written(list)}, not ${written(expected.list)}`;
  }
  return null;
}

const KINDS: { readonly [code: string]: string } = {
  ...Object.fromEntries([...'bhilqn'].map((code) => [code, 'i'])),
  ...Object.fromEntries([...'BHILQNP'].map((code) => [code, 'u'])),
  ...Object.fromEntries([...'efd'].map((code) => [code, 'f'])),
  Zf: 'c',
  Zd: 'c',
  '?': 'b',
  c: 'S',
  s: 'S',
  w: 'U',
  x: 'V',
};

/** The numpy name of a format of one element, as `<i4`. */
export function dtypeOf(format: string): string {
  const [, mark = '', count = '', code = ''] = /^([@=<>!^]?)(\d*)(Z[fd]|.)$/.exec(format) ?? [];
  const { itemsize } = formatInfo(format);
  const kind = KINDS[code] ?? code;
  const size = kind === 'U' ? Number(count || 1) : itemsize;
  const order = mark === '>' || mark === '!' ? '>' : '<';
  return `${itemsize === 1 || kind === 'S' || kind === 'V' ? '|' : order}${kind}${size}`;
}

interface Leaf {
  readonly path: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly itemsize: number;
  readonly dtype?: string;
  readonly fields?: readonly Leaf[];
}

/** Compares numpy's layout of a format with `formatInfo`. It descends into records, and takes arrays of records as a whole. */
function layoutMismatch(vector: Vector, expected: Encoded): string | null {
  const value: unknown = expected;
  const wish = value as { itemsize: number; record: boolean; leaves: readonly Leaf[] };
  const given = String(vector.ops[0]?.[1]);
  // A bare sequence follows struct here; numpy reads it as a record.
  const isLone = wish.leaves.length === 1 && wish.leaves[0]?.path === '';
  const info = formatInfo(wish.record && !isLone && !isWhole(given) ? `T{${given}}` : given);
  const leaves = isLone || !wish.record ? [loneLeaf(info)] : leavesOf(info.fields, '', 0);
  const found = { itemsize: info.itemsize, leaves: isPadding(wish.leaves) ? [] : leaves };
  return written(found) === written(normal(wish)) ? null : `${written(found)}, not ${written(normal(wish))}`;
}

function isWhole(format: string): boolean {
  if (!/^[@=<>!^]?1?T\{/.test(format)) return false;
  let depth = 0;
  for (let i = 0; i < format.length; i++) {
    if (format[i] === '{') depth++;
    else if (format[i] === '}' && --depth === 0) return i === format.length - 1;
  }
  return false;
}

/** Padding alone is a void scalar to numpy, and here a format without a value. */
function isPadding(leaves: readonly Leaf[]): boolean {
  return leaves.length === 1 && leaves[0]?.path === '' && leaves[0].dtype?.startsWith('|V') === true;
}

function normal(wish: { itemsize: number; leaves: readonly Leaf[] }): unknown {
  return { itemsize: wish.itemsize, leaves: isPadding(wish.leaves) ? [] : wish.leaves.map(normalLeaf) };
}

function normalLeaf(leaf: Leaf): unknown {
  const { path, offset, shape, itemsize } = leaf;
  if (leaf.fields !== undefined)
    return { path, offset, shape, itemsize, fields: leaf.fields.map(normalLeaf) };
  return { path, offset, shape, itemsize, dtype: leaf.dtype };
}

function loneLeaf(info: FormatInfo): unknown {
  const { shape, fields } = info;
  const count = shape.reduce((product, length) => product * length, 1);
  if (fields.length > 0 || isWhole(info.format.replace(/^([@=<>!^]?)(\([^)]*\))?([@=<>!^]?)\d*/, '$1$3'))) {
    return { path: '', offset: 0, shape, itemsize: info.itemsize / count, fields: leavesOf(fields, '', 0) };
  }
  // The format of one element: without the sub-array, and without the count where that is one too.
  const format = info.format
    .replace(/^([@=<>!^]?)\([^)]*\)/, '$1')
    .replace(/^([@=<>!^]?)\d+(?![\dspwu])/, '$1');
  return {
    path: '',
    offset: 0,
    shape: info.shape,
    itemsize: formatInfo(format).itemsize,
    dtype: dtypeOf(format),
  };
}

function leavesOf(fields: readonly FieldInfo[], prefix: string, start: number): unknown[] {
  return fields.flatMap((field): unknown[] => {
    const path = `${prefix}${field.name}`;
    const offset = start + field.offset;
    const { shape } = field;
    const inner = field.fields ?? [];
    const { itemsize } = formatInfo(field.format);
    // A record of nothing but padding is a record without names to numpy.
    if (inner.length === 0 && isWhole(field.format)) {
      return shape.length === 0 ? [] : [{ path, offset, shape, itemsize, fields: [] }];
    }
    if (inner.length === 0) return [{ path, offset, shape, itemsize, dtype: dtypeOf(field.format) }];
    if (shape.length === 0) return leavesOf(inner, `${path}.`, offset);
    return [{ path, offset, shape, itemsize, fields: leavesOf(inner, '', 0) }];
  });
}
