/** The matrix's table: how it is written, and that README's is one. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  AREAS,
  areaOf,
  countsOf,
  faultsOf,
  type MatrixResult,
  RUNTIMES,
  shareOf,
  tableIn,
  tableOf,
  withTable,
} from './table.mjs';

const root = new URL('../../', import.meta.url);

function results(change: (result: MatrixResult, i: number) => MatrixResult = (same) => same): MatrixResult[] {
  return RUNTIMES.map(({ name, major, engine, without }, i) =>
    change(
      {
        runtime: { name, version: `${major ?? 156}.3.1`, ...(engine === undefined ? {} : { engine }) },
        areas: Object.fromEntries(
          AREAS.map((area) => [area.name, { passed: without?.includes(area.name) ? 0 : 100 + i, failed: 0 }]),
        ),
        skipped: [],
      },
      i,
    ),
  );
}

test('a table has a row for each runtime, a tick for each area, and why it skipped what it skipped', () => {
  const skipped = ['no Float16Array', 'no Float16Array', 'no numpy'].map((reason) => ({ test: 'a', reason }));
  const table = tableOf(results((result, i) => (i === 1 ? { ...result, skipped } : result)));
  expect(table.split('\n').slice(0, 4)).toEqual([
    '| runtime | format | layout | memory | view | interop | documents | vectors | skipped |',
    '| --- | :-: | :-: | :-: | :-: | :-: | :-: | :-: | --- |',
    '| Node 20.3 | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | none |',
    '| Node 22.3 | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | 2: no Float16Array; 1: no numpy |',
  ]);
  expect(table.split('\n').slice(-2)).toEqual([
    '| Node 20.3, no addon | ✓ | ✓ | ✓ | ✓ | ✓ | none | ✓ | none |',
    '| Chromium 156.3 | ✓ | ✓ | ✓ | ✓ | none | none | ✓ | none |',
  ]);
  expect(faultsOf(table)).toEqual([]);
});

test('a table of other runtimes, with a failure, or with nothing passed is faulty', () => {
  const failed = { passed: 109, failed: 1 };
  const table = tableOf(
    results((result, i) => {
      if (i === 0) return { ...result, runtime: { name: 'Node', version: '21.0.0' } };
      if (i === 1) return { ...result, areas: { ...result.areas, view: failed } };
      return i === 2 ? { ...result, areas: { ...result.areas, view: { passed: 0, failed: 0 } } } : result;
    }),
  );
  expect(faultsOf(table)).toEqual([
    'row 1 is of Node 21.0, expected Node 20',
    'Node 22.3 has ✓, ✓, ✓, **1 failed**, ✓, ✓, ✓',
    'Node 24.3 has ✓, ✓, ✓, none, ✓, ✓, ✓',
  ]);
  expect(faultsOf(tableOf(results().slice(0, 5)))).toEqual(['there are 5 rows']);
});

test('the counts are printed beside the table', () => {
  expect(countsOf(results()).at(0)).toBe(
    'Node 20.3.1: 600 of 600 runtime-neutral tests passed, 100 %; 0 ask for the addon; passed/failed/skipped: format 100/0/0, layout 100/0/0, memory 100/0/0, view 100/0/0, interop 100/0/0, documents 100/0/0, vectors 100/0/0, skipped 0',
  );
});

test('the share of a runtime leaves out what asks for the addon', () => {
  const left = (reason: string, count: number): { test: string; reason: string }[] =>
    Array.from({ length: count }, () => ({ test: 'a', reason }));
  const skipped = [...left('needs the system (`ERR_UNSUPPORTED`)', 50), ...left('no numpy', 8)];
  const [first] = results((result) => ({ ...result, skipped }));
  expect(shareOf(first!)).toEqual({ passed: 600, of: 608, percent: 98.6, addon: 50 });
});

test('a table takes the place of the one between the markers, and of nothing else', () => {
  const document = 'before\n<!-- matrix:begin -->\nold\n$&\n<!-- matrix:end -->\nafter\n';
  const written = withTable(document, '| $& |');
  expect(written).toBe('before\n<!-- matrix:begin -->\n| $& |\n<!-- matrix:end -->\nafter\n');
  expect(tableIn(written)).toBe('| $& |');
  expect(() => withTable('no markers', '')).toThrow('matrix:begin');
});

test('README has the table as it is made, of the runtimes that the library is meant for', () => {
  const table = tableIn(readFileSync(new URL('README.md', root), 'utf8'));
  expect(faultsOf(table ?? '')).toEqual([]);
});

test('the areas are made of files and folders that exist, and know their own', () => {
  for (const { name, paths } of AREAS) {
    for (const path of paths) {
      expect(existsSync(new URL(path, root)), path).toBe(true);
      expect(areaOf(path)).toBe(name);
    }
  }
  expect(areaOf('test/lifetime/exits.test.ts')).toBeUndefined();
});
