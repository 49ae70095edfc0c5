/**
 * Encodes records of which a caller gives some fields. Their values are stored over zeros, which the other fields keep.
 */
import { isList, nearest, readGuarded } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { type Codec, codecOf, fieldCodecOf } from './codec.js';
import type { Format, Item, RecordItem } from './format.js';

/** A value to store, and where. */
export interface EncodedPart {
  readonly codec: Codec;
  /** Bytes from the item's first byte. */
  readonly offset: number;
  readonly encoded: unknown;
}

interface FieldCodec {
  readonly codec: Codec;
  readonly offset: number;
  /** The item of one value; null for a sub-array. */
  readonly item: Item | null;
}

const fieldCodecs = new WeakMap<RecordItem, ReadonlyMap<string, FieldCodec>>();

/**
 * Encodes a value of a format; an object may leave out fields of a record, and of records in it. Runs code of the caller's, and touches no
 * memory.
 *
 * @throws TypeError `ERR_INVALID_ARG` for a field that the record lacks; what encoding a value throws
 */
export function encodeParts(format: Format, value: unknown): EncodedPart[] {
  const parts: EncodedPart[] = [];
  const codec = codecOf(format);
  const { item } = format;
  const only =
    item.kind === 'sequence' && item.valueCount === 1 ? item.fields.find((f) => f.count === 1) : null;
  if (only !== null && only !== undefined && only.shape.length === 0) {
    add(parts, { codec: fieldCodecOf(only), offset: only.offset, item: only.item }, 0, value);
  } else {
    add(parts, { codec, offset: 0, item }, 0, value);
  }
  return parts;
}

function add(parts: EncodedPart[], { codec, offset, item }: FieldCodec, base: number, value: unknown): void {
  if (item?.kind !== 'record' || !item.named || !isObject(value)) {
    parts.push({ codec, offset: base + offset, encoded: codec.encode(value) });
    return;
  }
  const known = fieldCodecsOf(item);
  const given: [FieldCodec, unknown][] = [];
  readGuarded('struct', value, () => {
    const keys = Object.keys(value);
    const fieldCodecs = keys.map((key) => known.get(key) ?? refuseField(item, key, known));
    keys.forEach((key, i) => {
      given.push([fieldCodecs[i]!, Reflect.get(value, key)]);
    });
  });
  for (const [place, field] of given) add(parts, place, base + offset, field);
}

function fieldCodecsOf(record: RecordItem): ReadonlyMap<string, FieldCodec> {
  let known = fieldCodecs.get(record);
  if (known === undefined) {
    known = new Map(
      record.fields.map((field) => [
        field.key,
        {
          codec: fieldCodecOf(field),
          offset: field.offset,
          item: field.shape.length === 0 ? field.item : null,
        },
      ]),
    );
    fieldCodecs.set(record, known);
  }
  return known;
}

function refuseField(record: RecordItem, key: string, known: ReadonlyMap<string, FieldCodec>): never {
  const near = nearest(key, [...known.keys()]);
  const hint = near === null ? '' : `; did you mean ${shown(near)}?`;
  throw typeError(
    'ERR_INVALID_ARG',
    `a record of format ${shown(record.text)}: unknown field ${shown(key)}${hint}`,
  );
}

/** Whether a value gives fields by name. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isList(value) && !ArrayBuffer.isView(value);
}
