/**
 * numpy's type descriptors, as `.npy` headers hold them (`'<f8'`, or a list of fields), as formats. Types without a code in PEP 3118, dates
 * and void bytes, are written by name, and a format keeps that name beside its text.
 */
import { rangeError, shown, typeError } from '../errors.js';
import { hostIsLittleEndian } from '../format/format.js';
import { nameText } from '../format/names.js';
import { parseFormat } from '../format/parse.js';
import { MAX_NDIM } from '../layout/layout.js';
import { typeNamed } from './npy-names.js';
import type { Literal } from './python-literal.js';

const NATIVE = hostIsLittleEndian ? '<' : '>';
const MAX_BYTES = 2 ** 31;

/** Codes of the kinds that have a size of their own; those of one byte have no byte order. */
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

/** The type of a file's elements. */
export interface ElementType {
  /** Their format, numpy's names included; null where none describes them, and `why` says so. */
  readonly text: string | null;
  /** The dimensions of the sub-arrays that each element is, the outermost first. */
  readonly shapes: readonly (readonly number[])[];
  /** Bytes of one element of the sub-array. */
  readonly nbytes: number;
  readonly why: string;
  /** Whether it is plain void, which pads a record where it has no name. */
  readonly isVoid: boolean;
}

/**
 * The elements that a descriptor describes.
 *
 * @param subject - the call, for messages
 * @throws RangeError `ERR_OUT_OF_RANGE` for a value that is not a descriptor; TypeError `ERR_UNSUPPORTED` for Python objects
 */
export function elementType(subject: string, descriptor: Literal): ElementType {
  return elementOf(subject, descriptor, false);
}

function elementOf(subject: string, descriptor: Literal, inRecord: boolean): ElementType {
  if (descriptor.kind === 'text') return typeOfText(subject, descriptor.text, inRecord);
  if (descriptor.kind === 'list')
    return recordTypeOf(
      subject,
      descriptor.items.map((item) => recordFieldOf(subject, item)),
    );
  const items = descriptor.kind === 'tuple' ? descriptor.items : [];
  // A type and a shape, or a type and its metadata, which formats do not have.
  if (items.length === 2) {
    const base = elementOf(subject, items[0]!, inRecord);
    if (items[1]!.kind === 'dict') return base;
    return within(subject, shapeOfLiteral(subject, items[1]!, true), base);
  }
  throw rangeError(
    'ERR_OUT_OF_RANGE',
    `${subject}: a type is described by a ${descriptor.kind}, expected a string, a list of fields, or a tuple of a type and a shape`,
  );
}

function typeOfText(subject: string, text: string, inRecord: boolean): ElementType {
  const plain = scalarTypeOf(subject, text, inRecord);
  if (plain !== null) return plain;
  const parts = recordPartsOf(text);
  if (parts === null) {
    throw rangeError('ERR_OUT_OF_RANGE', `${subject}: ${shown(text)} is not a numpy type`);
  }
  const isRecord = parts.length > 1;
  const elements = parts.map(({ shape, type }): ElementType => {
    const base = scalarTypeOf(subject, type, inRecord || isRecord);
    if (base === null) throw rangeError('ERR_OUT_OF_RANGE', `${subject}: ${shown(type)} is not a numpy type`);
    return within(subject, shape, base);
  });
  if (!isRecord) return elements[0]!;
  return recordTypeOf(
    subject,
    elements.map((element, i) => ({ element, name: `f${i}`, title: null })),
  );
}

/** The parts of `'f2, (2,3)>i4, 3f8'`, as numpy takes records; null for other texts. */
function recordPartsOf(text: string): { shape: number[]; type: string }[] | null {
  const part = /\s*([<>|=]?)\s*(\(([\d,\s]*)\)|\d*)\s*([<>|=]?[A-Za-z?][\w?]*(?:\[[\w/]*\])?)\s*(,|$)/y;
  const parts: { shape: number[]; type: string }[] = [];
  while (part.lastIndex < text.length) {
    const found = part.exec(text);
    if (found === null) return null;
    const [, mark = '', repeats = '', dims, type = ''] = found;
    const lengths = dims === undefined ? repeats : dims;
    const shape = lengths
      .split(',')
      .filter((length) => length.trim() !== '')
      .map(Number);
    const marked = /^[<>|=]/.test(type) ? type : mark + type;
    // numpy takes "1f4" for a lone value.
    parts.push({ shape: dims === undefined && shape[0] === 1 ? [] : shape, type: marked });
    if (shape.length > MAX_NDIM || !shape.every((length) => length < MAX_BYTES)) return null;
  }
  return parts.length === 0 ? null : parts;
}

/** One type; null for any other text. */
function scalarTypeOf(subject: string, text: string, inRecord: boolean): ElementType | null {
  const named = typeNamed(text);
  if (named === null) return null;
  const { kind, nbytes, unit } = named;
  if (kind === 'O') {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: the type ${shown(text)} holds Python objects, which only Python can load; save them as numbers or text`,
    );
  }
  const order = named.order ?? NATIVE;
  // Native order needs no mark, so that a format is spelled as a TypedArray's; in a record it would bring alignment.
  const mark = inRecord || order !== NATIVE ? order : '';
  const whole = (code: string, marked: string = mark): ElementType => ({
    text: marked + code,
    shapes: [],
    nbytes,
    why: '',
    isVoid: kind === 'V',
  });
  if (nbytes >= MAX_BYTES) return { ...whole(''), text: null, why: `${shown(text)} has too many bytes` };
  const code = CODES.get(`${kind}${nbytes}`);
  const unmarked = inRecord ? mark : '';
  if (code !== undefined) return whole(code, nbytes === 1 ? unmarked : mark);
  if (kind === 'S') return whole(`${nbytes}s`, unmarked);
  if (kind === 'U') return whole(`${nbytes / 4}w`);
  // In a record a named x says the same, and one without a name is padding.
  if (kind === 'V') return inRecord ? whole(`${nbytes}x`) : whole(`void${8 * nbytes}`, '');
  if (kind === 'B') return whole(unit, unit === 'bfloat16' ? mark : unmarked);
  if (kind === 'M' || kind === 'm') {
    const name = `${kind === 'M' ? 'datetime64' : 'timedelta64'}${unit === '' ? '' : `[${unit}]`}`;
    return isFormat(name) ? whole(name) : null;
  }
  // Only long doubles are left, which have a code only in this machine's byte order.
  const long = kind === 'c' ? 'Zg' : 'g';
  if (order === NATIVE && parseFormat(long).itemsize === nbytes) return whole(long, inRecord ? '^' : '');
  return { ...whole(''), text: null, why: `${shown(text)} is the long double of another kind of machine` };
}

function isFormat(text: string): boolean {
  try {
    return parseFormat(text).itemsize > 0;
  } catch {
    return false;
  }
}

interface RecordField {
  readonly element: ElementType;
  readonly name: string;
  readonly title: string | null;
}

/** A tuple of name, type and perhaps shape; old writers have lists. */
function recordFieldOf(subject: string, field: Literal): RecordField {
  const items = field.kind === 'tuple' || field.kind === 'list' ? field.items : [];
  if (items.length < 2 || items.length > 3) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: a field is not a tuple, expected (name, type) or (name, type, shape)`,
    );
  }
  const [name, type, lengths] = items;
  const element = elementOf(subject, type!, true);
  const shape = lengths === undefined ? [] : shapeOfLiteral(subject, lengths, true);
  // A tuple is a title and a name.
  const titled = name!.kind === 'tuple' && name!.items.length === 2 ? name!.items : [null, name!];
  const [title, named] = titled;
  if (named?.kind !== 'text') {
    throw rangeError('ERR_OUT_OF_RANGE', `${subject}: a field's name is a ${named?.kind}, expected a string`);
  }
  return {
    element: within(subject, shape, element),
    name: named.text,
    title: title?.kind === 'text' ? title.text : null,
  };
}

/** A sub-array of elements. */
function within(subject: string, shape: readonly number[], element: ElementType): ElementType {
  if (shape.length === 0) return element;
  const shapes = [shape, ...element.shapes];
  const ndim = shapes.flat().length;
  if (ndim <= MAX_NDIM) return { ...element, shapes };
  throw rangeError('ERR_SHAPE', `${subject}: a type has ${ndim} dimensions, expected at most ${MAX_NDIM}`);
}

function recordTypeOf(subject: string, fields: readonly RecordField[]): ElementType {
  const parts: string[] = [];
  let nbytes = 0;
  let why = '';
  for (const { element, name, title } of fields) {
    const { shapes } = element;
    nbytes += shapes.flat().reduce((product, length) => product * length, element.nbytes);
    if (!(nbytes < MAX_BYTES)) {
      throw rangeError('ERR_OUT_OF_RANGE', `${subject}: the fields have more than 2^31 bytes`);
    }
    if (element.text === null && why === '') why = `the field ${shown(name)}: ${element.why}`;
    for (const shape of shapes) parts.push(`(${shape.join(',')})`);
    // numpy skips void without a name.
    parts.push(element.text ?? '', name === '' && element.isVoid ? '' : `:${nameText(name, title)}:`);
  }
  return { text: why === '' ? `T{${parts.join('')}}` : null, shapes: [], nbytes, why, isVoid: false };
}

/**
 * A shape in elements.
 *
 * @param lone - whether an integer alone is a shape too, and a list, as in a field
 * @throws RangeError `ERR_SHAPE` for negative or huge lengths, `ERR_OUT_OF_RANGE` for a value that is not a shape
 */
export function shapeOfLiteral(subject: string, literal: Literal, lone = false): number[] {
  const items =
    lone && literal.kind === 'integer'
      ? [literal]
      : literal.kind === 'tuple' || (lone && literal.kind === 'list')
        ? literal.items
        : null;
  if (items === null) {
    throw rangeError(
      'ERR_OUT_OF_RANGE',
      `${subject}: the shape is a ${literal.kind}, expected a tuple of integers`,
    );
  }
  if (items.length > MAX_NDIM) {
    throw rangeError(
      'ERR_SHAPE',
      `${subject}: the shape has ${items.length} lengths, expected at most ${MAX_NDIM}`,
    );
  }
  return items.map((item) => {
    // numpy takes no boolean here, though Python counts it as an integer.
    if (item.kind !== 'integer') {
      throw rangeError('ERR_OUT_OF_RANGE', `${subject}: the shape has a ${item.kind}, expected integers`);
    }
    const { value } = item;
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw rangeError(
        'ERR_SHAPE',
        `${subject}: the shape has the length ${shown(value)}, expected 0 to 2^53 - 1`,
      );
    }
    return Number(value);
  });
}
