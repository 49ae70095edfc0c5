/**
 * Reads a caller's TypedArrays without the members that a subclass may have overridden. It uses the prototype's getters
 * and no species constructor, so none of the caller's code runs.
 */

const prototype: object = Object.getPrototypeOf(Uint8Array.prototype);

/** The length in elements; 0 where the memory behind the array has gone. */
export function trueLength(array: NodeJS.TypedArray): number {
  return Reflect.get(prototype, 'length', array);
}

/** A plain Uint8Array over the first bytes of an array's memory, at most `most` of them. */
export function firstBytes(array: Uint8Array, most: number = Number.POSITIVE_INFINITY): Uint8Array {
  const length = Math.min(trueLength(array), most);
  if (length === 0) return new Uint8Array(0);
  const buffer: ArrayBufferLike = Reflect.get(prototype, 'buffer', array);
  return new Uint8Array(buffer, Reflect.get(prototype, 'byteOffset', array), length);
}
