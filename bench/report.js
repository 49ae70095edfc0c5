/**
 * Turns the answers into rows, medians of several runs, the tables of docs/performance.md, and the rows that became slower. These are pure
 * functions over plain objects; run.js reads and writes the files.
 *
 * @typedef {object} Row - one comparison
 * @property {string} question - the file that asked it
 * @property {string} row
 * @property {string} work
 * @property {string} against
 * @property {string} unit - what `ours` and `theirs` count; 's' for seconds
 * @property {number | null} ours
 * @property {number | null} theirs
 * @property {number | null} ratio - ours divided by theirs
 * @property {number | null} bar - what the ratio must not exceed
 * @property {number | null} ofStream - the speed of our side as a part of the speed of a STREAM copy of as many bytes
 */

/** From this part of a STREAM copy's speed on, memory is the bound. */
export const MEMORY_BOUND_FROM = 0.8;
/** The growth of a ratio that `--check` accepts. */
export const TOLERANCE = 1.1;

export const HEAD = ['row', 'work', 'against', 'ours', 'theirs', 'ratio', 'bar', 'bound', 'met'];

/** The rows of a question's answer. */
export function rowsOf(question, results) {
  return results.flatMap(({ row, work, unit, ours, streamSeconds, against }) =>
    against.map(({ name, bar, value, ratio }) => ({
      question,
      row: String(row),
      work,
      against: name,
      unit,
      ours,
      theirs: value,
      ratio,
      bar,
      ofStream: streamSeconds === undefined ? null : streamSeconds / ours,
    })),
  );
}

/** The key of a row, the same in all runs and versions. */
export function keyOf({ row, work, against }) {
  return `${row} · ${work} · ${against}`;
}

/**
 * Which side limits a row. `memory`: our side moves its bytes at 80 % of a STREAM copy's speed or more. Else `ours`: the peer is faster, so
 * our code could be too. Else `theirs`. If bytes were counted, the part of STREAM's speed follows.
 */
export function boundOf({ ratio, ofStream }) {
  const part = ofStream === null ? '' : ` (${ofStream.toPrecision(2)} of STREAM)`;
  if (ofStream !== null && ofStream >= MEMORY_BOUND_FROM) return `memory${part}`;
  if (ratio === null) return '';
  return `${ratio > 1 ? 'ours' : 'theirs'}${part}`;
}

/** Whether a row meets its bar; null if it has none. */
export function isMet({ ratio, bar }) {
  return ratio === null || bar === null ? null : ratio <= bar;
}

/** Formats a time with its unit, or another figure with its own. */
export function shownTime(value, unit) {
  if (value === null) return '-';
  if (unit !== 's') return `${value.toPrecision(3)} ${unit}`;
  const [scale, name] =
    value < 1e-6 ? [1e9, 'ns'] : value < 1e-3 ? [1e6, 'µs'] : value < 1 ? [1e3, 'ms'] : [1, 's'];
  return `${(value * scale).toPrecision(3)} ${name}`;
}

function shownRatio(ratio) {
  return ratio === null || ratio === undefined ? '-' : String(Number(ratio.toPrecision(2)));
}

/** The cells of a row, as {@link HEAD} names them. */
export function cellsOf(row) {
  const met = isMet(row);
  return [
    row.row,
    row.work,
    row.against,
    shownTime(row.ours, row.unit),
    shownTime(row.theirs, row.unit),
    shownRatio(row.ratio),
    row.bar === null ? '' : `≤ ${row.bar}`,
    boundOf(row),
    met === null ? '' : met ? 'yes' : 'NO',
  ];
}

function median(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One row for each key of several runs, with the median of each figure. */
export function mediansOf(runs) {
  const groups = new Map();
  for (const row of runs.flat()) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => ({
    ...group[0],
    ours: median(group.map(({ ours }) => ours)),
    theirs: median(group.map(({ theirs }) => theirs)),
    ratio: median(group.map(({ ratio }) => ratio)),
    ofStream: median(group.map(({ ofStream }) => ofStream)),
  }));
}

const FIGURES = ['ours', 'theirs', 'ratio', 'ofStream'];

/** Rounds each figure to four digits: more would change with every run. */
function rounded(row) {
  const figures = FIGURES.map((name) => [name, row[name] === null ? null : Number(row[name].toPrecision(4))]);
  return { ...row, ...Object.fromEntries(figures) };
}

/**
 * The stored results, with those of a run replacing the earlier ones of the same questions.
 *
 * @param {Record<string, { machine: object, rows: Row[] }>} stored - by the major version of Node
 */
export function storedWith(stored, major, machine, rows) {
  const asked = new Set(rows.map(({ question }) => question));
  const earlier = (stored[major]?.rows ?? []).filter(({ question }) => !asked.has(question));
  const all = [...earlier, ...rows.map(rounded)];
  // The sort is stable: within a question the rows stay in its order.
  all.sort((a, b) => (a.question < b.question ? -1 : a.question > b.question ? 1 : 0));
  return { ...stored, [major]: { machine, rows: all } };
}

/** The rows whose ratio exceeds the stored one by more than the tolerance. */
export function slower(storedRows, rows, tolerance = TOLERANCE) {
  const before = new Map(storedRows.map((row) => [keyOf(row), row.ratio]));
  return rows.flatMap((row) => {
    const earlier = before.get(keyOf(row)) ?? null;
    if (earlier === null || row.ratio === null || row.ratio <= earlier * tolerance) return [];
    return [{ key: keyOf(row), before: earlier, now: row.ratio }];
  });
}

function tableLine(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function shownMet(majors, rows) {
  const judged = rows.map((row) => (row === undefined ? null : isMet(row)));
  const met = majors.filter((_, i) => judged[i] === true);
  const missed = majors.filter((_, i) => judged[i] === false);
  if (missed.length === 0) return met.length === 0 ? '' : 'yes';
  return met.length === 0 ? 'NO' : `on ${met.join(' and ')} only`;
}

/** The table of all rows: times of the first version, ratios of every version. */
export function tableOf(stored) {
  const majors = Object.keys(stored).sort((a, b) => Number(a) - Number(b));
  const [first, ...others] = majors;
  const byKey = majors.map((major) => new Map(stored[major].rows.map((row) => [keyOf(row), row])));
  const head = HEAD.toSpliced(6, 0, ...others.map((major) => `Node ${major}`));
  const lines = stored[first].rows.map((row) => {
    const rows = byKey.map((each) => each.get(keyOf(row)));
    const cells = cellsOf(row);
    cells[cells.length - 1] = shownMet(majors, rows);
    return tableLine(cells.toSpliced(6, 0, ...rows.slice(1).map((each) => shownRatio(each?.ratio))));
  });
  return [tableLine(head), tableLine(head.map(() => '---')), ...lines].join('\n');
}

/** One line per version: the machine, and the number of bars that were met. */
export function summaryOf(stored) {
  return Object.keys(stored)
    .sort((a, b) => Number(a) - Number(b))
    .map((major) => {
      const { machine, rows } = stored[major];
      const judged = rows.map(isMet).filter((met) => met !== null);
      const { node, system, processor, caches, stream } = machine;
      const facts = [system, processor, caches, stream].filter(Boolean).join('; ');
      return `- **Node ${node}** meets ${judged.filter((met) => met).length} of ${judged.length} bars (${facts}).`;
    })
    .join('\n');
}

/**
 * Replaces the text of a page between each pair of markers, `<!-- bench: name -->` and `<!-- /bench -->`; the rest stays.
 *
 * @param {Record<string, string>} parts - by the name in the marker
 */
export function pageWith(page, parts) {
  let made = page;
  for (const [name, text] of Object.entries(parts)) {
    const start = `<!-- bench: ${name} -->`;
    const end = '<!-- /bench -->';
    const from = made.indexOf(start);
    const to = made.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`the page has no ${start} … ${end}`);
    made = `${made.slice(0, from + start.length)}\n\n${text}\n\n${made.slice(to)}`;
  }
  return made;
}
