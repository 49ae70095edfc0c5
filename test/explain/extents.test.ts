/** The mapping from bytes to elements, compared with a slow search through all elements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteLine, bytesPerLine, marksOf, stripOf } from '../../src/explain/byte-lines.js';
import {
  type DrawnField,
  elementsAt,
  extentsOf,
  fitting,
  LEFT_OUT,
  picksOf,
} from '../../src/explain/extents.js';
import { elementCount, type Layout, reach } from '../../src/layout/layout.js';

/** Layouts of any kind of stride, and the bytes of a memory that holds them. */
const layouts: fc.Arbitrary<{ layout: Layout; itemsize: number; nbytes: number }> = fc
  .record({
    dims: fc.array(
      fc.record({ length: fc.integer({ min: 0, max: 5 }), stride: fc.integer({ min: -9, max: 9 }) }),
      {
        maxLength: 3,
      },
    ),
    itemsize: fc.integer({ min: 1, max: 8 }),
    before: fc.integer({ min: 0, max: 40 }),
    after: fc.integer({ min: 0, max: 40 }),
  })
  .map(({ dims, itemsize, before, after }) => {
    const shape = dims.map(({ length }) => length);
    const strides = dims.map(({ stride }) => stride);
    const { low, high } = reach({ offset: 0, shape, strides }, itemsize);
    const layout = { offset: before - low, shape, strides };
    return { layout, itemsize, nbytes: before + (high - low) + after };
  });

/** The first bytes of all elements, found the slow way. */
function startsOf({ offset, shape, strides }: Layout): number[] {
  return shape.reduce(
    (starts, length, d) => starts.flatMap((at) => Array.from({ length }, (_, i) => at + i * strides[d]!)),
    [offset],
  );
}

function stripOver(
  layout: Layout,
  itemsize: number,
  nbytes: number,
  perLine: number,
  fields: DrawnField[] = [],
) {
  const picks = picksOf(layout.shape);
  const extents = extentsOf(layout, itemsize, picks, elementsAt(layout, picks), fields);
  return stripOf(extents, nbytes, perLine, fields);
}

const linesOf = (rows: ReturnType<typeof stripOf>): ByteLine[] => rows.filter((row) => row.kind === 'line');

describe('the bytes of a memory', () => {
  it('are all there once and in order, drawn or left out', () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: 1, max: 30 }), ({ layout, itemsize, nbytes }, perLine) => {
        let end = 0;
        for (const row of stripOver(layout, itemsize, nbytes, perLine)) {
          expect(row.low).toBe(end);
          end = row.kind === 'gap' ? row.high : row.low + row.cells.length;
          expect(end).toBeGreaterThan(row.low);
        }
        expect(end).toBe(nbytes);
      }),
    );
  });

  it('belong to just the elements that take them', () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: 1, max: 30 }), ({ layout, itemsize, nbytes }, perLine) => {
        fc.pre(elementCount(layout.shape) <= 64);
        const starts = startsOf(layout);
        for (const { low, cells } of linesOf(stripOver(layout, itemsize, nbytes, perLine))) {
          for (const [i, { owner }] of cells.entries()) {
            const takers = starts.filter((start) => start <= low + i && low + i < start + itemsize);
            expect(owner !== null, `byte ${low + i}`).toBe(takers.length > 0);
            if (owner === null) continue;
            expect(takers).toContain(owner.low);
            expect(owner.count).toBe(starts.filter((start) => start === owner.low).length);
          }
        }
      }),
    );
  });

  it('are in the brackets of their own elements, and no two brackets of a lane meet', () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: 1, max: 30 }), ({ layout, itemsize, nbytes }, perLine) => {
        const starts = new Set(startsOf(layout));
        for (const { low, lanes } of linesOf(stripOver(layout, itemsize, nbytes, perLine))) {
          for (const lane of lanes) {
            const taken = lane.flatMap(({ from, to }) =>
              Array.from({ length: to - from }, (_, i) => from + i),
            );
            expect(new Set(taken).size).toBe(taken.length);
            for (const { extent, from, to, opens, closes } of lane) {
              if (extent.kind === 'element') expect(starts.has(extent.low)).toBe(true);
              if (opens) expect(low + from).toBe(extent.low);
              if (closes) expect(low + to).toBe(extent.high);
            }
          }
        }
      }),
    );
  });

  it('that no field takes are padding', () => {
    const fields = [
      { name: 'a', offset: 0, nbytes: 1 },
      { name: 'b', offset: 4, nbytes: 2 },
    ];
    const rows = stripOver({ offset: 1, shape: [2], strides: [8] }, 8, 20, 20, fields);
    const [line] = linesOf(rows);
    expect(line!.cells.map((cell) => (cell.owner === null ? '.' : cell.isPadding ? 'x' : 'o')).join('')).toBe(
      '.oxxxooxxoxxxooxx...',
    );
    expect(line!.lanes.map((lane) => lane.map(({ extent }) => extent.name))).toEqual([
      ['0', '1'],
      ['a', 'b', 'a', 'b'],
    ]);
    expect(marksOf(rows)).toEqual({ free: true, padding: true, shared: false, parts: false });
  });

  it('of windows are named by sub-view too', () => {
    const rows = stripOver({ offset: 0, shape: [3, 3], strides: [1, 1] }, 1, 5, 10);
    expect(linesOf(rows)[0]!.lanes.map((lane) => lane.map(({ extent }) => extent.name))).toEqual([
      ['0,0', '0,1 ×2', '0,2 ×3', '1,2 ×2', '2,2'],
      ['[0]'],
      ['[1]'],
      ['[2]'],
    ]);
    expect(marksOf(rows)).toEqual({ free: false, padding: false, shared: true, parts: true });
  });

  it('on which all elements lie are counted, however many there are', () => {
    const rows = stripOver({ offset: 0, shape: [2 ** 40, 2], strides: [0, 1] }, 1, 2, 10);
    expect(linesOf(rows)[0]!.lanes).toMatchObject([
      [{ extent: { name: '0,0 ×1099511627776' } }, { extent: { name: '0,1 ×1099511627776' } }],
    ]);
  });

  it('of a long element are its first and its last', () => {
    const rows = stripOver({ offset: 0, shape: [], strides: [] }, 1000, 1000, 16);
    expect(rows).toMatchObject([
      { low: 0, cells: { length: 16 } },
      { kind: 'gap', low: 16, high: 992 },
      { low: 992, cells: { length: 8 } },
    ]);
  });
});

describe('the drawn elements', () => {
  it('is little, whatever the shape', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 31 }), { maxLength: 64 }), (shape) => {
        const picks = picksOf(shape);
        const drawn = picks.map((list) => list.filter((i) => i !== LEFT_OUT).length);
        expect(elementCount(drawn)).toBeLessThanOrEqual(64);
        picks.forEach((list, d) => {
          expect(list[0]).toBe(0);
          expect(list.includes(LEFT_OUT)).toBe(drawn[d]! < shape[d]!);
        });
      }),
    );
  });

  it('has few lines, however far apart the elements are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 2 ** 30 }),
        (length, stride) => {
          const rows = stripOver({ offset: 0, shape: [length], strides: [stride] }, 1, length * stride, 8);
          expect(rows.length).toBeLessThanOrEqual(18);
        },
      ),
    );
  });

  it('keeps the rows of a view under one another where a line has room for one', () => {
    const rows = { offset: 0, shape: [3, 2], strides: [6, 2] };
    expect(bytesPerLine(rows, 2, 20)).toBe(18);
    expect(bytesPerLine({ offset: 0, shape: [100], strides: [8] }, 8, 27)).toBe(24);
    expect(bytesPerLine({ offset: 0, shape: [100], strides: [3] }, 3, 20)).toBe(18);
    expect(bytesPerLine({ offset: 0, shape: [100], strides: [100] }, 100, 20)).toBe(20);
  });

  it('is left out in the middle where it does not fit', () => {
    expect(fitting([0, 1, 2, 3], 4)).toEqual([0, 1, 2, 3]);
    expect(fitting([0, 1, 2, 3, 4], 4)).toEqual([0, 1, LEFT_OUT, 4]);
    expect(fitting([0, 1, LEFT_OUT, 8, 9], 4)).toEqual([0, 1, LEFT_OUT, 9]);
    expect(fitting([0, 1, 2], 2)).toEqual([0, 1]);
  });
});
