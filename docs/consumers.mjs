// Records what calls of the runtime and of other libraries read from a view, from native memory, from a PyBuffer and from `asBuffer()`. It
// prints JSON: the outcome for each call and kind of object, or null if the call does not exist. Needs dist. docs/make-consumers.mjs turns
// it into the table.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const { array, buffer, memoryview } = await import(pathToFileURL(join(root, 'dist/index.mjs')).href);
// The folder of libraries that are not dependencies of this repository.
const elsewhere = process.env.MEMORYVIEW_CONSUMERS;
// Not ASCII, so that text differs from bytes.
const BYTES = Buffer.from('m\xe9moire, viewed', 'latin1');
const folder = mkdtempSync(join(tmpdir(), 'memoryview-consumers-'));
const file = join(folder, 'file');

/** A module, or null where there is none. */
async function module(name) {
  for (const base of [root, elsewhere]) {
    if (base === undefined) continue;
    try {
      return name.startsWith('node:')
        ? await import(name)
        : await import(pathToFileURL(createRequire(join(base, 'package.json')).resolve(name)).href);
    } catch {}
  }
  return null;
}

const [fs, promises, crypto, zlib, net, v8, sqlite, ffi] = await Promise.all(
  ['fs', 'fs/promises', 'crypto', 'zlib', 'net', 'v8', 'sqlite', 'ffi'].map((name) => module(`node:${name}`)),
);
// Loading it ends Bun.
const sockets = process.versions.bun === undefined ? 'zeromq' : 'zeromq, not for Bun';
const [koffi, sharp, duckdb, zeromq] = await Promise.all(
  ['koffi', 'sharp', '@duckdb/node-api', sockets].map(module),
);

const sha256 = crypto.createHash('sha256').update(BYTES).digest();
const digested = (digest) => (sha256.equals(Buffer.from(digest)) ? BYTES : Buffer.from(digest));
const read = () => fs.readFileSync(file);
const sent = (use) =>
  new Promise((resolve, reject) => {
    const server = net.createServer((socket) => {
      server.close();
      const chunks = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => resolve(Buffer.concat(chunks)));
    });
    server.listen(0, () => {
      const socket = net.connect(server.address().port);
      socket.on('error', reject);
      try {
        use(socket);
      } catch (error) {
        reject(error);
      } finally {
        socket.end();
      }
    });
  });
const streamed = async (x, type) => {
  const stream = new ReadableStream({
    type,
    start(controller) {
      controller.enqueue(x);
      controller.close();
    },
  });
  const { value } = await stream.getReader().read();
  return value;
};
const posted = (x) =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = ({ data }) => {
      resolve(data);
      port1.close();
      port2.close();
    };
    port1.postMessage(x);
  });

const libc = koffi?.default?.load?.(null);
const strncmp = libc?.func('int strncmp(const void *a, const void *b, size_t n)');

/** [group, call, function that returns what the call reads]. A null function means that the call does not exist. */
const CALLS = [
  ['files', 'fs.writeFileSync(path, x)', (x) => writtenBy(() => fs.writeFileSync(file, x))],
  ['files', 'fs.writeSync(fd, x)', (x) => withFile((fd) => fs.writeSync(fd, x))],
  ['files', 'fs.promises.writeFile(path, x)', (x) => writtenBy(() => promises.writeFile(file, x))],
  ['files', 'fs.createWriteStream(path).end(x)', (x) => writtenByStream(x)],
  [
    'crypto, zlib',
    'createHash(…).update(x)',
    (x) => digested(crypto.createHash('sha256').update(x).digest()),
  ],
  [
    'crypto, zlib',
    'crypto.subtle.digest(…, x)',
    async (x) => digested(await crypto.webcrypto.subtle.digest('SHA-256', x)),
  ],
  ['crypto, zlib', 'zlib.gzipSync(x)', (x) => zlib.gunzipSync(zlib.gzipSync(x))],
  ['network', 'net.Socket.write(x)', (x) => sent((socket) => socket.write(x))],
  [
    'network',
    'new Request(url, { body: x }), fetch',
    async (x) => Buffer.from(await new Request('http://x/', { method: 'POST', body: x }).arrayBuffer()),
  ],
  ['network', 'new Response(x)', async (x) => Buffer.from(await new Response(x).arrayBuffer())],
  ['web', 'new Blob([x])', async (x) => Buffer.from(await new Blob([x]).arrayBuffer())],
  ['web', 'ReadableStream, controller.enqueue(x)', (x) => streamed(x, undefined)],
  ['web', 'byte stream, controller.enqueue(x)', (x) => streamed(x, 'bytes')],
  ['web', 'new TextDecoder(…).decode(x)', (x) => Buffer.from(new TextDecoder('latin1').decode(x), 'latin1')],
  ['web', 'Atomics.load(x, 0)', (x) => (Atomics.load(x, 0) === BYTES[0] ? BYTES : null)],
  ['arrays', 'Buffer.from(x)', (x) => Buffer.from(x)],
  ['arrays', 'Buffer.concat([x])', (x) => Buffer.concat([x])],
  ['arrays', 'new Uint8Array(x)', (x) => Buffer.from(new Uint8Array(x))],
  [
    'arrays',
    'typed.set(x)',
    (x) => {
      const typed = Buffer.alloc(BYTES.length);
      typed.set(x);
      return typed;
    },
  ],
  ['arrays', '[...x], Array.from(x)', (x) => [...x]],
  ['copies of objects', 'structuredClone(x)', (x) => structuredClone(x)],
  ['copies of objects', 'postMessage(x)', (x) => posted(x)],
  ['copies of objects', 'v8.serialize(x)', (x) => v8.deserialize(v8.serialize(x))],
  ['copies of objects', 'JSON.stringify(x)', (x) => JSON.parse(JSON.stringify(x))],
  [
    'native',
    'koffi: x as void *',
    strncmp && ((x) => (strncmp(x, BYTES, BYTES.length) === 0 ? BYTES : null)),
  ],
  ['native', 'node:ffi: x as pointer', ffi && ((x) => calledByFfi(x))],
  ['native', 'node:sqlite: bound as a blob', sqlite && ((x) => storedInSqlite(x))],
  ['native', 'DuckDB: BlobValue', duckdb && ((x) => storedInDuckdb(x))],
  [
    'native',
    'sharp(x, { raw })',
    sharp &&
      ((x) =>
        sharp
          .default(x, { raw: { width: BYTES.length, height: 1, channels: 1 } })
          .raw()
          .toColourspace('b-w')
          .toBuffer()),
  ],
  ['native', 'zeromq: send(x)', zeromq && ((x) => sentByZeromq(x))],
];

async function writtenBy(use) {
  await use();
  return read();
}

function withFile(use) {
  const fd = fs.openSync(file, 'w');
  try {
    use(fd);
  } finally {
    fs.closeSync(fd);
  }
  return read();
}

function writtenByStream(x) {
  return new Promise((resolve, reject) => {
    const stream = fs.createWriteStream(file);
    stream.on('error', reject);
    stream.on('finish', () => resolve(read()));
    stream.end(x);
  });
}

function calledByFfi(x) {
  const { functions } = ffi.dlopen('libc.so.6', {
    strncmp: { arguments: ['pointer', 'pointer', 'uint64'], return: 'int32' },
  });
  return functions.strncmp(x, BYTES, BigInt(BYTES.length)) === 0 ? BYTES : null;
}

function storedInSqlite(x) {
  const database = new sqlite.DatabaseSync(':memory:');
  database.exec('create table t (b blob)');
  database.prepare('insert into t values (?)').run(x);
  return Buffer.from(database.prepare('select b from t').get().b);
}

async function storedInDuckdb(x) {
  const connection = await (await duckdb.DuckDBInstance.create(':memory:')).connect();
  const prepared = await connection.prepare('select $1 as b');
  prepared.bindBlob(1, x);
  const [[value]] = await (await prepared.run()).getRows();
  connection.closeSync();
  return Buffer.from(value.bytes);
}

async function sentByZeromq(x) {
  const [push, pull] = [new zeromq.Push(), new zeromq.Pull()];
  try {
    await push.bind('tcp://127.0.0.1:*');
    pull.connect(push.lastEndpoint);
    await push.send(x);
    const [message] = await pull.receive();
    return message;
  } finally {
    push.close();
    pull.close();
  }
}

/** Each call gets fresh objects, because some calls detach them. */
const MADE = {
  view: () => array(Uint8Array.from(BYTES)),
  memory: () => array(Uint8Array.from(BYTES)).obj,
  PyBuffer: () => buffer(BYTES),
  'asBuffer()': () => array(Uint8Array.from(BYTES)).asBuffer(),
};

function outcomeOf(result, x) {
  if (result === null) return 'wrong bytes';
  const bytes = Array.isArray(result) || ArrayBuffer.isView(result) ? memoryOf(result) : null;
  if (bytes?.equals(BYTES)) return 'bytes';
  if (result?.type === 'Buffer' && BYTES.equals(Buffer.from(result.data))) return 'bytes';
  const text = Array.isArray(result)
    ? result.join('')
    : typeof result === 'string'
      ? result
      : bytes?.toString();
  if (text === String(x)) return 'text';
  if (result === x) return 'itself';
  if (typeof result === 'object' && Object.keys(result).length === 0) return 'an empty object';
  return 'wrong bytes';
}

const memoryOf = (result) =>
  Buffer.from(Array.isArray(result) ? result.map(Number) : memoryview(result).toBytes());

async function outcome(call, kind) {
  if (!call) return null;
  const x = MADE[kind]();
  try {
    return outcomeOf(await call(x), x);
  } catch {
    return 'an error';
  }
}

const table = [];
for (const [group, name, call] of CALLS) {
  const outcomes = {};
  for (const kind of Object.keys(MADE)) outcomes[kind] = await outcome(call, kind);
  table.push({ group, name, outcomes });
}
rmSync(folder, { recursive: true });
await new Promise((resolve) => process.stdout.write(`${JSON.stringify(table)}\n`, resolve));
process.exit(0);
