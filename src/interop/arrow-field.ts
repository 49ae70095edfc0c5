/** A field as its schema describes it, without its elements. */
import type { ArrowNode } from '../memory/arrow-array.js';
import { type ArrowMetadata, parseMetadata } from './arrow-metadata.js';
import { arrowTypeOf } from './arrow-parts.js';
import type { ArrowKind } from './arrow-type.js';

/** A field of a schema; of a batch, the schema itself. */
export interface ArrowField {
  /** Empty where the schema names none. */
  readonly name: string;
  /** Arrow's own format string. */
  readonly format: string;
  /** The kind of type that the format string names. */
  readonly kind: ArrowKind;
  /** Whether elements may be null. */
  readonly nullable: boolean;
  /** Key-value metadata; empty where its lengths contradict themselves. */
  readonly metadata: ArrowMetadata;
  /** The fields of a struct, the items of a list; empty for other types. */
  readonly children: readonly ArrowField[];
  /** Of the values that a dictionary's indices stand for. */
  readonly dictionary: ArrowField | null;
}

/** Flags of an ArrowSchema. */
export const ORDERED = 1;
export const NULLABLE = 2;

/** The field of an array. */
export function fieldOf(node: ArrowNode): ArrowField {
  const { name, format, flags, metadata, children, dictionary } = node;
  return Object.freeze({
    name,
    format,
    kind: arrowTypeOf(node).kind,
    nullable: (flags & NULLABLE) !== 0,
    metadata: metadata instanceof Uint8Array ? parseMetadata(metadata) : Object.freeze({}),
    children: Object.freeze(children.map(fieldOf)),
    dictionary: dictionary === null ? null : fieldOf(dictionary),
  });
}
