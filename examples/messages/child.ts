/** The other process: counts the messages that arrive on one of three paths, checks each, and answers the last with its sum. */
import { Channel } from './channel.js';

const [way = 'ring', count = '0', bytes = '0'] = process.argv.slice(2);
let [got, sum] = [0, 0];
let rest: Buffer = Buffer.alloc(0);

/** Each message starts with its number and ends with it. */
function check(message: Uint8Array): void {
  const data = new DataView(message.buffer, message.byteOffset, message.length);
  if (data.getUint32(0) !== got || data.getUint32(message.length - 4) !== got) process.exit(1);
  sum = (sum + data.getUint32(4)) >>> 0;
  got++;
}

const READY = Buffer.from('ready');
const answer = (): string => JSON.stringify({ got, sum });
if (way === 'ring') {
  const channel = Channel.toParent((message) => {
    check(message);
    if (got === Number(count)) void channel.send(Buffer.from(answer()));
  });
  void channel.send(READY);
  await channel.closed;
} else if (way === 'send') {
  process.on('message', (message: Uint8Array) => {
    check(message);
    if (got === Number(count)) process.send!(answer());
  });
  process.send!(READY);
} else {
  process.stdin.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (; rest.length >= Number(bytes); rest = rest.subarray(Number(bytes))) {
      check(rest.subarray(0, Number(bytes)));
      if (got === Number(count)) process.stdout.write(answer());
    }
  });
  process.stdout.write(READY);
}
