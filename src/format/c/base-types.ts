/**
 * C's base types: those of keywords, and the names that `<stddef.h>`, `<stdint.h>` and similar headers define.
 */
import type { SourcePosition } from './refusal.js';
import { type CType, type DataModel, incomplete, refusedType, type ScalarType, scalar } from './type.js';

/** Keywords that stand in a type, in any order, and how often each may. */
const KEYWORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    void: 'void',
    char: 'char',
    short: 'short',
    int: 'int',
    long: 'long',
    float: 'float',
    double: 'double',
    signed: 'signed',
    __signed: 'signed',
    __signed__: 'signed',
    unsigned: 'unsigned',
    _Bool: '_Bool',
    _Complex: '_Complex',
    __complex__: '_Complex',
    __complex: '_Complex',
    __int128: '__int128',
    __int64: '__int64',
    _Float16: '_Float16',
    __fp16: '_Float16',
    _Float32: 'float',
    _Float64: 'double',
    _Float32x: 'double',
    _Float64x: '_Float64x',
    _Float128: '__float128',
    __float128: '__float128',
  }),
);

/** A keyword of a type under its usual name; undefined for any other word. */
export function typeKeyword(word: string): string | undefined {
  return KEYWORDS.get(word);
}

/** `long` and `unsigned long` of a model. */
function longType(model: DataModel, sign: 'signed' | 'unsigned'): ScalarType {
  const wide = model.long === 8;
  const code = sign === 'signed' ? (wide ? 'l' : 'i') : wide ? 'L' : 'I';
  return scalar(code, model.long, sign);
}

function longDouble(model: DataModel): ScalarType {
  return model.longDouble === 16 ? scalar('g', 16) : scalar('d', 8);
}

/**
 * The type that keywords stand for.
 *
 * @param words - keywords, each under its usual name
 * @returns null where no type has these keywords together
 */
export function keywordType(
  words: readonly string[],
  model: DataModel,
  position: SourcePosition,
): CType | null {
  const sign = words.includes('unsigned') ? 'unsigned' : 'signed';
  switch (
    [...words]
      .filter((word) => word !== 'signed' && word !== 'unsigned')
      .sort()
      .join(' ')
  ) {
    case 'void':
      return words.length === 1 ? incomplete('void') : null;
    case 'char':
      if (words.length === 1)
        return scalar('c', 1, model.long === 8 && hostCharIsUnsigned() ? 'unsigned' : 'signed');
      return scalar(sign === 'signed' ? 'b' : 'B', 1, sign);
    case 'short':
    case 'int short':
      return scalar(sign === 'signed' ? 'h' : 'H', 2, sign);
    case '':
    case 'int':
      return words.length === 0 ? null : scalar(sign === 'signed' ? 'i' : 'I', 4, sign);
    case 'long':
    case 'int long':
      return longType(model, sign);
    case 'long long':
    case 'int long long':
    case '__int64':
      return scalar(sign === 'signed' ? 'q' : 'Q', 8, sign);
    case '__int128':
      return scalar('16s', 16);
    case '_Bool':
      return words.length === 1 ? scalar('?', 1, 'unsigned') : null;
    case 'float':
      return words.length === 1 ? scalar('f', 4) : null;
    case 'double':
      return words.length === 1 ? scalar('d', 8) : null;
    case 'double long':
      return words.length === 2 ? longDouble(model) : null;
    case '_Float64x':
      return longDouble(model);
    case '_Float16':
      return scalar('e', 2);
    case '__float128':
      return scalar('16s', 16);
    case '_Complex float':
      return scalar('Zf', 8);
    case '_Complex':
    case '_Complex double':
      return scalar('Zd', 16);
    case '_Complex double long':
      return model.longDouble === 16 ? scalar('Zg', 32) : scalar('Zd', 16);
    default:
      return words.includes('_Complex') ? refusedType(position, `has the type "${words.join(' ')}"`) : null;
  }
}

function hostCharIsUnsigned(): boolean {
  return typeof process !== 'undefined' && process.platform === 'linux' && process.arch === 'arm64';
}

/** The types that `<stddef.h>`, `<stdint.h>`, `<stdbool.h>`, `<uchar.h>` and `<sys/types.h>` define; a text may define each itself. */
export function standardNames(model: DataModel): Map<string, CType> {
  const names = new Map<string, CType>();
  for (const [bits, signed, unsigned] of [
    [8, 'b', 'B'],
    [16, 'h', 'H'],
    [32, 'i', 'I'],
    [64, 'q', 'Q'],
  ] as const) {
    for (const form of ['int', 'int_least']) {
      names.set(`${form}${bits}_t`, scalar(signed, bits / 8, 'signed'));
      names.set(`u${form}${bits}_t`, scalar(unsigned, bits / 8, 'unsigned'));
    }
  }
  for (const name of ['ptrdiff_t', 'intptr_t', 'ssize_t']) names.set(name, scalar('n', 8, 'signed'));
  for (const name of ['size_t', 'uintptr_t']) names.set(name, scalar('N', 8, 'unsigned'));
  names.set('int_fast8_t', scalar('b', 1, 'signed'));
  names.set('uint_fast8_t', scalar('B', 1, 'unsigned'));
  for (const name of ['int_fast64_t', 'intmax_t']) names.set(name, scalar('q', 8, 'signed'));
  for (const name of ['uint_fast64_t', 'uintmax_t']) names.set(name, scalar('Q', 8, 'unsigned'));
  names.set('wchar_t', scalar(model.wchar === 4 ? 'w' : 'u', model.wchar, 'signed'));
  names.set('char8_t', scalar('B', 1, 'unsigned'));
  names.set('char16_t', scalar('u', 2, 'unsigned'));
  names.set('char32_t', scalar('w', 4, 'unsigned'));
  names.set('bool', scalar('?', 1, 'unsigned'));
  names.set('va_list', incomplete('"va_list"'));
  names.set('__builtin_va_list', incomplete('"va_list"'));
  return names;
}
