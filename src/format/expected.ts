/** Checks that memory of other code has the format that the caller expects. */
import { readString } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import type { Format } from './format.js';
import { parseFormat } from './parse.js';

/**
 * Makes the check of an option `format`.
 *
 * @param subject - the call
 * @param what - whose elements they are: "the tensor"
 * @param wanted - the option; undefined takes any format
 * @returns a check that throws TypeError `ERR_FORMAT` for another format; scalars are the same where code and byte order are, others where
 *   the text is
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_FORMAT` for a value that is not a format
 */
export function expectedFormat(subject: string, what: string, wanted: unknown): (text: string) => void {
  if (wanted === undefined) return () => undefined;
  const expected = parseFormat(readString(`${subject}: format`, wanted));
  return (text) => {
    if (isSameFormat(parseFormat(text), expected)) return;
    throw typeError(
      'ERR_FORMAT',
      `${subject}: ${what} has elements of format ${shown(text)}, expected ${shown(expected.text)}`,
    );
  };
}

function isSameFormat(one: Format, other: Format): boolean {
  if (one.code === null || other.code === null) return lonePlain(one) === lonePlain(other);
  const order = one.itemsize === 1 || one.littleEndian === other.littleEndian;
  return one.code === other.code && one.itemsize === other.itemsize && order;
}

const lonePlain = ({ text }: Format): string => text.replace(/^@/, '');
