/**
 * Elements of arrays of more than 2^31 items, whose indices do not fit the 32 bits in which `get` and readers compute otherwise. No page of
 * the buffer but those that are written takes memory.
 */
import { expect, it } from 'vitest';
import { memoryview } from '../src/index.js';

const FAR = 2 ** 31;
const bytes = new Uint8Array(FAR + 64);

it('get, set, readers and iterators reach the elements of an array of more than 2^31 items', () => {
  const row = memoryview(bytes, { byteOffset: FAR, shape: [8] });
  const square = memoryview(bytes, { byteOffset: 8, shape: [2, 3], strides: [FAR, 2] });
  const cube = memoryview(bytes, { byteOffset: 8, shape: [2, 1, 3], strides: [FAR, 0, 2] });
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], FAR);
  bytes.set([11, 12, 13, 14, 15], FAR + 8);
  for (const read of [row, row.reader()]) {
    expect([read.get(0), read.get(7), read.get(-1), read.get(3n)]).toEqual([1, 8, 8, 4]);
    expect(() => read.get(8)).toThrow('index 8 is out of bounds for dimension 1 with length 8');
  }
  for (const read of [square, square.reader()])
    expect([read.get(1, 0), read.get(1, 2), read.get(-1, -2), read.get(0, 0)]).toEqual([11, 15, 13, 0]);
  for (const read of [cube, cube.reader()])
    expect([read.get(1, 0, 0), read.get(-1, 0, -1)]).toEqual([11, 15]);
  expect([...row.slice([2, 5])]).toEqual([3, 4, 5]);
  square.set(1, 1, 99);
  row.set(-1, 88);
  expect([bytes[FAR + 10], bytes[FAR + 7], square.get(1, 1)]).toEqual([99, 88, 99]);
  row.release();
  for (const read of [row, square.slice(1)]) expect(read.released).toBe(read === row);
  expect(() => row.get(0)).toThrow('the view was released');
});

it('those before the 2^31st item are there too', () => {
  const view = memoryview(bytes, { shape: [FAR - 1], byteOffset: 1 });
  bytes[FAR - 1] = 5;
  expect([view.get(FAR - 2), view.get(-1), view.reader().get(-1)]).toEqual([5, 5, 5]);
});
