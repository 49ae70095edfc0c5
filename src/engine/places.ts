/**
 * Places in the two arrays of numbers that TypeScript and the addon share: `Binding.layouts` holds the layouts that a kernel works on, and
 * `Binding.results` the numbers that a call returns besides its value. test/numbers.test.ts compares these numbers with the addon's.
 */

/** The places in `Binding.results`. Each call documents the places that it writes; the next call overwrites them. */
export const RESULT = {
  /** The block that a call made, and the address of its byte 0. */
  ID: 0,
  ADDRESS: 1,
  NBYTES: 2,
  /** Of a handle. */
  KIND: 3,
  READONLY: 4,
  LOOK_ONLY: 5,
  /** Of the first element of adopted memory. */
  OFFSET: 3,
  /** The pins that forbid a release, and the block that has them. */
  PINS: 0,
  PINNED_ID: 1,
  /** Of a comparison or a search. */
  FOUND: 0,
} as const;

/** The counts that `Binding.stats` writes, in their order; blocks and bytes of each kind follow. */
export const COUNTS = [
  'blocks',
  'bytes',
  'peakBytes',
  'pinned',
  'inFlight',
  'retiredBytes',
  'allocated',
  'released',
  'keptBlocks',
  'keptBytes',
] as const;

/** The rule by which the bytes of equal values compare: `Equality` in native/core/kernels/equality.h. */
export const EQUALITY = { signed: 0, unsigned: 0, bytes: 0, float: 1, truth: 2 } as const;

// The places of `Binding.layouts`, which holds two layouts of one shape: TO is the target of a copy, and ours in a comparison.
export const NDIM = 0;
export const ITEMSIZE = 1;
export const TO_OFFSET = 2;
export const FROM_OFFSET = 3;
export const PART = 4;
export const HOW = 5;
export const TO_SWAP = 6;
export const FROM_SWAP = 7;
export const SHAPE = 8;
export const TO_STRIDES: number = SHAPE + 64;
export const FROM_STRIDES: number = TO_STRIDES + 64;
/** All of them: for 64 dimensions. */
export const LAYOUT_NUMBERS: number = FROM_STRIDES + 64;

/** The end of an arena's slab: the header, and below it a record for each part, the newest lowest; `SlabLayout` of native/core/arena.h. */
export const SLAB = {
  HEADER_BYTES: 64,
  RECORD_WORDS: 5,
  /** Words of a record, of 32 bits: the id modulo 2^31 and above, the part's place and size, and when it was made (ms from the slab's making). */
  ID_LOW: 0,
  ID_HIGH: 1,
  OFFSET: 2,
  NBYTES: 3,
  BORN: 4,
  /** Doubles of the header: how many parts, and their bytes. */
  COUNT: 0,
  BYTES: 1,
} as const;
