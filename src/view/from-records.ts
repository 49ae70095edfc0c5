/** Columns out of records: an array of structs to a struct of arrays. */
import { bare, define, readList, readOptions, readString } from '../arguments.js';
import { type Column, copyColumns } from '../bulk/columns.js';
import { rangeError, shown, typeError } from '../errors.js';
import { arrayedRecord, fieldNames } from '../format/info.js';
import type { FieldFormats } from '../format/record-columns.js';
import { spanOf } from '../span/offer.js';
import { checkLive, type Span } from '../span/span.js';
import type { Exporter } from './exporter.js';
import type { FormatOf } from './factory.js';
import { createView, type MemoryView } from './memory-view.js';
import { fresh, NEW_OPTIONS, type NewOptions } from './new-memory.js';
import { field } from './retype.js';

/** The most fields that are asked for at once. */
const MAX_FIELDS = 2 ** 16;

/** The columns of records of a literal format, by the fields' names. */
export type Columns<F extends string> = { [K in keyof FieldFormats<F>]: MemoryView<FieldFormats<F>[K]> };

/** Options of `fromRecords`. */
export interface FromRecordsOptions<Name extends string = string> extends NewOptions {
  /** The names of the fields to take, in this order; all that the records have where left out. */
  readonly fields?: readonly Name[];
}

/**
 * Copies the fields of records into columns: an array of structs to a struct of arrays, in one pass over the records. Each column is contiguous
 * in native memory of its own, has the field's format, and the shape of the records with the dimensions of a sub-array behind it. `toArrow`,
 * `saveNpz` and loops over one field take columns; where one field is read once, `records.field(name)` needs no copy.
 *
 * @param records - any exporter of a record format that is not indirect: a MemoryView, of any shape and strides
 * @param options - `fields`: the names to take, in their order; as for `allocate`: `alignment` (bytes), `label`
 * @returns an object with a view for each field by its name, `f0`, `f1`, … for one without
 * @throws TypeError `ERR_INVALID_ARG` where the format is no record or has no such field, `ERR_NOT_CONTIGUOUS` for an indirect view; RangeError
 *   `ERR_OUT_OF_MEMORY`; BufferError `ERR_RELEASED`
 * @example const { id, score } = fromRecords(memoryview(bytes, { format: 'T{<I:id:<d:score:}' }))
 */
export function fromRecords<const E extends Exporter>(
  records: E,
  options?: FromRecordsOptions & { readonly fields?: undefined },
): Columns<FormatOf<E>>;
/**
 * Copies some fields of records into columns.
 *
 * @param records - any exporter of a record format; see the form without `fields`
 * @param options - `fields`: the names to take, in their order; as for `allocate`: `alignment` (bytes), `label`
 * @throws as the other form; RangeError `ERR_SHAPE` for a name twice
 * @example fromRecords(trades, { fields: ['price'] }).price.asTypedArray()
 */
export function fromRecords<const E extends Exporter, const Name extends keyof Columns<FormatOf<E>> & string>(
  records: E,
  options: FromRecordsOptions<Name>,
): Pick<Columns<FormatOf<E>>, Name>;
export function fromRecords(records: unknown, options?: unknown): Record<string, MemoryView> {
  const span = spanOf('fromRecords', records);
  const { fields, ...rest } = readOptions('fromRecords', options, ['fields', ...NEW_OPTIONS]);
  const names =
    fields === undefined
      ? fieldNames(arrayedRecord(span.format)?.format ?? span.format)
      : readNames('fromRecords: fields', fields);
  checkLive('fromRecords', span);
  if (span.indirect !== null) {
    throw typeError(
      'ERR_NOT_CONTIGUOUS',
      'fromRecords: the view is indirect (suboffsets), expected one block of memory; copy() it',
    );
  }
  if (names.length === 0 && fields === undefined) field(span.format, span.layout, '', 'fromRecords');
  const columns: Record<string, MemoryView> = {};
  const made = newColumns('fromRecords', span, names, bare(rest as NewOptions));
  for (const [i, name] of names.entries()) {
    define(columns, name, {
      value: createView(made[i]!),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return columns;
}

function readNames(subject: string, list: unknown): string[] {
  const names = readList(subject, list, MAX_FIELDS).map((name) => readString(subject, name));
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      throw rangeError('ERR_SHAPE', `${subject}: ${shown(name)} given twice, expected each field once`);
    }
    seen.add(name);
  }
  return names;
}

/** Views of new columns, one for each field asked for; see {@link fromRecords}. */
function newColumns(subject: string, records: Span, names: readonly string[], options: NewOptions): Span[] {
  const made: Column[] = [];
  try {
    for (const name of names) {
      const { format, layout } = field(records.format, records.layout, name, subject);
      const to = fresh(subject, null, layout.shape, format, options, false);
      made.push({ to, from: { ...records, format, layout } });
    }
    copyColumns(records, made);
  } catch (error) {
    for (const { to } of made) to.region.memory?.release();
    throw error;
  }
  return made.map(({ to }) => to);
}
