/** Clients written in JavaScript. They know the file's content and check each byte that they receive. */
import { get } from 'node:http';

/** The content of a file: word i is i plus a number that differs for each of its states. */
export function contents(nbytes, state) {
  const words = new Uint32Array(nbytes / 4);
  for (let i = 0; i < words.length; i++) words[i] = i + state * 0x01000193;
  return Buffer.from(words.buffer);
}

/** Whether bytes from `from` on, a multiple of 4, are those of one state of the file. */
function isRight(body, from) {
  const words = new Uint32Array(body.buffer, body.byteOffset, body.length >> 2);
  const first = (words[0] - from / 4) >>> 0;
  for (let i = 0; i < words.length; i++) if (words[i] !== (first + from / 4 + i) >>> 0) return false;
  return true;
}

/**
 * Requests a range once.
 *
 * @param leaveAfter - bytes after which the client disconnects; Infinity for one that stays
 * @returns 'complete', 'wrong' (all bytes arrived, and some are not the file's), 'cut' (the server closed the connection), 'left', or
 * 'refused'
 */
export function ask(url, from, nbytes, leaveAfter = Infinity, agent = undefined) {
  return new Promise((resolve) => {
    const headers = { Range: `bytes=${from}-${from + nbytes - 1}` };
    const request = get(url, { headers, agent }, (response) => {
      const parts = [];
      let got = 0;
      response.on('data', (part) => {
        got += part.length;
        parts.push(part);
        if (got < leaveAfter) return;
        resolve('left');
        request.destroy();
      });
      response.on('error', () => resolve('cut'));
      response.on('end', () => {
        if (response.statusCode !== 206) return resolve('refused');
        resolve(isRight(Buffer.concat(parts), from) ? 'complete' : 'wrong');
      });
    });
    request.on('error', () => resolve('cut'));
  });
}

/** Lets clients send requests for some time. @returns the number of each outcome, and the bytes of complete responses */
export async function crowd({ url, nbytes, seconds, clients, least, most, leaving }) {
  const counts = { complete: 0, wrong: 0, cut: 0, left: 0, refused: 0, bytes: 0 };
  const until = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < until) {
      const length = Math.floor(least * (most / least) ** Math.random()) & ~3;
      const from = Math.floor(Math.random() * (nbytes - length)) & ~3;
      const outcome = await ask(
        url,
        from,
        length,
        Math.random() < leaving ? Math.random() * length : Infinity,
      );
      counts[outcome]++;
      if (outcome === 'complete') counts.bytes += length;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return counts;
}
