/**
 * Messages to another process through a ring in shared memory, compared with a unix socket and `process.send`. Then a peer that is killed
 * during a transfer, and one in Python.
 *
 *     npm run example -- messages [COUNT [KIB]]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { memory } from 'memoryview';
import { Channel } from './messages/channel.js';
import { byRing, bySend, bySocket } from './messages/paths.js';
import { Messages } from './messages/payload.js';
import { claim, line, table, timeText, title } from './report.js';

const count = Number(process.argv[2] ?? 2000);
const kib = Number(process.argv[3] ?? 64);
const rounds = count < 100 ? 1 : 5;
const python = process.env.MEMORYVIEW_PYTHON ?? '/usr/bin/python3';
const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;

title(`${count} messages of ${kib} KiB to another process, the median of ${rounds} rounds in turns`);
const messages = new Messages(count, kib * 1024);
const ways = { ring: byRing, 'unix socket': bySocket, 'process.send': bySend };
const times: Record<string, number[]> = { ring: [], 'unix socket': [], 'process.send': [] };
for (let round = 0; round < rounds; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const [time, answer] = await way(messages);
    if (answer !== messages.answer) throw new Error(`by ${name} came ${answer}, not ${messages.answer}`);
    times[name]!.push(time);
  }
}
const ring = median(times.ring!);
const rows = Object.entries(times).map(([name, all]) => {
  const time = median(all);
  const rate = ((count * kib) / 1024 / time) * 1e9;
  return [name, timeText(time / count), `${rate.toFixed(0)} MiB/s`, `${(time / ring).toFixed(1)} ×`];
});
table([['way', 'a message', 'rate', 'time'], ...rows]);
claim('each message came once, in order and whole', true);

title('A peer that is killed while messages are on their way');
const before = memory.stats().blocks;
const shared = Channel.memory(2 ** 20);
const victim = spawn(process.execPath, messages.args('ring'), {
  stdio: ['ignore', 'ignore', 'ignore', shared.fd!, 'pipe'],
});
const channel = Channel.toChild(shared, victim, () => undefined);
setTimeout(() => victim.kill('SIGKILL'), 20);
let [sent, failed] = [0, ''];
while (failed === '') {
  await channel.send(Buffer.alloc(1000)).catch((error: Error) => (failed = error.message));
  sent++;
}
line('sent until then', `${sent} messages: ${failed}`);
await channel.closed;
claim('the memory was given back', memory.stats().blocks === before);

if (existsSync(python)) {
  title('A peer in Python, which reverses each message');
  const block = Channel.memory(2 ** 20);
  const peer = spawn(python, [fileURLToPath(new URL('../messages/peer.py', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit', block.fd!, 'pipe'],
  });
  let [back, right] = [0, 0];
  const exchange = Channel.toChild(block, peer, (bytes) => {
    if (Buffer.from(bytes).reverse().toString() === `message ${back++}`) right++;
    if (back === count) exchange.close();
  });
  for (let i = 0; i < count; i++) await exchange.send(Buffer.from(`message ${i}`));
  await Promise.all([exchange.closed, once(peer, 'exit')]);
  claim(`all ${count} came back, each reversed`, right === count);
}
