/** How a view prints: a line that describes it, then its content as numpy prints arrays. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { array, buffer, MemoryView, memoryview, zeros } from '../../src/index.js';

/** The printed view with its address left out. */
function printed(view: unknown, options: object = { breakLength: 80 }): string {
  return inspect(view, options).replace(/0x[0-9a-f]+/g, '0x…');
}

function sixteen(): MemoryView<'i'> {
  return array(
    Array.from({ length: 16 }, (_, i) => i),
    'i',
  );
}

describe('inspect of a view', () => {
  it('says format and shape, then the content', () => {
    expect(printed(array([1, 2, 3], 'i'))).toBe('<memory at 0x…, format "i", shape (3,)>\n[1, 2, 3]');
    expect(printed(zeros([], 'i'))).toBe('<memory at 0x…, format "i", shape ()>\n0');
    expect(printed(zeros([2, 0], 'i'))).toBe('<memory at 0x…, format "i", shape (2, 0)>\n[]');
  });

  it('puts rows under each other, in columns', () => {
    const view = array(
      [
        [1, 20],
        [-300, 4],
      ],
      'i',
    );
    expect(printed(view).split('\n').slice(1)).toEqual(['[[   1,   20],', ' [-300,    4]]']);
  });

  it('lines decimal points up, and leaves an empty line between matrices', () => {
    expect(printed(array([1, 2.5, -10.25])).split('\n')[1]).toBe('[  1,      2.5,  -10.25]');
    expect(
      printed(sixteen().reshape([2, 2, 4]))
        .split('\n')
        .slice(1),
    ).toEqual([
      '[[[ 0,  1,  2,  3],',
      '  [ 4,  5,  6,  7]],',
      '',
      ' [[ 8,  9, 10, 11],',
      '  [12, 13, 14, 15]]]',
    ]);
  });

  it('says when it is read-only or indirect', () => {
    expect(printed(sixteen().toReadonly())).toContain('shape (16,), read-only>');
    expect(printed(MemoryView.indirect([Buffer.from('ab'), Buffer.from('cd')]))).toBe(
      '<memory at 0x…, format "B", shape (2, 2), indirect>\n[[ 97,  98],\n [ 99, 100]]',
    );
  });

  it('prints characters, booleans, bytes, complex numbers and 64-bit integers', () => {
    const lineOf = (view: MemoryView): string => printed(view).split('\n')[1]!;
    expect(lineOf(memoryview(Buffer.from("a'"), { format: 'c' }))).toBe("['a',  '\\'']");
    expect(lineOf(array([true, false], '?'))).toBe('[true,  false]');
    expect(lineOf(array([Buffer.from('ab')], '3s'))).toBe("[b'ab\\u0000']");
    expect(lineOf(array([{ re: 1, im: -2 }], 'Zd'))).toBe('[1-2j]');
    expect(lineOf(array([2n ** 63n - 1n, -1n], 'q'))).toBe('[9223372036854775807,                  -1]');
    expect(lineOf(array([Number.NaN, -0]))).toBe('[NaN,  -0]');
  });

  it('prints records as tuples with their names, and hexadecimal bytes where it can not decode', () => {
    const records = array([{ x: 1, y: 2.5 }], 'T{i:x:d:y:}');
    expect(printed(records).split('\n')[1]).toBe('[(x: 1, y: 2.5)]');
    const foreign = memoryview(Buffer.from('0102030405060708', 'hex'), { format: 'O' });
    expect(printed(foreign).split('\n')[1]).toBe('[0102030405060708]');
  });

  it('shortens a long axis, and wraps lines at the width', () => {
    expect(printed(zeros(1001, 'B')).split('\n')[1]).toBe('[0, 0, 0, ..., 0, 0, 0]');
    const wide = printed(zeros(1000, 'B'), { breakLength: 40 }).split('\n').slice(1);
    expect(wide.every((line) => line.length <= 40)).toBe(true);
    expect(wide.join('').match(/0/g)).toHaveLength(1000);
    const square = printed(zeros([100, 100], 'B'))
      .split('\n')
      .slice(1);
    expect(square).toHaveLength(7);
    expect(square[3]).toMatch(/^ \.\.\.,?$/);
  });

  it('stays short for many short axes, whatever their product', () => {
    expect(printed(zeros(new Array<number>(20).fill(2), 'B')).length).toBeLessThan(200_000);
    const huge = zeros(1, 'B').broadcastTo(new Array<number>(50).fill(2));
    expect(printed(huge).length).toBeLessThan(200_000);
    expect(printed(huge)).toContain('...');
  });

  it('keeps a nested view to its first line at the depth of inspect', () => {
    expect(printed({ view: array([1], 'i') }, { depth: 0 })).toContain(
      '<memory at 0x…, format "i", shape (1,)>',
    );
    expect(printed({ view: array([1], 'i') }, { depth: 0 })).not.toContain('[1]');
  });

  it('says that a released view is released, and never throws', () => {
    const view = zeros(2);
    view.release();
    expect(inspect(view)).toBe('<released memory>');
    expect(String(view)).toBe('<released memory>');
    const bare = Reflect.get(zeros(1), inspect.custom) as (this: object) => string;
    expect(Reflect.apply(bare, zeros(1), [])).toContain('[0]');
    expect(inspect(MemoryView.prototype)).toBeTypeOf('string');
    expect(inspect(Object.create(zeros(1)))).toBeTypeOf('string');
    expect(inspect(new Proxy(zeros(1), {}))).toBeTypeOf('string');
  });

  it('has the address of the first element in it, as String has', () => {
    const view = zeros(4, 'i').slice('2:');
    expect(String(view)).toBe(`<memory at 0x${view.address.toString(16)}>`);
    expect(inspect(view).startsWith(String(view).slice(0, -1))).toBe(true);
  });
});

describe('inspect of a buffer()', () => {
  it('prints as Python 2 did', () => {
    expect(printed(buffer('Hello world', 6, 5))).toBe('<read-only buffer for 0x…, size 5, offset 6 at 0x…>');
    expect(printed(buffer(Buffer.alloc(3)))).toBe('<read-only buffer for 0x…, size -1, offset 0 at 0x…>');
  });
});
