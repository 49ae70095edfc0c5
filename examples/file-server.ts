/**
 * An HTTP server that streams slices of a mapped file without a copy: ranges, a client that waits, one that disconnects, and a file that is
 * replaced or truncated while it is sent.
 *
 *     npm run example -- file-server                 tries all that
 *     npm run example -- file-server FILE [PORT]     serves a file until it is stopped
 */
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { memory } from 'memoryview';
import { createFileServer } from './file-server/server.js';
import { bytesText, claim, line, resident, table, title } from './report.js';

const NBYTES = 64 * 2 ** 20;

/** Starts to serve a file. @returns the server, and its address */
async function serve(path: string, port: number): Promise<{ server: Server; url: string }> {
  const server = createFileServer(path).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}/` };
}

/** Waits until a condition is true. @throws Error if it is not within 10 s */
async function until(text: string, holds: () => boolean): Promise<void> {
  for (let rounds = 0; rounds < 1000 && !holds(); rounds++) await sleep(10);
  claim(text, holds);
}

async function tryAll(path: string): Promise<void> {
  const bytes = Buffer.from(Uint32Array.from({ length: NBYTES / 4 }, (_, i) => i).buffer);
  writeFileSync(path, bytes);
  const { server, url } = await serve(path, 0);
  title(`${bytesText(NBYTES)} at ${url}`);
  const rows: (string | number)[][] = [['Range', 'status', 'Content-Range', 'bytes']];
  for (const range of [
    'bytes=0-3',
    'bytes=4000000-4999999',
    'bytes=-7',
    `bytes=${NBYTES - 9}-`,
    `bytes=${NBYTES}-`,
  ]) {
    const response = await fetch(url, { headers: { range } });
    const body = Buffer.from(await response.arrayBuffer());
    const shown = response.headers.get('content-range') ?? '';
    const [, from = 0, to = -1] = /(\d+)-(\d+)/.exec(shown)?.map(Number) ?? [];
    rows.push([range, response.status, shown, body.length]);
    claim(
      `${range}: ${response.status}, ${body.length} bytes, the right ones`,
      body.equals(bytes.subarray(from, to + 1)),
    );
  }
  table(rows);

  const before = resident();
  const waiting = await fetch(url);
  claim('a client that takes nothing borrows the mapping', memory.stats().pinned === 1);
  writeFileSync(`${path}.new`, 'new');
  renameSync(`${path}.new`, path);
  claim(
    'the file is replaced, and the next client gets the new one',
    (await (await fetch(url)).text()) === 'new',
  );
  line('resident meanwhile', `${bytesText(resident() - before)} more`);
  claim('the one that waited gets the old one', Buffer.from(await waiting.arrayBuffer()).equals(bytes));
  await until('the old mapping is gone then', () => memory.stats().blocks === 1);

  writeFileSync(path, bytes);
  const leaving = new AbortController();
  await fetch(url, { signal: leaving.signal });
  leaving.abort();
  await until('a client that goes away borrows nothing any more', () => memory.stats().pinned === 0);

  const cut = await fetch(url);
  truncateSync(path, 1000);
  const error = await cut.arrayBuffer().catch((reason: Error) => reason);
  claim('a client is told by an error that the file was cut under it', error instanceof Error);
  claim('the next one gets the shorter file', (await (await fetch(url)).arrayBuffer()).byteLength === 1000);
  server.close();
  server.closeAllConnections();
  await until('nothing is left of the server', () => memory.stats().blocks === 0);
}

const [file, port] = process.argv.slice(2);
if (file !== undefined) line(file, (await serve(file, Number(port ?? 8080))).url);
else {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-server-'));
  await tryAll(join(folder, 'file')).finally(() => rmSync(folder, { recursive: true }));
}
