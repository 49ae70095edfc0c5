// Random decisions that a seed repeats (sfc32).

/** A source of random decisions; two seeds give the same ones again. */
export class Random {
  #a;
  #b;
  #c = 0x9e3779b9;
  #d = 1;

  constructor(seed, round) {
    this.#a = seed | 0;
    this.#b = round | 0;
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next() {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return t >>> 0;
  }

  /** An integer from 0 up to but without `end`. */
  below(end) {
    return Math.floor((this.#next() / 2 ** 32) * end);
  }

  /** An integer, both bounds inclusive. */
  int(low, high) {
    return low + this.below(high - low + 1);
  }

  chance(probability) {
    return this.#next() / 2 ** 32 < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  list(length, make) {
    return Array.from({ length }, (_, i) => make(i));
  }

  shuffled(list) {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}
