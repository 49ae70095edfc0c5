/**
 * Compares a server that streams slices of a mapped file with one that reads it by fs.createReadStream: throughput, latency, processor time
 * and resident size under wrk, in turns. Then runs the mapped one alone, while its file is truncated and replaced and clients disconnect.
 *
 *     npm run bench:streaming                                      60 s each, two rounds: about eight minutes
 *     npm run bench:streaming -- --seconds 10 --rounds 1
 *     npm run bench:streaming -- --without-wrk --json result.json   clients in JavaScript, slower than the servers
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { rename, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs, promisify } from 'node:util';
import { ask, contents, crowd } from './clients.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '16' },
    mib: { type: 'string', default: '512' },
    'without-wrk': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const nbytes = Number(values.mib) * 2 ** 20;
const here = (file) => fileURLToPath(new URL(file, import.meta.url));

const SERVERS = [
  { name: 'mapped', args: [here('../../examples/build/file-server.js')], more: [] },
  { name: 'createReadStream', args: [here('read-stream-server.js')], more: [] },
  { name: 'createReadStream, 1 MiB', args: [here('read-stream-server.js')], more: ['1048576'] },
];
/** Least and most bytes of a range. */
const SIZES = [4096, 16 * 2 ** 20];

/** Starts a server in a process of its own. */
async function start({ args, more }, path) {
  const child = spawn(process.execPath, [...args, path, '0', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, url: /http:\S+/.exec(text)[0] };
}

const CLOCK = 100;

/** The system's figures of a process, in MiB and seconds. */
function usage(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return {
    anonymous: mib('RssAnon'),
    file: mib('RssFile'),
    cpu: (Number(fields[11]) + Number(fields[12])) / CLOCK,
  };
}

/** Reads the figures of a process every `interval` ms until it is told to end. */
function watch(pid, interval) {
  const samples = [usage(pid)];
  const timer = setInterval(() => samples.push(usage(pid)), interval);
  return () => {
    clearInterval(timer);
    samples.push(usage(pid));
    return samples;
  };
}

async function wrk(url, size) {
  const args = [
    '-t1',
    `-c${values.connections}`,
    `-d${seconds}s`,
    '--timeout',
    '30s',
    '-s',
    here('ranges.lua'),
    url,
  ];
  const { stdout } = await promisify(execFile)('wrk', [...args, '--', size, ...SIZES].map(String));
  return JSON.parse(/RESULT (.*)/.exec(stdout)[1]);
}

/** Clients in this process, for machines without wrk. */
async function ownClients(url, size) {
  const [least, most] = SIZES;
  const counts = await crowd({ url, nbytes: size, seconds, clients: 4, least, most, leaving: 0 });
  const { complete, bytes, wrong, cut, refused } = counts;
  return { seconds, requests: complete, bytes, p50: 0, p99: 0, refused, broken: wrong + cut };
}

const load = values['without-wrk'] ? ownClients : wrk;

/** Some of the samples, evenly spaced in time, in MiB. */
function series(samples, name) {
  const count = Math.min(samples.length, 7);
  return Array.from({ length: count }, (_, i) =>
    Math.round(samples[Math.round((i * (samples.length - 1)) / Math.max(1, count - 1))][name]),
  );
}

/** One server under load, in a process of its own. */
async function measure(server, path, round) {
  const { child, url } = await start(server, path);
  try {
    const stop = watch(child.pid, Math.min(1000, seconds * 100));
    const result = await load(url, nbytes);
    const samples = stop();
    return {
      round,
      server: server.name,
      mibPerSecond: result.bytes / 2 ** 20 / result.seconds,
      requestsPerSecond: result.requests / result.seconds,
      p50: result.p50,
      p99: result.p99,
      cpuPerGib: (samples.at(-1).cpu - samples[0].cpu) / (result.bytes / 2 ** 30),
      anonymous: series(samples, 'anonymous'),
      file: series(samples, 'file'),
      refused: result.refused,
      broken: result.broken,
    };
  } finally {
    child.kill();
  }
}

/** Truncates and replaces a file repeatedly until it is told to end. @returns how often it did */
async function vandal(path, size, ended) {
  let times = 0;
  for (; !ended(); times++) {
    await sleep(30);
    // At the end of a page: a server could not distinguish the zeros after a cut within a page from the file's own.
    await truncate(path, 4096 * Math.floor(Math.random() * (size / 4096)));
    await sleep(10);
    await writeFile(`${path}.new`, contents(size, times + 1));
    await rename(`${path}.new`, path);
  }
  return times;
}

/** The number of mappings and descriptors that a process has of any state of a file. */
function held(pid, path) {
  const mappings = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .filter((row) => row.includes(path));
  const descriptors = readdirSync(`/proc/${pid}/fd`).filter((fd) =>
    linkOf(`/proc/${pid}/fd/${fd}`).includes(path),
  );
  return { mappings: mappings.length, descriptors: descriptors.length };
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** The mapped server, while its file is truncated and replaced, and half of eight more clients disconnect. */
async function survive(path) {
  const size = Math.min(nbytes, 16 * 2 ** 20);
  await writeFile(path, contents(size, 0));
  const { child, url } = await start(SERVERS[0], path);
  try {
    const stop = watch(child.pid, Math.min(1000, seconds * 100));
    let over = false;
    const [loaded, clients, cuts] = await Promise.all([
      load(url, size).finally(() => {
        over = true;
      }),
      crowd({ url, nbytes: size, seconds, clients: 8, least: SIZES[0], most: size / 2, leaving: 0.5 }),
      vandal(path, size, () => over),
    ]);
    const samples = stop();
    // All clients have disconnected. Only the current state remains, once a request has made the server check the file.
    const last = await ask(url, 0, size);
    return {
      cuts,
      load: { requests: loaded.requests, refused: loaded.refused, broken: loaded.broken },
      clients,
      last,
      held: held(child.pid, path),
      anonymous: series(samples, 'anonymous'),
      file: series(samples, 'file'),
    };
  } finally {
    child.kill();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'memoryview-streaming-'));
try {
  const path = join(folder, 'file');
  writeFileSync(path, contents(nbytes, 0));
  const client = values['without-wrk'] ? 'clients in JavaScript' : `wrk, ${values.connections} connections`;
  console.log(
    `${values.mib} MiB, ranges of ${SIZES[0]} B to ${SIZES[1] / 2 ** 20} MiB, ${client}, ${seconds} s each`,
  );
  console.log(
    'round  server                   MiB/s  requests/s  p50 ms  p99 ms  CPU s/GiB  anonymous MiB | file MiB over time',
  );
  const measured = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const server of SERVERS) {
      const row = await measure(server, path, round);
      measured.push(row);
      console.log(
        [
          String(round).padEnd(6),
          row.server.padEnd(23),
          row.mibPerSecond.toFixed(0).padStart(6),
          row.requestsPerSecond.toFixed(0).padStart(11),
          row.p50.toFixed(2).padStart(7),
          row.p99.toFixed(1).padStart(7),
          row.cpuPerGib.toFixed(2).padStart(10),
          ` ${row.anonymous.join(' ')} | ${row.file.join(' ')}`,
        ].join(' '),
      );
      if (row.refused + row.broken > 0) console.log(`       ${row.refused} refused, ${row.broken} broken`);
    }
  }
  const survived = await survive(path);
  console.log(
    `mapped, its file cut and replaced ${survived.cuts} times, ${client}, and 8 clients that know what they should get:`,
  );
  console.log(inspect(survived, { breakLength: 110, compact: true }));
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ measured, survived }, null, 2));
  if (survived.clients.wrong > 0 || survived.last !== 'complete') process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
