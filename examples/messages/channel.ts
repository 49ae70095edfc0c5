/**
 * Two rings and a socket. Messages are in shared memory, and a byte on the socket wakes a side that waits. The memory has no name, so
 * nothing is left of it when both processes have ended, however they end. The end of the socket shows that the other process has ended.
 */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { type NativeMemory, SharedMemory } from 'memoryview';
import { HEADER, Ring } from './ring.js';

/** Descriptors of a child that `stdio` gives a channel. */
const [MEMORY_FD, SOCKET_FD] = [3, 4];
const BATCH = 256;
const WAKE = Uint8Array.of(1);

export class Channel {
  readonly #memory: NativeMemory;
  readonly #socket: Socket;
  readonly #out: Ring;
  readonly #in: Ring;
  readonly #use: (message: Uint8Array) => void;
  #room: (() => void) | null = null;
  #open = true;
  /** Settles when the other side has ended and its last messages were read. */
  readonly closed: Promise<void>;

  private constructor(memory: NativeMemory, socket: Socket, side: 0 | 1, use: (message: Uint8Array) => void) {
    const capacity = memory.nbytes / 2 - HEADER;
    const rings = [0, 1].map((i) => new Ring(memory.buffer, i * (HEADER + capacity), capacity));
    this.#memory = memory;
    this.#socket = socket;
    [this.#out, this.#in] = [rings[side]!, rings[1 - side]!];
    this.#use = use;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.#end())));
    socket.on('error', () => socket.destroy());
    socket.on('data', () => this.#woken());
    this.#drain();
  }

  /** Memory for a channel, for a child's `stdio` as descriptor 3; a pipe of Node's follows it. */
  static memory(capacity: number): SharedMemory {
    return SharedMemory.create({ size: 2 * (HEADER + capacity), anonymous: true });
  }

  /** The parent's end, once the child was spawned. */
  static toChild(memory: SharedMemory, child: ChildProcess, use: (message: Uint8Array) => void): Channel {
    return new Channel(memory, child.stdio[SOCKET_FD] as unknown as Socket, 0, use);
  }

  /** The child's end. */
  static toParent(use: (message: Uint8Array) => void): Channel {
    return new Channel(SharedMemory.open(MEMORY_FD), new Socket({ fd: SOCKET_FD }), 1, use);
  }

  /** Copies a message into the ring; returns false if there is no room or the other side has ended. */
  trySend(message: Uint8Array): boolean {
    if (!this.#open || !this.#out.push(message)) return false;
    if (this.#out.wakes('reader')) this.#socket.write(WAKE);
    return true;
  }

  /** Sends a message as soon as there is room; await it before the next. @throws Error if the other side has ended */
  async send(message: Uint8Array): Promise<void> {
    while (!this.trySend(message)) {
      if (!this.#open) throw new Error('the other side has gone');
      this.#out.rest('writer', true);
      // A last check: the reader may have made room before it could see that this side waits.
      if (this.trySend(message)) return this.#out.rest('writer', false);
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    }
  }

  #woken(): void {
    this.#room?.();
    this.#room = null;
    this.#drain();
  }

  #drain(): void {
    for (let i = 0; i < BATCH; i++) {
      if (!this.#open) return;
      if (!this.#in.take(this.#use)) {
        this.#in.rest('reader', true);
        // As above, the other way round.
        if (this.#in.isEmpty) return;
        this.#in.rest('reader', false);
      } else if (this.#in.wakes('writer')) this.#socket.write(WAKE);
    }
    setImmediate(() => this.#drain());
  }

  #end(): void {
    if (!this.#open) return;
    while (this.#in.take(this.#use));
    this.#open = false;
    this.#room?.();
    this.#memory.release();
  }

  /** Ends the channel, and the other side is told. */
  close(): void {
    this.#socket.destroy();
  }
}
