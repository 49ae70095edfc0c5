// Makes the table of docs/native-libraries.md, which shows what calls of runtimes and libraries read from a view, from real runs.
//
//     node docs/make-consumers.mjs           runs docs/consumers.mjs on all runtimes that test/lifetime/install-runtimes.sh installs, and
//                                            writes docs/consumers.json and the table; MEMORYVIEW_CONSUMERS names a folder with zeromq
//     node docs/make-consumers.mjs --check   runs it on this runtime, writes nothing, and fails where it is not what the files say
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const docs = fileURLToPath(new URL('.', import.meta.url));
const page = join(docs, 'native-libraries.md');
const data = join(docs, 'consumers.json');
const [START, END] = ['<!-- consumers: made by docs/make-consumers.mjs -->', '<!-- end of consumers -->'];

function run(command) {
  const [file, ...before] = command;
  const child = spawnSync(file, [...before, join(docs, 'consumers.mjs')], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const line = child.stdout?.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('[')) throw new Error(`${command.join(' ')}: ${child.error ?? child.stderr}`);
  return JSON.parse(line);
}

/** One outcome if all runtimes agree, or each outcome with its runtimes. */
function cell(rows, name, kind) {
  const by = new Map();
  for (const [runtime, table] of Object.entries(rows)) {
    const outcome = table.find((row) => row.name === name)?.outcomes[kind];
    if (outcome == null) continue;
    by.set(outcome, [...(by.get(outcome) ?? []), runtime]);
  }
  if (by.size === 1) return [...by.keys()][0];
  const all = Object.keys(rows).filter((name) => name.startsWith('Node'));
  const nodes = (runtimes) => {
    const rest = runtimes.filter((name) => !all.includes(name));
    const some = runtimes.filter((name) => all.includes(name));
    const text = some.length === all.length ? 'Node' : some.join(', ').replaceAll(', Node ', ', ');
    return [text, ...rest].filter((name) => name !== '').join(', ');
  };
  return [...by].map(([outcome, runtimes]) => `${outcome} (${nodes(runtimes)})`).join(', ');
}

function tableOf(rows) {
  const kinds = ['view', 'memory', 'PyBuffer', 'asBuffer()'];
  const lines = [
    '| call | a view | a `NativeMemory` | a `PyBuffer` | `asBuffer()` |',
    '|---|---|---|---|---|',
  ];
  const all = Object.values(rows).flat();
  for (const name of new Set(all.map((row) => row.name))) {
    lines.push(`| \`${name}\` | ${kinds.map((kind) => cell(rows, name, kind)).join(' | ')} |`);
  }
  return lines.join('\n');
}

function withTable(text, table) {
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < 0) throw new Error(`${page} has no place for the table`);
  return `${text.slice(0, from)}${START}\n\n${table}\n\n${text.slice(to)}`;
}

function check() {
  const rows = JSON.parse(readFileSync(data, 'utf8'));
  const text = readFileSync(page, 'utf8');
  if (withTable(text, tableOf(rows)) !== text) return [`${page} is not what ${data} says`];
  const runtime = `Node ${process.versions.node.split('.')[0]}`;
  const known = rows[runtime];
  if (known === undefined) return [];
  const wrong = [];
  for (const { name, outcomes } of run([process.execPath])) {
    for (const [kind, outcome] of Object.entries(outcomes)) {
      const stated = known.find((row) => row.name === name)?.outcomes[kind];
      if (outcome !== null && outcome !== stated)
        wrong.push(`${name}, ${kind}: ${outcome}, but ${stated} is stated`);
    }
  }
  return wrong;
}

if (process.argv[2] === '--check') {
  const wrong = check();
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) console.error('run `node docs/make-consumers.mjs`, and look at what changed');
  process.exitCode = wrong.length > 0 ? 1 : 0;
} else {
  const installed = join(
    process.env.MEMORYVIEW_RUNTIMES ?? join(tmpdir(), 'memoryview-runtimes'),
    'node_modules',
  );
  const runtimes = {
    ...Object.fromEntries([20, 22, 24, 26].map((n) => [`Node ${n}`, [join(installed, `node${n}/bin/node`)]])),
    Bun: [join(installed, '.bin/bun')],
    Deno: [join(installed, '.bin/deno'), 'run', '-A'],
  };
  const rows = {};
  for (const [runtime, command] of Object.entries(runtimes)) {
    if (!existsSync(command[0]))
      throw new Error(`${command[0]} is not there: run test/lifetime/install-runtimes.sh`);
    rows[runtime] = run(command).map(({ name, outcomes }) => ({ name, outcomes }));
  }
  writeFileSync(data, `${JSON.stringify(rows, null, 1)}\n`);
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), tableOf(rows)));
}
