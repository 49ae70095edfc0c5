/** The order in which the elements of a result lie: C, Fortran, or that of the view. */
import { rangeError, shown, typeError } from '../errors.js';

/** The order of the elements in a result: C, Fortran, or `'A'`: Fortran where the view is so, else C. */
export type Order = 'C' | 'F' | 'A';

/** Reads an order; undefined and null are C. @throws TypeError `ERR_INVALID_ARG`; RangeError `ERR_OUT_OF_RANGE` */
export function readOrder(subject: string, order: unknown): Order {
  if (order === undefined || order === null) return 'C';
  if (typeof order !== 'string') {
    throw typeError('ERR_INVALID_ARG', `${subject}: order is ${shown(order)}, expected "C", "F" or "A"`);
  }
  if (order === 'C' || order === 'F' || order === 'A') return order;
  throw rangeError('ERR_OUT_OF_RANGE', `${subject}: order ${shown(order)} given, expected "C", "F" or "A"`);
}
