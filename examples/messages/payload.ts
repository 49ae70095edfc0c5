/** The messages of the comparison, and the answer that the child must give. */
import { fileURLToPath } from 'node:url';

const child = fileURLToPath(new URL('child.js', import.meta.url));

/** Messages that start and end with their number. */
export class Messages {
  readonly count: number;
  readonly nbytes: number;
  readonly #bytes: Buffer;

  constructor(count: number, nbytes: number) {
    this.count = count;
    this.nbytes = nbytes;
    this.#bytes = Buffer.alloc(nbytes, 'memoryview');
  }

  /** The same Buffer each time, for senders that copy at once. */
  numbered(i: number): Buffer {
    this.#bytes.writeUInt32BE(i, 0);
    this.#bytes.writeUInt32BE(i, this.nbytes - 4);
    return this.#bytes;
  }

  /** The child's reply if nothing was lost. */
  get answer(): string {
    const sum = (this.#bytes.readUInt32BE(4) * this.count) % 2 ** 32;
    return JSON.stringify({ got: this.count, sum });
  }

  args(way: string): string[] {
    return [child, way, String(this.count), String(this.nbytes)];
  }
}
