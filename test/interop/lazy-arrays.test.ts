/** A map of arrays, each opened at its first use. */
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { array } from '../../src/index.js';
import { addLater, LazyArrays } from '../../src/interop/lazy-arrays.js';

let opened: string[];
let arrays: LazyArrays;

beforeEach(() => {
  opened = [];
  arrays = new LazyArrays();
  for (const name of ['a', 'b']) {
    addLater(arrays, name, () => {
      opened.push(name);
      return array([1, 2]);
    });
  }
});

describe('a map of arrays', () => {
  it('opens none to be counted, searched for names, or shown', () => {
    expect(arrays.size).toBe(2);
    expect([arrays.has('a'), arrays.has('c')]).toEqual([true, false]);
    expect([...arrays.keys()]).toEqual(['a', 'b']);
    expect(inspect(arrays)).toBe("Map(2) { 'a' => <not read yet>, 'b' => <not read yet> }");
    expect(opened).toEqual([]);
  });

  it('opens each once, when its turn comes', () => {
    const seen: unknown[] = [];
    arrays.forEach(function (this: unknown, view, name, map) {
      seen.push([this, view.toArray(), name, map === arrays, opened.length]);
    }, 'self');
    expect(seen).toEqual([
      ['self', [1, 2], 'a', true, 1],
      ['self', [1, 2], 'b', true, 2],
    ]);
    for (const [name, view] of arrays) expect(arrays.get(name)).toBe(view);
    expect([...arrays.values()]).toHaveLength(2);
    expect(opened).toEqual(['a', 'b']);
  });

  it('takes views, and gives names up', () => {
    const view = array([3]);
    expect(arrays.set('c', view).get('c')).toBe(view);
    expect(arrays.delete('a')).toBe(true);
    expect([...arrays.keys()]).toEqual(['b', 'c']);
    arrays.clear();
    expect([arrays.size, arrays.get('b')]).toEqual([0, undefined]);
  });

  it('keeps an array that was not opened yet where another is offered', () => {
    const other = array([3]);
    expect(arrays.getOrInsert('a', other).toArray()).toEqual([1, 2]);
    expect(arrays.getOrInsertComputed('b', () => other).toArray()).toEqual([1, 2]);
    expect(arrays.getOrInsert('c', other)).toBe(other);
    expect(arrays.getOrInsertComputed('d', (name) => array([name.length])).toArray()).toEqual([1]);
    expect([...arrays.keys()]).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has all methods of a Map of its own, as those of the engine see no array that is still to be opened', () => {
    const ofMap = Reflect.ownKeys(Map.prototype).filter((key) => key !== Symbol.toStringTag);
    expect(Reflect.ownKeys(LazyArrays.prototype)).toEqual(expect.arrayContaining(ofMap));
  });

  it('calls functions only', () => {
    const refused = expect.objectContaining({ code: 'ERR_INVALID_ARG' });
    // @ts-expect-error not a function
    expect(() => arrays.forEach(1)).toThrow(refused);
    // @ts-expect-error not a function
    expect(() => arrays.getOrInsertComputed('c', 1)).toThrow(refused);
  });
});
