/**
 * A ring of messages in shared memory, for one writer and one reader in different processes. Each owns one counter of bytes, which it moves
 * with Atomics after it has written or read the bytes. On every processor `Atomics` orders all earlier accesses before it.
 */

/** Bytes before the messages: one cache line for each counter, so that the two sides do not share a line. */
export const HEADER = 256;
const [HEAD, TAIL, ASLEEP, BLOCKED] = [0, 16, 32, 48];
/** The header of a message: its length, or a mark that the rest of the ring is empty; the second word is not used. */
const PREFIX = 8;
const SKIP = -1;

export class Ring {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #mask: number;

  /** @param offset - bytes, a multiple of 64 @param capacity - bytes, a power of two up to 2^30 */
  constructor(buffer: ArrayBuffer, offset: number, capacity: number) {
    this.#words = new Int32Array(buffer, offset, (HEADER + capacity) / 4);
    this.#bytes = new Uint8Array(buffer, offset + HEADER, capacity);
    this.#mask = capacity - 1;
  }

  /** The longest message that always fits once the ring is empty. */
  get most(): number {
    return this.#bytes.length / 2 - PREFIX;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#words, HEAD) === Atomics.load(this.#words, TAIL);
  }

  /** Copies a message in; returns false if there is no room now. */
  push(message: Uint8Array): boolean {
    if (message.length > this.most)
      throw new RangeError(`a message of ${message.length} bytes, at most ${this.most}`);
    const [head, tail] = [Atomics.load(this.#words, HEAD), Atomics.load(this.#words, TAIL)];
    const size = (PREFIX + message.length + 7) & ~7;
    const capacity = this.#mask + 1;
    const toEnd = capacity - (head & this.#mask);
    const skipped = size <= toEnd ? 0 : toEnd;
    if (((head - tail) >>> 0) + skipped + size > capacity) return false;
    if (skipped > 0) this.#words[(HEADER + (head & this.#mask)) / 4] = SKIP;
    const at = (head + skipped) & this.#mask;
    this.#words[(HEADER + at) / 4] = message.length;
    this.#bytes.set(message, at + PREFIX);
    Atomics.store(this.#words, HEAD, (head + skipped + size) | 0);
    return true;
  }

  /** Calls a function with the next message, which is valid during the call; returns false if there is none. */
  take(use: (message: Uint8Array) => void): boolean {
    const head = Atomics.load(this.#words, HEAD);
    let tail = Atomics.load(this.#words, TAIL);
    if (head === tail) return false;
    let at = tail & this.#mask;
    if (this.#words[(HEADER + at) / 4] === SKIP) {
      tail += this.#mask + 1 - at;
      at = 0;
    }
    const length = this.#words[(HEADER + at) / 4]!;
    if (length < 0 || at + PREFIX + length > this.#bytes.length)
      throw new RangeError(`a damaged length, ${length}`);
    use(this.#bytes.subarray(at + PREFIX, at + PREFIX + length));
    Atomics.store(this.#words, TAIL, (tail + ((PREFIX + length + 7) & ~7)) | 0);
    return true;
  }

  /** Announces that the reader (or the writer) waits for a byte on the socket. Call it before the last check. */
  rest(who: 'reader' | 'writer', waits: boolean): void {
    Atomics.store(this.#words, who === 'reader' ? ASLEEP : BLOCKED, waits ? 1 : 0);
  }

  /** Whether the other side waits and must be woken: true once per wait. */
  wakes(who: 'reader' | 'writer'): boolean {
    const word = who === 'reader' ? ASLEEP : BLOCKED;
    return Atomics.load(this.#words, word) === 1 && Atomics.exchange(this.#words, word, 0) === 1;
  }
}
