/**
 * Stands in for V8's account of its heap, in the build for runtimes without an addon: how much it may still take is unknown, and a result
 * that is too large is the engine's RangeError.
 */
export const heapRoom = (): number => 2 ** 31;
