/** The types of stream.js, for its tests. */
export function streamThreads(nbytes: number, cores?: number): number;
export function streamOf(
  nbytes: number,
  sampleMs: number,
): Promise<{ sample: () => number; end: () => Promise<unknown> }>;
