/** The report that bench/run.js makes from figures, without measuring anything. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  boundOf,
  cellsOf,
  HEAD,
  isMet,
  keyOf,
  mediansOf,
  pageWith,
  type Row,
  rowsOf,
  type Stored,
  shownTime,
  slower,
  storedWith,
  summaryOf,
  tableOf,
} from '../../bench/report.js';

function row(changes: Partial<Row> = {}): Row {
  return {
    question: '07-copy.js',
    row: '7',
    work: 'a copy',
    against: 'numpy',
    unit: 's',
    ours: 1e-3,
    theirs: 2e-3,
    ratio: 0.5,
    bar: 1,
    ofStream: null,
    ...changes,
  };
}

describe('rows', () => {
  it('are one for each peer, with the part of a STREAM copy where bytes were counted', () => {
    const against = [
      { name: 'a', bar: 1, value: 4, ratio: 0.5 },
      { name: 'b', bar: null, value: null, ratio: null },
    ];
    const rows = rowsOf('q.js', [{ row: 3, work: 'w', unit: 's', ours: 2, streamSeconds: 1, against }]);
    expect(rows.map(keyOf)).toEqual(['3 · w · a', '3 · w · b']);
    expect(rows.map(({ ofStream }) => ofStream)).toEqual([0.5, 0.5]);
    expect(rowsOf('q.js', [{ row: 3, work: 'w', unit: 's', ours: 2, against }])[0]!.ofStream).toBeNull();
  });

  it('of several runs give the median of each figure, in the order of the first run', () => {
    const runs = [1, 9, 2].map((ours) => [
      row({ work: 'x', ours }),
      row({ work: 'y', ours: ours * 2, ratio: null }),
    ]);
    const medians = mediansOf(runs);
    expect(medians.map(({ work, ours, ratio }) => [work, ours, ratio])).toEqual([
      ['x', 2, 0.5],
      ['y', 4, null],
    ]);
    expect(mediansOf([[row({ ratio: 1 })], [row({ ratio: 2 })]])[0]!.ratio).toBe(1.5);
  });
});

describe('the bound of a row', () => {
  it('is memory from 80 % of the speed of a STREAM copy on, whichever side is faster', () => {
    expect(boundOf({ ratio: 2, ofStream: 0.8 })).toBe('memory (0.80 of STREAM)');
    expect(boundOf({ ratio: 0.5, ofStream: 1.25 })).toBe('memory (1.3 of STREAM)');
  });

  it('is ours where the peer is faster, and theirs where it is not', () => {
    expect(boundOf({ ratio: 1.01, ofStream: 0.4 })).toBe('ours (0.40 of STREAM)');
    expect(boundOf({ ratio: 1, ofStream: null })).toBe('theirs');
    expect(boundOf({ ratio: null, ofStream: null })).toBe('');
  });
});

describe('a line of figures', () => {
  it('has a cell for each column of the head', () => {
    expect(cellsOf(row())).toEqual([
      '7',
      'a copy',
      'numpy',
      '1.00 ms',
      '2.00 ms',
      '0.5',
      '≤ 1',
      'theirs',
      'yes',
    ]);
    expect(cellsOf(row({ ratio: 1.2, bar: 1 })).at(-1)).toBe('NO');
    expect(cellsOf(row({ bar: null })).at(-1)).toBe('');
    expect(cellsOf(row()).length).toBe(HEAD.length);
  });

  it('shows times in the unit that suits them', () => {
    expect([3e-9, 4.5e-6, 0.02, 1.5].map((value) => shownTime(value, 's'))).toEqual([
      '3.00 ns',
      '4.50 µs',
      '20.0 ms',
      '1.50 s',
    ]);
    expect(shownTime(0.313, '×')).toBe('0.313 ×');
    expect(shownTime(null, 's')).toBe('-');
  });

  it('meets a bar that it equals', () => {
    expect([1, 1.01, null].map((ratio) => isMet({ ratio, bar: 1 }))).toEqual([true, false, null]);
  });
});

describe('stored results', () => {
  const machine = { node: '20.1', system: 'linux', processor: '2 × X', caches: '', stream: '' };

  it('keep the rows of questions that a run did not ask, and other versions', () => {
    const stored: Stored = {
      20: { machine, rows: [row({ question: '01-a.js', work: 'a' }), row({ work: 'gone' })] },
      24: { machine, rows: [row()] },
    };
    const made = storedWith(stored, '20', machine, [row({ work: 'new', ours: 0.123456 })]);
    expect(made[20]!.rows.map(({ work }) => work)).toEqual(['a', 'new']);
    expect(made[20]!.rows[1]!.ours).toBe(0.1235);
    expect(made[24]).toBe(stored[24]);
    expect(Object.keys(storedWith({}, '22', machine, [row()]))).toEqual(['22']);
  });

  it('name the rows whose ratio grew by more than a tenth', () => {
    const stored = [
      row({ work: 'x', ratio: 0.5 }),
      row({ work: 'y', ratio: 2 }),
      row({ work: 'z', ratio: null }),
    ];
    const now = [
      row({ work: 'x', ratio: 0.5 * 1.1 }),
      row({ work: 'y', ratio: 2.3 }),
      row({ work: 'z', ratio: 9 }),
      row({ work: 'not stored', ratio: 9 }),
    ];
    expect(slower(stored, now)).toEqual([{ key: '7 · y · numpy', before: 2, now: 2.3 }]);
  });

  it('make a table with the times of the first version and the ratios of all', () => {
    const stored: Stored = {
      24: { machine, rows: [row({ ratio: 1.5 })] },
      20: { machine, rows: [row(), row({ work: 'a | b', ratio: null, theirs: null, bar: null })] },
    };
    expect(tableOf(stored).split('\n')).toEqual([
      '| row | work | against | ours | theirs | ratio | Node 24 | bar | bound | met |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      '| 7 | a copy | numpy | 1.00 ms | 2.00 ms | 0.5 | 1.5 | ≤ 1 | theirs | on 20 only |',
      '| 7 | a \\| b | numpy | 1.00 ms | - | - | - |  |  |  |',
    ]);
  });

  it('say for each version how many bars were met, and on which machine', () => {
    const stored: Stored = { 20: { machine, rows: [row(), row({ ratio: 3 }), row({ bar: null })] } };
    expect(summaryOf(stored)).toBe('- **Node 20.1** meets 1 of 2 bars (linux; 2 × X).');
  });
});

describe('the page', () => {
  it('changes between the markers only', () => {
    const page = 'head\n<!-- bench: rows -->\nold\n<!-- /bench -->\ntail <!-- /bench -->\n';
    expect(pageWith(page, { rows: 'new' })).toBe(
      'head\n<!-- bench: rows -->\n\nnew\n\n<!-- /bench -->\ntail <!-- /bench -->\n',
    );
    expect(() => pageWith(page, { other: '' })).toThrow('no <!-- bench: other -->');
  });

  it('has the tables that the stored results make', () => {
    const root = new URL('../../', import.meta.url);
    const page = readFileSync(new URL('docs/performance.md', root), 'utf8');
    const stored: Stored = JSON.parse(readFileSync(new URL('bench/results.json', root), 'utf8'));
    expect(pageWith(page, { machines: summaryOf(stored), rows: tableOf(stored) })).toBe(page);
  });
});
