/** The example server: its responses, the memory that it keeps meanwhile, and the events that it survives. */
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
// The server's own copy of the library: the ledger is the process's, but a class is a copy's.
import { mapFile, memory } from 'memoryview';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { select } from '../examples/file-server/range.js';
import { createFileServer } from '../examples/file-server/server.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-file-server-'));
afterAll(() => rmSync(folder, { recursive: true }));

const STATE = { etag: '"1"', modified: 'Thu, 01 Jan 1970 00:00:00 GMT' };

describe('select', () => {
  const whole = { status: 200, from: 0, to: 100 };
  const unsatisfiable = { status: 416, from: 0, to: 0 };
  const part = (from: number, to: number): object => ({ status: 206, from, to });

  it.each([
    ['bytes=0-0', part(0, 1)],
    ['bytes=10-19', part(10, 20)],
    ['bytes=90-', part(90, 100)],
    ['bytes=90-1000', part(90, 100)],
    ['bytes=99-99', part(99, 100)],
    ['bytes=-1', part(99, 100)],
    ['bytes=-100', part(0, 100)],
    ['bytes=-1000', part(0, 100)],
    ['Bytes = 1-2', part(1, 3)],
    ['bytes=100-', unsatisfiable],
    ['bytes=100-200', unsatisfiable],
    ['bytes=-0', unsatisfiable],
    ['bytes=99999999999999999999999-', unsatisfiable],
    ['bytes=0-99999999999999999999999', part(0, 100)],
    ['bytes=20-10', whole],
    ['bytes=-', whole],
    ['bytes=', whole],
    ['bytes=a-b', whole],
    ['bytes=0-1,5-6', whole],
    ['lines=0-1', whole],
    ['bytes=0x10-', whole],
    ['bytes=1.5-3', whole],
    ['bytes=--1', whole],
  ])('answers %s of 100 bytes', (range, expected) => {
    expect(select('GET', { range }, 100, STATE)).toEqual(expected);
  });

  it('has nothing to give of an empty file', () => {
    for (const range of ['bytes=0-', 'bytes=-1'])
      expect(select('GET', { range }, 0, STATE)).toEqual(unsatisfiable);
  });

  it('takes no range of HEAD, nor one that is for another state of the file', () => {
    const range = 'bytes=0-9';
    expect(select('HEAD', { range }, 100, STATE)).toEqual(whole);
    for (const condition of ['"2"', 'W/"1"', 'Thu, 01 Jan 1970 00:00:01 GMT'])
      expect(select('GET', { range, 'if-range': condition }, 100, STATE)).toEqual(whole);
    for (const condition of [STATE.etag, STATE.modified])
      expect(select('GET', { range, 'if-range': condition }, 100, STATE)).toEqual(part(0, 10));
  });

  it('has nothing new for a client that knows the state', () => {
    for (const list of ['"1"', 'W/"1"', '"0", "1"', '*'])
      expect(select('GET', { 'if-none-match': list }, 100, STATE).status).toBe(304);
    expect(select('GET', { 'if-none-match': '"2"' }, 100, STATE)).toEqual(whole);
  });
});

describe('the file server', () => {
  const path = join(folder, 'file');
  /** More bytes than the system's socket buffers hold. */
  const BYTES = Buffer.alloc(64 * 2 ** 20, 'a file of many words, ');
  let server: Server;
  let port: number;

  beforeAll(() => {
    // A runtime that refuses mappings says so here; of the server it would be status 500.
    writeFileSync(path, BYTES);
    mapFile(path).release();
  });

  beforeEach(async () => {
    writeFileSync(path, BYTES);
    server = createFileServer(path).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });

  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    // After each test no pin and no mapping outlives the server and its connections.
    await until(() => memory.stats().blocks === 0);
  });

  async function until(holds: () => boolean): Promise<void> {
    for (let rounds = 0; rounds < 1000 && !holds(); rounds++) await sleep(10);
    expect(holds()).toBe(true);
  }

  function answerTo(method: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request({ port, method, headers, agent: false }, resolve).on('error', reject).end();
    });
  }

  async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
    return Buffer.concat(await answer.toArray());
  }

  it('gives the whole file, and says that it gives parts', async () => {
    const answer = await answerTo('GET');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(BYTES.length),
    });
    expect((await bodyOf(answer)).equals(BYTES)).toBe(true);
  });

  it('gives a part that spans chunks, under its own range', async () => {
    const [from, to] = [2 ** 20 - 5, 3 * 2 ** 20 + 7];
    const answer = await answerTo('GET', { Range: `bytes=${from}-${to - 1}` });
    expect(answer.statusCode).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${from}-${to - 1}/${BYTES.length}`);
    expect((await bodyOf(answer)).equals(BYTES.subarray(from, to))).toBe(true);
  });

  it('answers HEAD as GET, without the bytes', async () => {
    const answer = await answerTo('HEAD', { Range: 'bytes=0-9' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-length']).toBe(String(BYTES.length));
    expect(await bodyOf(answer)).toHaveLength(0);
  });

  it('refuses other methods, and names the ones that it has', async () => {
    const answer = await answerTo('POST');
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
    answer.resume();
  });

  it('has a tag that goes with the file: what it names is not sent again, and not continued when it has changed', async () => {
    const { etag, 'last-modified': modified } = (await answerTo('HEAD')).headers;
    expect(new Date(modified!).toUTCString()).toBe(modified);
    expect((await answerTo('GET', { 'If-None-Match': etag! })).statusCode).toBe(304);
    const range = { Range: 'bytes=0-3', 'If-Range': etag! };
    expect((await bodyOf(await answerTo('GET', range))).toString()).toBe('a fi');
    writeFileSync(path, 'another file');
    const answer = await answerTo('GET', range);
    expect(answer.statusCode).toBe(200);
    expect((await bodyOf(answer)).toString()).toBe('another file');
  });

  it('gives an empty file, and no part of it', async () => {
    truncateSync(path, 0);
    const answer = await answerTo('GET');
    expect([answer.statusCode, (await bodyOf(answer)).length]).toEqual([200, 0]);
    const part = await answerTo('GET', { Range: 'bytes=0-' });
    expect([part.statusCode, part.headers['content-range']]).toEqual([416, 'bytes */0']);
    part.resume();
  });

  it('says that a file is not there, and goes on when it is', async () => {
    rmSync(path);
    const answer = await answerTo('GET');
    expect([answer.statusCode, (await bodyOf(answer)).toString()]).toEqual([
      404,
      expect.stringContaining('ENOENT'),
    ]);
    writeFileSync(path, 'again');
    expect((await bodyOf(await answerTo('GET'))).toString()).toBe('again');
  });

  it('borrows the mapping while a client waits, and no longer than that', async () => {
    const answer = await answerTo('GET');
    expect(memory.stats().pinned).toBe(1);
    await bodyOf(answer);
    await until(() => memory.stats().pinned === 0);
  });

  it('gives back what it borrowed when a connection ends with two answers under way', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'readable');
    await until(() => memory.snapshot()[0]?.pins === 2);
    socket.destroy();
    await until(() => memory.stats().pinned === 0);
  });

  it('ends an answer whose file was cut, short of its length', async () => {
    const answer = await answerTo('GET');
    truncateSync(path, 4096);
    await expect(bodyOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await bodyOf(await answerTo('GET'))).equals(BYTES.subarray(0, 4096))).toBe(true);
  });

  it('ends a part whose own bytes are all there when the file was cut behind it: it is another file now', async () => {
    const answer = await answerTo('GET', { Range: 'bytes=0-49999999' });
    truncateSync(path, BYTES.length - 1);
    await expect(bodyOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('goes on with an answer whose file has grown, and gives the longer one to the next', async () => {
    const answer = await answerTo('GET');
    appendFileSync(path, 'more');
    expect((await bodyOf(answer)).equals(BYTES)).toBe(true);
    expect((await bodyOf(await answerTo('GET', { Range: 'bytes=-4' }))).toString()).toBe('more');
  });
});
