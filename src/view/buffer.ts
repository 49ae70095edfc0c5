/** Python 2.7's `buffer`: makes a PyBuffer over any exporter, or over a string's bytes. */
import { readInteger } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { isCContiguous } from '../layout/layout.js';
import { spanOf } from '../span/offer.js';
import { Region } from '../span/region.js';
import { nbytesOf, startOf } from '../span/span.js';
import type { Exporter } from './exporter.js';
import { type Base, createBuffer, type PyBuffer, windowOf } from './py-buffer.js';

/** The largest offset and size, that of Python's `ssize_t`. Values beyond 2^53 are rounded, which makes no difference to any memory. */
const MAX_SSIZE = 2n ** 63n - 1n;

/**
 * Python 2.7's `buffer`: a read-only window of bytes over an object's memory, clamped at each access and never before.
 *
 * @param object - any exporter with contiguous bytes, or a string (its UTF-8 bytes, encoded once)
 * @param offset - bytes from the object's first
 * @param size - bytes, or -1 to the end
 * @throws TypeError `ERR_INVALID_ARG`, `ERR_NOT_CONTIGUOUS`; RangeError `ERR_OUT_OF_RANGE` for a negative offset or size; BufferError `ERR_RELEASED`
 * @example buffer('Hello world', 6, 5).toString() // 'world'
 */
export function buffer(
  object: Exporter | PyBuffer | string,
  offset: number | bigint = 0,
  size: number | bigint = -1,
): PyBuffer {
  const from = readInteger('buffer: offset', offset, { min: 0, max: MAX_SSIZE });
  const count = readInteger('buffer: size', size, { min: -1, max: MAX_SSIZE });
  if (typeof object === 'string') {
    const bytes = new Uint8Array(Buffer.from(object, 'utf8'));
    const region = new Region(object, bytes.buffer, 0, bytes.length, true);
    return createBuffer({ region, start: 0, nbytes: null }, from, count);
  }
  const outer = typeof object === 'object' && object !== null ? windowOf(object) : null;
  if (outer === null) return createBuffer(baseOf(object), from, count);
  // A buffer of a buffer looks at the root, no further than the outer one's stated end.
  if (outer.size < 0) return createBuffer(outer.base, outer.offset + from, count);
  const rest = Math.max(0, outer.size - from);
  return createBuffer(outer.base, outer.offset + from, count < 0 || count > rest ? rest : count);
}

function baseOf(object: unknown): Base {
  const span = spanOf('buffer', object);
  const { region, layout, format } = span;
  if (span.indirect !== null || !isCContiguous(layout, format.itemsize)) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      `buffer: ${shown(object)} is not C-contiguous, expected one run of bytes; copy() it`,
    );
  }
  const nbytes = nbytesOf(span);
  const isWhole = layout.offset === region.start && nbytes === region.nbytes;
  return { region, start: startOf(span), nbytes: isWhole ? null : nbytes };
}
