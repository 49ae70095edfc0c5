/**
 * The peer: the same ranges and headers, with the bytes read by fs.createReadStream.
 *
 *     node bench/streaming/read-stream-server.js FILE PORT [highWaterMark]
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream';
import { select } from '../../examples/build/file-server/range.js';

const [path, port, highWaterMark] = process.argv.slice(2);

const server = createServer((request, response) => {
  const { ino, size, mtimeMs, mtime } = statSync(path);
  const validators = {
    etag: `"${[ino, size, mtimeMs].map((n) => n.toString(36)).join('-')}"`,
    modified: mtime.toUTCString(),
  };
  const { status, from, to } = select(request.method, request.headers, size, validators);
  response.writeHead(status, {
    'Accept-Ranges': 'bytes',
    ETag: validators.etag,
    'Last-Modified': validators.modified,
    'Content-Type': 'application/octet-stream',
    'Content-Length': to - from,
    ...(status === 206 && { 'Content-Range': `bytes ${from}-${to - 1}/${size}` }),
  });
  if (from === to) response.end();
  else {
    const options = {
      start: from,
      end: to - 1,
      ...(highWaterMark && { highWaterMark: Number(highWaterMark) }),
    };
    // A client that disconnects is not an error of this server.
    pipeline(createReadStream(path, options), response, () => {});
  }
}).listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
