/**
 * numpy's type descriptors, as they stand in `.npy` headers (`'<f8'`, or a list of fields), and the formats that mean the same.
 * Relies on `formatInfo` for what a format means.
 */
import { endianness } from 'node:os';
import { rangeError, shown, typeError } from '../errors.js';
import { type FieldInfo, type FormatInfo, formatInfo } from '../format/info.js';
import type { Literal } from './python-literal.js';

const NATIVE = endianness() === 'LE' ? '<' : '>';

/** numpy's kind and size → a code; codes of one byte, or without a size of their own, have no byte order. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['b1', '?'],
  ['i1', 'b'],
  ['u1', 'B'],
  ['i2', 'h'],
  ['u2', 'H'],
  ['i4', 'i'],
  ['u4', 'I'],
  ['i8', 'q'],
  ['u8', 'Q'],
  ['f2', 'e'],
  ['f4', 'f'],
  ['f8', 'd'],
  ['c8', 'Zf'],
  ['c16', 'Zd'],
]);
/** Text and bytes: the count stands before the code. */
const COUNTED: ReadonlyMap<string, { code: string; bytes: number }> = new Map([
  ['S', { code: 's', bytes: 1 }],
  ['a', { code: 's', bytes: 1 }],
  ['U', { code: 'w', bytes: 4 }],
  ['V', { code: 'x', bytes: 1 }],
]);
/** The C type `long double`: carried where this machine's has that size. */
const LONG_DOUBLES: ReadonlyMap<string, string> = new Map([
  ['f', 'g'],
  ['c', 'Zg'],
]);
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['O', 'Python objects, which only Python can load'],
  ['M', 'dates, which no format describes; save a.view("i8")'],
  ['m', 'time spans, which no format describes; save a.view("i8")'],
]);

/**
 * The format of a descriptor.
 *
 * @param subject - the call, for messages
 * @throws RangeError `ERR_OUT_OF_RANGE` for what is no descriptor; TypeError `ERR_UNSUPPORTED` for a type without a format, or of
 *   size 0
 */
export function formatOfDescriptor(subject: string, descriptor: Literal): string {
  const { text, nbytes } = elementOf(subject, descriptor, false);
  if (nbytes === 0) {
    throw typeError('ERR_UNSUPPORTED', `${subject}: the elements have 0 bytes, expected at least 1`);
  }
  const { itemsize } = formatInfo(text);
  if (itemsize !== nbytes) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: numpy's type has ${nbytes} bytes, format ${shown(text)} has ${itemsize}`,
    );
  }
  return text;
}

interface Element {
  readonly text: string;
  readonly nbytes: number;
}

function elementOf(subject: string, descriptor: Literal, inRecord: boolean): Element {
  if (descriptor.kind === 'text') return scalarOf(subject, descriptor.text, inRecord);
  if (descriptor.kind === 'list') return recordOf(subject, descriptor.items);
  throw rangeError(
    'ERR_OUT_OF_RANGE',
    `${subject}: a type is described by a ${descriptor.kind}, expected a string or a list of fields`,
  );
}

function scalarOf(subject: string, text: string, inRecord: boolean): Element {
  const [, order = '', kind = '', digits = ''] = /^([<>|=]?)([A-Za-z])(\d*)(?:\[[^\]]*\])?$/.exec(text) ?? [];
  const reason = UNSUPPORTED.get(kind);
  if (reason !== undefined) {
    throw typeError('ERR_UNSUPPORTED', `${subject}: ${shown(text)} are ${reason}`);
  }
  const foreign = order === '<' || order === '>' ? order : NATIVE;
  // Native order needs no mark, so that a format is spelled as a TypedArray's; in a record it would bring alignment.
  const mark = inRecord || foreign !== NATIVE ? foreign : '';
  const count = Number(digits);
  const code = CODES.get(kind + digits);
  if (code !== undefined) return { text: (digits === '1' && !inRecord ? '' : mark) + code, nbytes: count };
  const counted = COUNTED.get(kind);
  if (counted !== undefined && digits !== '' && count * counted.bytes < 2 ** 31) {
    const marked = counted.bytes === 1 && !inRecord ? '' : mark;
    return { text: `${marked}${count}${counted.code}`, nbytes: count * counted.bytes };
  }
  const long = LONG_DOUBLES.get(kind);
  if (long !== undefined && foreign === NATIVE && formatInfo(long).itemsize === count) {
    return { text: inRecord ? `^${long}` : long, nbytes: count };
  }
  throw rangeError('ERR_OUT_OF_RANGE', `${subject}: ${shown(text)} is no numpy type that has a format`);
}

function recordOf(subject: string, fields: readonly Literal[]): Element {
  let text = 'T{';
  let nbytes = 0;
  for (const field of fields) {
    if (field.kind !== 'tuple' || field.items.length < 2 || field.items.length > 3) {
      throw rangeError('ERR_OUT_OF_RANGE', `${subject}: a field is no tuple of name, type and perhaps shape`);
    }
    const [name, type, lengths] = field.items;
    const element = elementOf(subject, type!, true);
    const shape = lengths === undefined ? [] : shapeOf(subject, lengths, true);
    const count = shape.reduce((product, length) => product * length, 1);
    if (!(nbytes + element.nbytes * count < 2 ** 31)) {
      throw rangeError('ERR_OUT_OF_RANGE', `${subject}: the fields have more than 2^31 bytes`);
    }
    nbytes += element.nbytes * count;
    text += (shape.length === 0 ? '' : `(${shape.join(',')})`) + element.text + nameOf(subject, name!, type!);
  }
  return { text: `${text}}`, nbytes };
}

/** A field without a name is padding if it is void, as numpy reads it. */
function nameOf(subject: string, name: Literal, type: Literal): string {
  // A tuple is a title, which formats do not have, and a name.
  const named = name.kind === 'tuple' && name.items.length === 2 ? name.items[1]! : name;
  if (named.kind !== 'text') {
    throw rangeError('ERR_OUT_OF_RANGE', `${subject}: a field's name is a ${named.kind}, expected a string`);
  }
  const { text } = named;
  if (text === '') return type.kind === 'text' && /^\|?V/.test(type.text) ? '' : '::';
  if (text.includes(':')) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: the field ${shown(text)} has a ":" in its name, which no format can`,
    );
  }
  return `:${text}:`;
}

/**
 * A shape in elements.
 *
 * @param lone - whether an integer alone is a shape too, as in a field
 * @throws RangeError `ERR_SHAPE` for negative or huge lengths, `ERR_OUT_OF_RANGE` for what is no shape
 */
export function shapeOf(subject: string, literal: Literal, lone = false): number[] {
  const items =
    lone && literal.kind === 'integer' ? [literal] : literal.kind === 'tuple' ? literal.items : null;
  if (items === null) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: the shape is a ${literal.kind}, expected a tuple of integers`,
    );
  }
  return items.map((item) => {
    if (item.kind !== 'integer') {
      throw rangeError('ERR_OUT_OF_RANGE', `${subject}: the shape has a ${item.kind}, expected integers`);
    }
    if (item.value < 0n || item.value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw rangeError(
        'ERR_SHAPE',
        `${subject}: the shape has the length ${shown(item.value)}, expected 0 to 2^53 - 1`,
      );
    }
    return Number(item.value);
  });
}

const KINDS: ReadonlyMap<string, string> = new Map([
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

/** A descriptor as Python writes it, and the dimensions that a format's own sub-array adds. */
export interface Descriptor {
  readonly text: string;
  readonly shape: readonly number[];
}

/**
 * The descriptor of a format.
 *
 * @throws TypeError `ERR_UNSUPPORTED` for what numpy has no type for (pointers, Pascal strings, 2-byte text)
 */
export function descriptorOf(subject: string, format: string): Descriptor {
  const info = formatInfo(format);
  return { text: descriptorText(subject, info), shape: info.shape };
}

function descriptorText(subject: string, info: FormatInfo | FieldInfo): string {
  if (info.fields !== undefined && info.fields.length > 0) {
    return fieldsText(subject, info.fields, info.itemsize / countOf(info.shape));
  }
  // One element: the sub-array's shape, or a count that formatInfo made a dimension, is not its affair.
  const element = info.format.replace(/^\([\d,\s]*\)/, '');
  const [, order = '', code = ''] = /^\s*([@=<>!^|]?)\s*\d*\s*(Z?[A-Za-z?])$/.exec(element) ?? [];
  const kind = KINDS.get(code);
  if (kind === undefined) {
    throw typeError('ERR_UNSUPPORTED', `${subject}: numpy has no type for format ${shown(info.format)}`);
  }
  const nbytes = info.itemsize / countOf(info.shape);
  const unordered = nbytes === 1 || kind === 'S' || kind === 'V';
  const mark = unordered ? '|' : order === '>' || order === '!' ? '>' : order === '<' ? '<' : NATIVE;
  return `'${mark}${kind}${kind === 'U' ? nbytes / 4 : nbytes}'`;
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Gaps become fields of padding without a name, as numpy writes them. */
function fieldsText(subject: string, fields: readonly FieldInfo[], nbytes: number): string {
  const parts: string[] = [];
  let at = 0;
  const padTo = (offset: number): void => {
    if (offset > at) parts.push(`('', '|V${offset - at}')`);
  };
  for (const field of fields) {
    padTo(field.offset);
    at = field.offset + field.itemsize;
    if (countOf(field.shape) === 0) continue;
    const shape = field.shape.length === 0 ? '' : `, ${tupleText(field.shape)}`;
    parts.push(`(${stringText(field.name)}, ${descriptorText(subject, field)}${shape})`);
  }
  padTo(nbytes);
  return `[${parts.join(', ')}]`;
}

/** A tuple as Python writes it. */
export function tupleText(items: readonly number[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

function stringText(text: string): string {
  const escaped = Array.from(text, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return `\\x${code.toString(16).padStart(2, '0')}`;
    return char === "'" || char === '\\' ? `\\${char}` : char;
  });
  return `'${escaped.join('')}'`;
}
