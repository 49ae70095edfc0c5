/**
 * Serves one file from its mapping: the socket gets the mapped pages themselves, slice by slice. A response borrows the mapping from its
 * first byte to its last, so memory that the system is still sending can't be released.
 *
 * If the file shrinks during a response, the server ends that response: the client was promised a length and sees that bytes are missing,
 * instead of zeros. If the file changes otherwise, the next request maps it again. Replace the file by renaming another one to its name. A
 * write in place is visible in responses, and so are zeros if the file is truncated within the page that is being sent.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { MappedFile } from 'memoryview';
import { ServedFile } from './content.js';
import { select } from './range.js';

/** The bytes that the socket gets at once. */
const CHUNK = 2 ** 20;
/** The server disconnects a client that takes nothing for so many milliseconds, and ends its borrow. */
const PATIENCE = 60_000;

/** Sends the bytes `[from, to)` in chunks: the next chunk when the system has taken the last one. */
async function stream(
  mapping: MappedFile,
  response: ServerResponse,
  from: number,
  to: number,
): Promise<void> {
  const { socket } = response.req;
  const bytes = mapping.view();
  const done = new AbortController();
  // A response that waits behind another one of its connection gets no event when that one ends, and neither do its writes.
  const closed = once(socket, 'close', { signal: done.signal }).catch(() => {});
  for (let at = from; at < to && !socket.destroyed && !response.destroyed; at += CHUNK) {
    if (mapping.truncated) response.destroy();
    else {
      const chunk = bytes.slice([at, Math.min(at + CHUNK, to)]).asBuffer({ allowWrites: true });
      // The system refuses to send pages that are lost after this (EFAULT), which ends the connection.
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
