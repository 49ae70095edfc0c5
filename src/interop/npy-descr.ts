/** Formats as numpy's type descriptors, in the text of a `.npy` header. */
import { shown, typeError } from '../errors.js';
import type { Field, Format, RecordItem, Scalar, Sequence } from '../format/format.js';
import { shapesOf } from '../format/names.js';

/** A descriptor as Python writes it, and the dimensions that a format's own sub-array adds. */
export interface Descriptor {
  readonly text: string;
  readonly shape: readonly number[];
}

/**
 * The descriptor of a format.
 *
 * @throws TypeError `ERR_UNSUPPORTED` for formats without a numpy type (pointers, Pascal strings, 2-byte text)
 */
export function descriptorOf(subject: string, format: Format): Descriptor {
  const { item } = format;
  const [first, ...others] = item.kind === 'sequence' ? item.fields : [];
  if (item.kind !== 'sequence') return { text: elementDescrOf(subject, item), shape: [] };
  if (first === undefined || others.length > 0 || first.offset !== 0 || first.nbytes !== item.size) {
    // Bytes without a value of their own, as "4x" is, or several items.
    const text = first === undefined ? `'|V${item.size}'` : fieldsText(subject, item);
    return { text, shape: [] };
  }
  return { text: elementDescrOf(subject, first.item), shape: fieldShape(first) };
}

/** A count is one more dimension. */
function fieldShape(field: Field): readonly number[] {
  return field.count === 1 ? field.shape : [...field.shape, field.count];
}

function elementDescrOf(subject: string, item: Scalar | RecordItem): string {
  return item.kind === 'record' ? fieldsText(subject, item) : `'${scalarText(subject, item)}'`;
}

const DESCR_KINDS: ReadonlyMap<string, string> = new Map([
  ['?', 'b'],
  ...[...'bhilqn'].map((code): [string, string] => [code, 'i']),
  ...[...'BHILQN'].map((code): [string, string] => [code, 'u']),
  ...[...'efdg'].map((code): [string, string] => [code, 'f']),
  ['Zf', 'c'],
  ['Zd', 'c'],
  ['Zg', 'c'],
  ['c', 'S'],
  ['s', 'S'],
  ['x', 'V'],
  ['w', 'U'],
]);

function scalarText(subject: string, { code, size, littleEndian, word, text }: Scalar): string {
  const mark = littleEndian ? '<' : '>';
  const [, date, unit = ''] = /^(datetime|timedelta)64(.*)$/.exec(word ?? '') ?? [];
  if (date !== undefined) return `${mark}${date === 'datetime' ? 'M8' : 'm8'}${unit}`;
  // numpy has no bfloat16 and no 8-bit floats of its own: they are bytes, as ml_dtypes saves them.
  if (word !== null) return `|V${size}`;
  const kind = DESCR_KINDS.get(code);
  if (kind === undefined) {
    throw typeError('ERR_UNSUPPORTED', `${subject}: numpy has no type for format ${shown(text)}`);
  }
  if (kind === 'U') return `${mark}U${size / 4}`;
  if (size === 1 || kind === 'S' || kind === 'V') return `|${kind}${size}`;
  return `${mark}${kind}${size}`;
}

/** Gaps become fields of padding without a name, as numpy writes them. */
function fieldsText(subject: string, { fields, size }: RecordItem | Sequence): string {
  const parts: string[] = [];
  let at = 0;
  const padTo = (offset: number): void => {
    if (offset > at) parts.push(`('', '|V${offset - at}')`);
  };
  for (const field of fields) {
    padTo(field.offset);
    at = field.offset + field.nbytes;
    const name = stringText(field.key);
    const titled = field.title === null ? name : `(${stringText(field.title)}, ${name})`;
    const [outer, ...inner] = shapesOf(fieldShape(field), field.nested);
    const shape = outer === undefined ? '' : `, ${tupleText(outer)}`;
    const element = inner.reduceRight(
      (text, lengths) => `(${text}, ${tupleText(lengths)})`,
      elementDescrOf(subject, field.item),
    );
    parts.push(`(${titled}, ${element}${shape})`);
  }
  padTo(size);
  return `[${parts.join(', ')}]`;
}

/** A tuple as Python writes it. */
export function tupleText(items: readonly number[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

/** A string as Python writes it. Halves of surrogate pairs are escaped: no encoding of a header has them. */
function stringText(text: string): string {
  const escaped = Array.from(text, (char) => {
    const code = char.codePointAt(0)!;
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
    if (code >= 0xd800 && code < 0xe000) return `\\u${code.toString(16)}`;
    return char === "'" || char === '\\' ? `\\${char}` : char;
  });
  return `'${escaped.join('')}'`;
}
