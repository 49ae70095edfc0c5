/** Measures the cost of a slice, with samples of both sizes in turn, so that noise of the machine affects both. */

/** The part of a view that is measured. */
export interface Sliceable {
  readonly length: number;
  slice(part: [number, number]): Sliceable;
}

/** Median nanoseconds per slice, and the median of the pairwise ratios. */
export interface SliceCost {
  readonly small: number;
  readonly large: number;
  /** Large over small. */
  readonly ratio: number;
}

const CALLS = 5_000;

/**
 * Times `slice` on two views in turn.
 *
 * @param samples - pairs of measurements; each of them is 5,000 slices on either view
 */
export function sliceCost(small: Sliceable, large: Sliceable, samples: number = 61): SliceCost {
  for (let i = 0; i < 10; i++) {
    timed(small);
    timed(large);
  }
  const pairs = Array.from({ length: samples }, (_, i) => {
    // The second may pay for the garbage of the first, so they take turns.
    if (i % 2 === 0) {
      const first = timed(small);
      return { small: first, large: timed(large) };
    }
    const first = timed(large);
    return { small: timed(small), large: first };
  });
  return {
    small: median(pairs.map((pair) => pair.small)),
    large: median(pairs.map((pair) => pair.large)),
    ratio: median(pairs.map((pair) => pair.large / pair.small)),
  };
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Nanoseconds that one slice of all but the ends takes. */
function timed(view: Sliceable): number {
  const last = view.length - 1;
  let seen = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) seen += view.slice([1 + (i & 7), last - (i & 7)]).length;
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (seen === 0) throw new Error('the slices are empty, so nothing was measured');
  return nanoseconds / CALLS;
}
