/**
 * Reads TypedArrays of the caller's past anything that a subclass may have overridden: getters come from the
 * prototype, and no species constructor is asked, so no code of the caller's runs.
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
