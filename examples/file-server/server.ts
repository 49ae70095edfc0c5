/**
 * Serves one file from its mapping: what goes to the socket is the mapped pages themselves, slice by slice. A response borrows
 * the mapping from its first byte to its last, so memory that the system is still sending can't be released.
 *
 * A file that shrinks under a response ends that response: its length was promised, so the client sees that bytes are missing;
 * zeros in their place would be lies. One that changes otherwise is mapped anew for the next request. Replace files by renaming:
 * what is written in place shows through, and so do zeros where a file is cut inside of the page that is being sent.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { MappedFile } from 'memoryview';
import { ServedFile } from './content.js';
import { select } from './range.js';

/** Bytes that are handed to the socket at once. */
const CHUNK = 2 ** 20;
/** Milliseconds after which a client that takes nothing is let go, and with it what it has borrowed. */
const PATIENCE = 60_000;

/** Sends the bytes `[from, to)`, one chunk after the other: the next one when the system has taken the last. */
async function stream(
  mapping: MappedFile,
  response: ServerResponse,
  from: number,
  to: number,
): Promise<void> {
  const { socket } = response.req;
  const bytes = mapping.view();
  const done = new AbortController();
  // A response that waits behind another one of its connection is not told when that ends, nor are its writes.
  const closed = once(socket, 'close', { signal: done.signal }).catch(() => {});
  for (let at = from; at < to && !socket.destroyed && !response.destroyed; at += CHUNK) {
    if (mapping.truncated) response.destroy();
    else {
      const chunk = bytes.slice([at, Math.min(at + CHUNK, to)]).asBuffer({ allowWrites: true });
      // Pages that are lost from here on the system refuses to send (EFAULT), which ends the connection.
      await Promise.race([new Promise((taken) => response.write(chunk, taken)), closed]);
    }
  }
  done.abort();
  response.end();
}

async function answer(file: ServedFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end();
    return;
  }
  const content = file.content();
  const { etag, modified, mapping } = content;
  const { status, from, to } = select(method, headers, mapping.nbytes, content);
  response.writeHead(status, {
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'Last-Modified': modified,
    ...(status !== 304 && { 'Content-Type': 'application/octet-stream', 'Content-Length': to - from }),
    ...(status === 206 && { 'Content-Range': `bytes ${from}-${to - 1}/${mapping.nbytes}` }),
    ...(status === 416 && { 'Content-Range': `bytes */${mapping.nbytes}` }),
  });
  if (method === 'HEAD' || from === to) response.end();
  else await mapping.borrow(() => stream(mapping, response, from, to));
}

/** Makes a server of one file, for GET and HEAD of any path. */
export function createFileServer(path: string): Server {
  const file = new ServedFile(path);
  const server = createServer((request, response) => {
    answer(file, request, response).catch((error: NodeJS.ErrnoException) => {
      const status = error.code === 'ENOENT' ? 404 : 500;
      if (status === 500) console.error(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(status).end(`${error.message}\n`);
    });
  });
  server.on('close', () => file.release());
  return server.setTimeout(PATIENCE);
}
