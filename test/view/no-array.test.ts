/** Views, buffers and memory where JavaScript expects an array, a number or something that can be cloned. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { allocate, array, buffer, mapFile, zeros } from '../../src/index.js';
import { expectThrown, wrong } from './thrown.js';

const bytes = array([97, 98, 99], 'B');
const doubles = array([1.5, 2.5]);
const window = buffer(Buffer.from('abc'));
const square = array([
  [1, 2],
  [3, 4],
]);

const indexed = (object: object, key: PropertyKey): unknown => Reflect.get(object, key);

describe('an index', () => {
  it.each([
    ['a view', bytes],
    ['a view of several dimensions', square],
    ['a slice', bytes.slice('::-1')],
    ['an empty view', zeros(0)],
    ['a PyBuffer', window],
    ['a NativeMemory', allocate(8)],
    ['a mapped file', mapFile('package.json')],
  ])('of %s throws when it is read or written, whatever it is', (_, object) => {
    for (const index of [0, 1, 7, 100_000, 2 ** 32, -1, 1.5, '0']) {
      expectThrown(
        () => indexed(object, index),
        'ERR_UNSUPPORTED',
        /^index "-?\d.*": \w+ has no elements.*; use /,
      );
      expectThrown(() => Reflect.set(object, index, 9), 'ERR_UNSUPPORTED');
    }
    expect(Object.keys(object)).toEqual([]);
  });

  it('names get, asTypedArray and toBytes', () => {
    expectThrown(() => indexed(bytes, 2), 'ERR_UNSUPPORTED', /get\(2\).*asTypedArray\(\).*toBytes\(\)/);
    expectThrown(() => indexed(window, 2), 'ERR_UNSUPPORTED', /get\(2\).*toBytes\(\).*asTypedArray\(\)/);
    expectThrown(() => indexed(allocate(1), 2), 'ERR_UNSUPPORTED', /memory\.buffer.*memory\.view\(\)/);
  });

  it('does not keep other names from being read or added', () => {
    const view = zeros(1);
    expect(indexed(view, 'then')).toBeUndefined();
    expect(indexed(view, 'x0')).toBeUndefined();
    expect(indexed(view, '-')).toBeUndefined();
    expect(indexed(view, Symbol.iterator)).toBe(zeros(1)[Symbol.iterator]);
    expect(view instanceof Object).toBe(true);
    Reflect.set(view, 'note', 'mine');
    expect(indexed(view, 'note')).toBe('mine');
  });
});

describe('a function that reads an array by its indices', () => {
  const views: [string, object][] = [
    ['a view', bytes],
    ['a view of doubles', doubles],
    ['a view of several dimensions', square],
    ['a PyBuffer', window],
    ['a NativeMemory', allocate(2)],
  ];
  const readers: [string, (object: never) => unknown][] = [
    ['Uint8Array.prototype.set', (object) => new Uint8Array(3).set(object)],
    ['Float64Array.prototype.set', (object) => new Float64Array(3).set(object)],
    ['Buffer.from', (object) => Buffer.from(object)],
    ['Array.prototype.slice.call', (object) => Array.prototype.slice.call(object)],
    ['Array.prototype.map.call', (object) => Array.prototype.map.call(object, String)],
    ['Array.prototype.indexOf.call', (object) => Array.prototype.indexOf.call(object, 97)],
    ['apply', (object) => Reflect.apply(Math.max, null, object)],
    ['String.fromCharCode.apply', (object) => String.fromCharCode.apply(null, object)],
  ];
  // Buffer.from of other runtimes iterates, which gives the elements of a view of one dimension.
  const iterates = process.versions.bun !== undefined || 'Deno' in globalThis;
  for (const [what, object] of views) {
    it.each(readers)(`throws for ${what}: %s`, (name, read) => {
      if (iterates && name === 'Buffer.from' && (object === bytes || object === doubles)) {
        expect(read(wrong(object))).toEqual(Buffer.from([...(object as Iterable<number>)]));
      } else expectThrown(() => read(wrong(object)), 'ERR_UNSUPPORTED');
    });
  }
});

describe('a function that iterates', () => {
  it('has the elements of a view of one dimension', () => {
    expect([...bytes]).toEqual([97, 98, 99]);
    expect(Array.from(doubles)).toEqual([1.5, 2.5]);
    expect(new Uint8Array(wrong(bytes))).toEqual(new Uint8Array([97, 98, 99]));
    expect(Float64Array.from(wrong(doubles))).toEqual(new Float64Array([1.5, 2.5]));
    expect([...window]).toEqual(['a', 'b', 'c']);
  });

  it('throws where it wants numbers and gets the sub-views of several dimensions', () => {
    expectThrown(() => new Uint8Array(wrong(square)), 'ERR_UNSUPPORTED', /get\(\)/);
    expectThrown(() => Float64Array.from(wrong(square)), 'ERR_UNSUPPORTED');
    expectThrown(() => BigInt64Array.from(wrong(square)), 'ERR_UNSUPPORTED');
    expectThrown(() => Math.max(wrong(square)), 'ERR_UNSUPPORTED');
  });

  it('and a constructor of a TypedArray, throw for a NativeMemory and name its buffer', () => {
    const memory: never = wrong(allocate(16));
    for (const make of [
      () => new Float64Array(memory),
      () => Float64Array.from(memory),
      () => new Uint8Array(memory),
      () => Array.from(memory),
      () => Buffer.from(memory),
      () => Buffer.from(wrong(mapFile('package.json'))),
    ]) {
      expectThrown(make, 'ERR_UNSUPPORTED', /memory\.buffer/);
    }
  });
});

describe('text of a view', () => {
  it('is its repr, in templates, sums of strings and String', () => {
    expect(`${bytes}`).toBe(String(bytes));
    expect(`view: ${bytes}`).toMatch(/^view: <memory at 0x[0-9a-f]+>$/);
    expect([bytes].join()).toBe(String(bytes));
    expect([window, ''].join('')).toBe('abc');
    expect(inspect(bytes)).toMatch(/97/);
  });

  it('is for JSON what toArray gives', () => {
    expect(JSON.stringify({ square, bytes })).toBe('{"square":[[1,2],[3,4]],"bytes":[97,98,99]}');
    expect(JSON.stringify(zeros([]).toReadonly())).toBe('0');
    expect(JSON.stringify([array([[1, { re: 2, im: -1 }]], 'Zd')])).toBe(
      '[[[{"re":1,"im":0},{"re":2,"im":-1}]]]',
    );
    expect(JSON.stringify(window)).toBe('"abc"');
    expect(() => JSON.stringify(zeros(1, 'q'))).toThrow(TypeError);
  });
});

describe('cloning', () => {
  it('of a NativeMemory is a DataCloneError', (context) => {
    const { markAsUncloneable } = process.getBuiltinModule('node:worker_threads') as {
      markAsUncloneable?: unknown;
    };
    if (markAsUncloneable === undefined) context.skip('the runtime has no markAsUncloneable');
    expect(() => structuredClone(allocate(8))).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    // Deno asks the outermost object only.
    const nested = 'Deno' in globalThis ? mapFile('package.json') : { a: [mapFile('package.json')] };
    expect(() => structuredClone(nested)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
  });
});
