/**
 * Asks every question of bench/questions and prints the ratios: `npm run bench`. `--quick` takes short samples, `--runs 3` medians of three
 * runs, and names select questions. `--json FILE` writes the figures. `--markdown` stores them in results.json and makes the tables of
 * docs/performance.md. `--check` fails if a ratio is 10 % above the stored one.
 */
import { fork } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine } from './machine.js';
import {
  cellsOf,
  HEAD,
  isMet,
  mediansOf,
  pageWith,
  rowsOf,
  slower,
  storedWith,
  summaryOf,
  tableOf,
} from './report.js';
import { streamOf, streamThreads } from './stream.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '1' },
    json: { type: 'string' },
    markdown: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

const STORED = new URL('results.json', import.meta.url);
const PAGE = new URL('../docs/performance.md', import.meta.url);
const MAJOR = process.version.slice(1).split('.')[0];
const WIDTHS = [5, 48, 34, 9, 9, 7, 7, 26, 3];
const STREAMED = 256 * 1024 * 1024;

const folder = new URL('questions/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.js'))
  .filter((name) => positionals.length === 0 || positionals.some((wanted) => name.includes(wanted)))
  .sort();

function asked(file) {
  return new Promise((resolve) => {
    let answer = null;
    const url = new URL(file, folder).href;
    const child = fork(new URL('one.js', import.meta.url), [url, ...(values.quick ? ['--quick'] : [])], {
      execArgv: ['--expose-gc'],
    });
    child.on('message', (message) => {
      answer = message;
    });
    child.on('exit', (code) => resolve({ answer, code }));
  });
}

function printed(cells) {
  return cells
    .map((cell, i) => cell.padEnd(WIDTHS[i]))
    .join(' ')
    .trimEnd();
}

async function streamOfMachine() {
  const side = await streamOf(STREAMED, 200);
  const seconds = Math.min(...Array.from({ length: 5 }, side.sample));
  await side.end();
  const speed = (STREAMED / seconds / 1e9).toPrecision(3);
  return `STREAM copy ${speed} GB/s with ${streamThreads(STREAMED)} threads`;
}

async function run(failed) {
  const rows = [];
  for (const file of files) {
    const { answer, code } = await asked(file);
    if (answer === null) failed.push(`${file} (exit code ${code})`);
    const found = rowsOf(file, answer ?? []);
    for (const row of found) console.log(printed(cellsOf(row)));
    rows.push(...found);
  }
  return rows;
}

function check(stored, rows) {
  if (stored[MAJOR] === undefined) {
    throw new Error(`results.json has no ratios of Node ${MAJOR}; npm run bench -- --markdown stores them`);
  }
  const behind = slower(stored[MAJOR].rows, rows);
  for (const { key, before, now } of behind) {
    console.error(`slower: ${key}: ${now.toPrecision(3)}, stored ${before.toPrecision(3)}`);
  }
  if (behind.length > 0) process.exitCode = 1;
}

const here = { ...machine(), stream: await streamOfMachine() };
console.log(Object.values(here).join('; '));
const runs = [];
const failed = [];
for (let i = 0; i < Number(values.runs); i++) {
  console.log(`\n${printed(HEAD)}`);
  runs.push(await run(failed));
}
const rows = mediansOf(runs);
const judged = rows.map(isMet).filter((met) => met !== null);
console.log(`\n${judged.filter((met) => met).length} of ${judged.length} bars met`);
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ ...here, quick: values.quick, rows }, null, 2)}\n`);
}
if (values.check || values.markdown) {
  const stored = JSON.parse(readFileSync(STORED, 'utf8'));
  if (values.check) check(stored, rows);
  if (values.markdown) {
    const all = storedWith(stored, MAJOR, here, rows);
    writeFileSync(STORED, `${JSON.stringify(all, null, 2)}\n`);
    const parts = { machines: summaryOf(all), rows: tableOf(all) };
    writeFileSync(PAGE, pageWith(readFileSync(PAGE, 'utf8'), parts));
  }
}
if (failed.length > 0) {
  console.error(`not answered: ${failed.join(', ')}`);
  process.exitCode = 1;
}
