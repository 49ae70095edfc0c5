/**
 * Places in the array of numbers that describes the two layouts of a call on many items. native/node/sides.cc reads the same array, and
 * test/numbers.test.ts compares both.
 */
export const NDIM = 0;
export const ITEMSIZE = 1;
export const OFFSET_A = 2;
export const OFFSET_B = 3;
export const PART = 4;
export const HOW = 5;
export const SWAP_A = 6;
export const SWAP_B = 7;
export const SHAPE = 8;
export const STRIDES_A: number = SHAPE + 64;
export const STRIDES_B: number = STRIDES_A + 64;
/** All of them: for 64 dimensions. */
export const LAYOUT_NUMBERS: number = STRIDES_B + 64;
