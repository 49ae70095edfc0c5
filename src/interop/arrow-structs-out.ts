/**
 * Arrow structs of views and texts. They are made from the leaves up and moved into their parents; parts that were
 * made before one that fails are released.
 */
import { bare } from '../arguments.js';
import { rangeError, shown, typeError } from '../errors.js';
import type { Format } from '../format/format.js';
import { fieldNames } from '../format/info.js';
import { EXPORTER } from '../memory/adopted.js';
import { type ArrowStructs, buildArray, releaseArray } from '../memory/arrow-structs.js';
import { spanOf } from '../span/offer.js';
import type { MemoryView } from '../view/memory-view.js';
import {
  type Bitmap,
  bufferOf,
  bytesOver,
  flattened,
  freshBytes,
  packedBits,
  swappedBuffer,
} from './arrow-buffers-out.js';
import { NULLABLE, ORDERED } from './arrow-field.js';
import { arrowScalar, isIndexFormat } from './arrow-type.js';

/** How a column is to be made. */
export interface ColumnPlan {
  readonly name: string;
  /** Whether elements that Arrow can't use in place may be copied. */
  readonly copies: boolean;
  /** Null where all elements are there. */
  readonly validity?: Bitmap | null;
  readonly metadata?: Uint8Array | null;
  /** The values that the elements are indices of. Moved in. */
  readonly dictionary?: ArrowStructs | null;
  readonly ordered?: boolean;
}

/** Makes structs of parts; releases the parts where that fails. */
export function structsOfParts(
  parts: readonly (() => ArrowStructs)[],
  make: (structs: readonly ArrowStructs[]) => ArrowStructs,
): ArrowStructs {
  const made: ArrowStructs[] = [];
  try {
    for (const part of parts) made.push(part());
    return make(made);
  } catch (error) {
    for (const structs of made) if (structs.lent !== true) releaseArray(structs);
    throw error;
  }
}

/**
 * The column of a view: its first dimension are the elements, further ones fixed-size lists, the fields of records a struct.
 *
 * @throws TypeError `ERR_UNSUPPORTED`, `ERR_NOT_CONTIGUOUS`
 */
export function columnOfView(view: MemoryView, plan: ColumnPlan): ArrowStructs {
  const { format, layout } = spanOf('toArrow', view);
  const [length, size] = layout.shape;
  const { copies, ordered = false, validity = null, metadata = null, dictionary = null } = bare({ ...plan });
  if (length === undefined) {
    throw typeError('ERR_UNSUPPORTED', 'toArrow: the view has 0 dimensions, expected 1 or more');
  }
  const bits = validity?.buffer ?? null;
  const flags = (validity === null ? 0 : NULLABLE) | (ordered ? ORDERED : 0);
  const head = (arrow: string): readonly [string, string, number, number, number, number] => [
    arrow,
    plan.name,
    flags,
    length,
    validity?.nulls ?? 0,
    0,
  ];
  if (size !== undefined) {
    const inner = (): ArrowStructs =>
      columnOfView(rowsOf(view, layout.shape, copies), { name: 'item', copies });
    return structsOfParts([inner], (children) =>
      buildArray('toArrow', { head: head(`+w:${size}`), buffers: [bits], children, metadata }),
    );
  }
  const names = fieldNames(format);
  if (names.length === 1 && format.item.kind === 'sequence' && isWhole(view.field(names[0]!), view)) {
    // A lone sub-array, such as (2,3)i, is a dimension of its own.
    return columnOfView(view.field(names[0]!), plan);
  }
  if (names.length > 0) {
    const fields = names.map((name) => () => columnOfView(view.field(name), { name, copies }));
    return structsOfParts(fields, (children) =>
      buildArray('toArrow', { head: head('+s'), buffers: [bits], children, metadata }),
    );
  }
  const scalar = arrowScalarOf(format, copies);
  if (dictionary !== null && !isIndexFormat(scalar.format, 'index')) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `toArrow: indices of format ${shown(format.text)} given with a dictionary, expected integers`,
    );
  }
  const values =
    scalar.bytes === 'same'
      ? bufferOf(view, copies)
      : scalar.bytes === 'swapped'
        ? swappedBuffer(view)
        : packedBits(view);
  return buildArray('toArrow', {
    head: head(scalar.format),
    buffers: [bits, values],
    dictionary,
    metadata,
  });
}

function isWhole(field: MemoryView, view: MemoryView): boolean {
  return field.nbytes === view.nbytes;
}

/** The elements of all rows, one after another. */
function rowsOf(view: MemoryView, shape: readonly number[], copies: boolean): MemoryView {
  const flat = flattened(view, copies);
  const [rows = 0, size = 0, ...rest] = shape;
  return flat.reshape([rows * size, ...rest]);
}

function arrowScalarOf(
  format: Format,
  copies: boolean,
): { format: string; bytes: 'same' | 'swapped' | 'boolean' } {
  const { item } = format;
  const found = item.kind === 'scalar' ? arrowScalar(item.code, item.size, item.littleEndian) : null;
  if (found === null) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `toArrow: Arrow has no type for format ${shown(format.text)}, expected integers, floats, booleans, bytes or records`,
    );
  }
  if (found.bytes === 'same' || copies) return found;
  const what =
    found.bytes === 'swapped'
      ? `format ${shown(format.text)} is in foreign byte order, expected this machine's`
      : `format ${shown(format.text)} takes a byte for each boolean, expected bits`;
  throw typeError('ERR_UNSUPPORTED', `toArrow: ${what}; pass copy: true`);
}

const MAX_UTF8 = 2 ** 31 - 1;

/** A utf8 column of strings, null where one is missing; a copy, since the engine's strings lie in no memory of ours. */
export function columnOfTexts(texts: readonly unknown[], name: string): ArrowStructs {
  const encoded = texts.map((text) => {
    if (text === null) return null;
    if (typeof text === 'string') return Buffer.from(text);
    throw typeError(
      'ERR_INVALID_ARG',
      `toArrow: column ${shown(name)} has ${shown(text)}, expected strings and null`,
    );
  });
  const total = encoded.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
  const large = total > MAX_UTF8;
  const offsets = large ? new BigInt64Array(texts.length + 1) : new Int32Array(texts.length + 1);
  const bitmap = new Uint8Array(Math.ceil(texts.length / 8));
  const data = freshBytes(total);
  let at = 0;
  let nulls = 0;
  encoded.forEach((bytes, i) => {
    if (bytes === null) nulls++;
    else {
      bitmap[i >>> 3]! |= 1 << (i & 7);
      data.slice([at, at + bytes.length, null]).copyFrom(bytes);
      at += bytes.length;
    }
    offsets[i + 1] = large ? BigInt(at) : at;
  });
  const bytes = new Uint8Array(offsets.buffer);
  return buildArray('toArrow', {
    head: [large ? 'U' : 'u', name, nulls > 0 ? NULLABLE : 0, texts.length, nulls, 0],
    buffers: [nulls > 0 ? bytesOver(bitmap) : null, bytesOver(bytes), Reflect.get(data, EXPORTER) as object],
  });
}

/** A struct of columns, which are moved in. @throws RangeError `ERR_SHAPE` for columns of different lengths */
export function structColumnOf(
  columns: readonly { readonly name: string; readonly length: number; readonly make: () => ArrowStructs }[],
  plan: Pick<ColumnPlan, 'name' | 'validity' | 'metadata'>,
): ArrowStructs {
  const length = columns[0]?.length ?? 0;
  for (const column of columns) {
    if (column.length === length) continue;
    throw rangeError(
      'ERR_SHAPE',
      `toArrow: column ${shown(column.name)} has ${column.length} elements, expected ${length}, as the first`,
    );
  }
  const { validity = null, metadata = null, name } = plan;
  const flags = validity === null ? 0 : NULLABLE;
  return structsOfParts(
    columns.map(({ make }) => make),
    (children) =>
      buildArray('toArrow', {
        head: ['+s', name, flags, length, validity?.nulls ?? 0, 0],
        buffers: [validity?.buffer ?? null],
        children,
        metadata,
      }),
  );
}
