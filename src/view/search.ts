/** Search in 1-D views by Python's `==`: `index`, `count` and `in` of CPython 3.14's memoryview. */
import { typeError } from '../errors.js';
import { matcherOf } from '../format/equality.js';
import { readBound } from '../layout/index-parts.js';
import { clampSlice } from '../layout/slice.js';
import type { Access } from './access.js';
import { checkLive, rowSpan, type Span } from './span.js';

/** The index of the first element from `from` on that equals `value`, or -1. */
export function findValue(
  subject: string,
  span: Span,
  access: Access,
  value: unknown,
  from: unknown,
): number {
  const { test, length, read } = prepared(subject, span, access, value);
  const bound = from === undefined ? null : readBound(`${subject}: from`, from);
  const { start } = clampSlice(bound, null, 1, length);
  for (let i = start; i < length; i++) if (test(read(i))) return i;
  return -1;
}

/** How many elements equal `value`. */
export function countValue(subject: string, span: Span, access: Access, value: unknown): number {
  const { test, length, read } = prepared(subject, span, access, value);
  let count = 0;
  for (let i = 0; i < length; i++) if (test(read(i))) count++;
  return count;
}

interface Prepared {
  test: (element: unknown) => boolean;
  length: number;
  read: (i: number) => unknown;
}

function prepared(subject: string, span: Span, access: Access, value: unknown): Prepared {
  const { shape, strides, offset } = span.layout;
  if (shape.length !== 1) {
    const code = shape.length === 0 ? 'ERR_INVALID_ARG' : 'ERR_UNSUPPORTED';
    throw typeError(
      code,
      `${subject}: the view has ${shape.length} dimensions, expected 1; reshape it or search its slices`,
    );
  }
  const { codec } = access;
  // Copies the value, which may run code of the caller's, so that the scan runs none.
  const test = matcherOf(span.format, value);
  checkLive(subject, span);
  const length = shape[0]!;
  const stride = strides[0]!;
  if (span.indirect !== null) {
    return {
      test,
      length,
      read: (i) => {
        const row = rowSpan(span, i);
        return codec.read(row.region.data, row.layout.offset);
      },
    };
  }
  const { data } = span.region;
  return { test, length, read: (i) => codec.read(data, offset + i * stride) };
}
