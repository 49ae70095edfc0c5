/**
 * Formats to C declarations, the reverse of `cdef`. Offsets decide: if C would lay out a struct differently, the result has explicit
 * padding, and misaligned structs are packed.
 */
import { shown, typeError } from '../../errors.js';
import {
  alignedUp,
  type Field,
  hostIsLittleEndian,
  type RecordItem,
  type Scalar,
  type ScalarCode,
} from '../format.js';
import { parseFormat } from '../parse.js';
import { type DataModel, hostModel } from './type.js';

/** One member in C. */
interface CMember {
  /** The declaration without its semicolon; lines of a nested struct are indented already. */
  readonly text: string;
  readonly offset: number;
  readonly nbytes: number;
  /** Bytes to which C aligns it. */
  readonly align: number;
}

const INDENT = '  ';
const WORD = /^[A-Za-z_]\w*$/;
const KEYWORDS = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register ' +
    'restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false ' +
    'alignas alignof constexpr nullptr static_assert thread_local typeof asm _Alignas _Alignof _Atomic _Bool _Complex ' +
    '_Generic _Imaginary _Noreturn _Static_assert _Thread_local'
  ).split(' '),
);

/**
 * Writes a format as a C type definition: what {@link cdef} reads into a format of the same size, names, offsets and values.
 * Padding that C does not add by itself becomes members `_pad0`, `_pad1`, …; a field without a name is `f0`, `f1`, …
 *
 * @param format - a string of Python's `struct` syntax, or of PEP 3118's additions
 * @param name - of the type: a C identifier
 * @returns a `typedef`, with the types of `<stdint.h>`, `<stddef.h>`, `<stdbool.h>` and `<uchar.h>`
 * @throws TypeError `ERR_FORMAT` for a value that is not a format, `ERR_INVALID_ARG` for a name that C does not take, `ERR_UNSUPPORTED`
 *   for a field whose name or byte order C does not have
 * @example
 * cStruct('T{i:x:d:y:}', 'point'); // 'typedef struct point {\n  int x;\n  double y;\n} point;\n'
 */
export function cStruct(format: string, name: string): string {
  const { item, itemsize } = parseFormat(format);
  if (typeof name !== 'string' || !isIdentifier(name)) {
    throw typeError('ERR_INVALID_ARG', `cStruct: the name is ${shown(name)}, expected a C identifier`);
  }
  const model = hostModel();
  if (item.kind === 'scalar') return `typedef ${declaration(item, name, [], model)};\n`;
  const lone = item.kind === 'sequence' ? item.fields[0] : undefined;
  if (lone !== undefined && item.fields.length === 1 && lone.offset === 0 && lone.nbytes === itemsize) {
    return `typedef ${cMemberOf(lone, name, '', model).text};\n`;
  }
  return `typedef ${structText(item.fields, itemsize, name, '', model).text} ${name};\n`;
}

function isIdentifier(name: string): boolean {
  return WORD.test(name) && !KEYWORDS.has(name);
}

/** A struct with its braces, and the alignment that C gives it. */
function structText(
  fields: readonly Field[],
  size: number,
  tag: string | null,
  indent: string,
  model: DataModel,
): { text: string; align: number } {
  const inner = indent + INDENT;
  const members = fields.map((field) => {
    if (!isIdentifier(field.key)) {
      throw typeError(
        'ERR_UNSUPPORTED',
        `cStruct: the field ${shown(field.key)} has a name that C does not allow`,
      );
    }
    return cMemberOf(field, field.key, inner, model);
  });
  const names = new Set(fields.map(({ key }) => key));
  const plain = paddedMembers(members, size, false, names);
  const lines = plain ?? paddedMembers(members, size, true, names)!;
  const head = `struct${plain === null ? ' __attribute__((packed))' : ''}${tag === null ? '' : ` ${tag}`}`;
  const body = lines.map((line) => `${inner}${line};\n`).join('');
  const align = plain === null ? 1 : Math.max(1, ...members.map((member) => member.align));
  return { text: `${head} {\n${body}${indent}}`, align };
}

/**
 * The members with the padding that they need.
 *
 * @param packed - whether C adds none
 * @returns null where C would put one elsewhere
 */
function paddedMembers(
  members: readonly CMember[],
  size: number,
  packed: boolean,
  names: Set<string>,
): string[] | null {
  const lines: string[] = [];
  let at = 0;
  let most = 1;
  let next = 0;
  const pad = (nbytes: number): void => {
    while (names.has(`_pad${next}`)) next++;
    lines.push(`uint8_t _pad${next++}[${nbytes}]`);
  };
  for (const { text, offset, nbytes, align } of members) {
    const by = packed ? 1 : align;
    if (offset % by !== 0) return null;
    if (alignedUp(at, by) !== offset) pad(offset - at);
    lines.push(text);
    at = offset + nbytes;
    most = Math.max(most, by);
  }
  if (size % most !== 0) return null;
  if (alignedUp(at, most) !== size) pad(size - at);
  return lines;
}

function cMemberOf(field: Field, name: string, indent: string, model: DataModel): CMember {
  const { item, offset, nbytes, shape, count } = field;
  const dims = count === 1 ? shape : [...shape, count];
  if (item.kind === 'scalar') {
    return { text: declaration(item, name, dims, model), offset, nbytes, align: alignmentOf(item) };
  }
  const struct = recordDeclarationOf(item, indent, model);
  return { text: `${struct.text} ${name}${brackets(dims)}`, offset, nbytes, align: struct.align };
}

function recordDeclarationOf(
  record: RecordItem,
  indent: string,
  model: DataModel,
): { text: string; align: number } {
  return structText(record.fields, record.size, null, indent, model);
}

function brackets(dims: readonly number[]): string {
  return dims.map((dim) => `[${dim}]`).join('');
}

/** The unit of a code that is an array of them in C. */
const ARRAY_UNITS: Partial<Record<ScalarCode, readonly [type: string, nbytes: number]>> = {
  s: ['char', 1],
  p: ['unsigned char', 1],
  x: ['unsigned char', 1],
  t: ['unsigned char', 1],
  u: ['char16_t', 2],
  w: ['char32_t', 4],
};

function declaration(scalar: Scalar, name: string, dims: readonly number[], model: DataModel): string {
  const { code, size, littleEndian } = scalar;
  const unit = ARRAY_UNITS[code];
  const wide = unit === undefined ? size > 1 : unit[1] > 1;
  if (wide && littleEndian !== hostIsLittleEndian) {
    const order = littleEndian ? 'little' : 'big';
    throw typeError(
      'ERR_UNSUPPORTED',
      `cStruct: ${shown(name)} is ${order}-endian, which no C type of this machine is`,
    );
  }
  if (unit !== undefined) {
    const length = size / unit[1];
    const lone = length === 1 && dims.length === 0 && (code === 'u' || code === 'w');
    return `${unit[0]} ${name}${brackets(lone ? dims : [...dims, length])}`;
  }
  if (code === 'X') return `void (*${name}${brackets(dims)})(void)`;
  if (code === 'P' || code === '&' || code === 'O') return `void *${name}${brackets(dims)}`;
  return `${cTypeOf(code, size, model)} ${name}${brackets(dims)}`;
}

const TYPES: Partial<Record<ScalarCode, string>> = {
  c: 'char',
  b: 'signed char',
  B: 'unsigned char',
  '?': 'bool',
  h: 'short',
  H: 'unsigned short',
  i: 'int',
  I: 'unsigned int',
  q: 'long long',
  Q: 'unsigned long long',
  n: 'ssize_t',
  N: 'size_t',
  e: '_Float16',
  f: 'float',
  d: 'double',
  g: 'long double',
  Zf: 'float _Complex',
  Zd: 'double _Complex',
  Zg: 'long double _Complex',
};

function cTypeOf(code: ScalarCode, size: number, model: DataModel): string {
  if (code === 'l' || code === 'L') {
    if (size === model.long) return code === 'l' ? 'long' : 'unsigned long';
    return `${code === 'l' ? 'int' : 'uint'}${size * 8}_t`;
  }
  return TYPES[code]!;
}

function alignmentOf({ code, size }: Scalar): number {
  const unit = ARRAY_UNITS[code];
  if (unit !== undefined) return unit[1];
  return code === 'Zf' || code === 'Zd' || code === 'Zg' ? size / 2 : size;
}
