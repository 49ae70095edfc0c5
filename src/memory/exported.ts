/** Native memory as an exporter for other addons: an external of the C header's that native code can hold and pin. */
import { binding } from '../binding.js';
import { typeError } from '../errors.js';
import { keepOwner } from './foreign.js';
import { blockOf, type NativeMemory } from './native-memory.js';

/**
 * Makes the external for a view of native memory.
 *
 * @param offset - of the first element, in bytes from the memory's first
 * @param itemsize - in bytes
 * @param sizes - the shape, then the strides in bytes
 * @throws TypeError `ERR_UNSUPPORTED` for a layout that 64 bits can't hold
 */
export function exportMemory(
  memory: NativeMemory,
  offset: number,
  itemsize: number,
  format: string,
  readonly: boolean,
  sizes: Float64Array,
): object {
  const made = binding.exportView(blockOf(memory), offset, itemsize, format, readonly, sizes);
  if (typeof made === 'number') {
    throw typeError('ERR_UNSUPPORTED', 'exporter: the layout does not fit 64 bits, expected one that does');
  }
  // Native code may hold the memory after the last JS object that knows it.
  keepOwner(memory);
  return made;
}
