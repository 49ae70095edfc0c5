/** Python's `struct` module: the functions that users see, of bulk/packing.ts. */
import { iterUnpack, pack, packInto, unpack, unpackFrom } from '../bulk/packing.js';
import { calcsize } from '../format/struct.js';
import type { Exporter } from './exporter.js';

/** The functions of Python's `struct` module: its own grammar (PEP 3118's additions are `ERR_FORMAT`), and always a flat array of values. */
export interface PythonStruct {
  /**
   * Says how many bytes an item has: `struct.calcsize`.
   *
   * @param format - of an item
   * @throws TypeError `ERR_FORMAT`
   */
  calcsize(format: string): number;

  /**
   * Packs values into a new Buffer: `struct.pack`.
   *
   * @param format - of an item
   * @param values - one for each that the format has; pad bytes have none
   * @throws RangeError `ERR_OUT_OF_RANGE` for a value that does not fit; TypeError `ERR_INVALID_ARG` for a wrong kind or count,
   *   `ERR_FORMAT`
   * @example struct.pack('>Ih', 1, -2)
   */
  pack(format: string, ...values: unknown[]): Buffer;

  /**
   * Reads one item that fills the exporter exactly: `struct.unpack`.
   *
   * @param format - of an item
   * @param exporter - any, C-contiguous
   * @throws RangeError `ERR_OUT_OF_RANGE` for another number of bytes; TypeError `ERR_FORMAT`, `ERR_NOT_CONTIGUOUS`; BufferError
   *   `ERR_RELEASED`
   * @example struct.unpack('>Ih', Buffer.from('00000001fffe', 'hex')) // [1, -2]
   */
  unpack(format: string, exporter: Exporter): unknown[];

  /**
   * Packs values into an exporter's memory: `struct.pack_into`.
   *
   * @param format - of an item
   * @param exporter - any, C-contiguous and writable
   * @param offset - bytes from its first; a negative one counts from the end
   * @param values - one for each that the format has
   * @throws TypeError `ERR_READONLY`, `ERR_INVALID_ARG`, `ERR_FORMAT`; RangeError `ERR_OUT_OF_RANGE`; BufferError `ERR_RELEASED`. Nothing
   *   is written then.
   * @example struct.packInto('<I', memory, 16, 7)
   */
  packInto(format: string, exporter: Exporter, offset: number, ...values: unknown[]): void;

  /**
   * Reads one item from some byte on: `struct.unpack_from`.
   *
   * @param format - of an item
   * @param exporter - any, C-contiguous
   * @param offset - bytes from its first, 0 by default; a negative one counts from the end
   * @throws RangeError `ERR_OUT_OF_RANGE`; TypeError `ERR_FORMAT`, `ERR_NOT_CONTIGUOUS`; BufferError `ERR_RELEASED`
   * @example struct.unpackFrom('<I', memory, 16)
   */
  unpackFrom(format: string, exporter: Exporter, offset?: number): unknown[];

  /**
   * Reads item after item to the exporter's end: `struct.iter_unpack`.
   *
   * @param format - of an item, of 1 byte at least
   * @param exporter - any, C-contiguous
   * @throws RangeError `ERR_OUT_OF_RANGE` where its bytes are no multiple of the item's; TypeError `ERR_FORMAT`, `ERR_NOT_CONTIGUOUS`;
   *   BufferError `ERR_RELEASED`, also in the middle
   * @example for (const [id, price] of struct.iterUnpack('<Id', file)) total += price
   */
  iterUnpack(format: string, exporter: Exporter): IterableIterator<unknown[]>;
}

/** Python's `struct` over exporters. */
export const struct: PythonStruct = Object.freeze({
  calcsize,
  pack,
  unpack,
  packInto,
  unpackFrom,
  iterUnpack,
});
