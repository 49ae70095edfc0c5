/** Three paths for the same messages to a child, which checks them and answers the last. Each reports the time without the start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stopwatch } from '../report.js';
import { Channel } from './channel.js';
import type { Messages } from './payload.js';

const RING = 2 ** 20;

/** Nanoseconds, and the child's answer. */
export type Measured = readonly [time: number, answer: string];

export async function byRing(messages: Messages): Promise<Measured> {
  const memory = Channel.memory(RING);
  const peer = spawn(process.execPath, messages.args('ring'), {
    stdio: ['ignore', 'inherit', 'inherit', memory.fd!, 'pipe'],
  });
  const heard: ((text: string) => void)[] = [];
  const next = (): Promise<string> => new Promise((resolve) => heard.push(resolve));
  const [ready, answer] = [next(), next()];
  const channel = Channel.toChild(memory, peer, (bytes) => heard.shift()?.(Buffer.from(bytes).toString()));
  await ready;
  const elapsed = stopwatch();
  for (let i = 0; i < messages.count; i++) {
    const message = messages.numbered(i);
    if (!channel.trySend(message)) await channel.send(message);
  }
  const text = await answer;
  const time = elapsed();
  channel.close();
  await channel.closed;
  return [time, text];
}

export async function bySocket(messages: Messages): Promise<Measured> {
  const peer = spawn(process.execPath, messages.args('socket'), { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(peer.stdout, 'data');
  const elapsed = stopwatch();
  const answer = once(peer.stdout, 'data');
  for (let i = 0; i < messages.count; i++) {
    if (!peer.stdin.write(Buffer.from(messages.numbered(i)))) await once(peer.stdin, 'drain');
  }
  const [text] = await answer;
  const time = elapsed();
  peer.kill();
  return [time, String(text)];
}

export async function bySend(messages: Messages): Promise<Measured> {
  const peer = spawn(process.execPath, messages.args('send'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  await once(peer, 'message');
  const elapsed = stopwatch();
  const answer = once(peer, 'message');
  for (let i = 0; i < messages.count; i++) {
    // The callback is called once the message is sent: backpressure.
    await new Promise<void>((resolve) => peer.send(messages.numbered(i), () => resolve()));
  }
  const [text] = await answer;
  const time = elapsed();
  peer.kill();
  return [time, Buffer.from(text as Uint8Array | string).toString()];
}
