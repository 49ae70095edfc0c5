/**
 * C types with their sizes, alignments and offsets, in bytes, by the rules of GCC and Clang for a data model. Knows no text
 * and no format string.
 */
import { shown } from '../../errors.js';
import { alignedUp } from '../format.js';
import { Refusal, type SourcePosition } from './refusal.js';

/** The sizes that differ between 64-bit platforms. */
export interface DataModel {
  /** Bytes of `long`: 8 on Unix (LP64), 4 on Windows (LLP64). */
  readonly long: 4 | 8;
  /** Bytes of `wchar_t`. */
  readonly wchar: 2 | 4;
  /** Bytes of `long double`. */
  readonly longDouble: 8 | 16;
  /** Whether an enum of small values is unsigned, as GCC and Clang make it on Unix. */
  readonly unsignedEnums: boolean;
}

/** Unix with a `long double` of 16 bytes. */
const LP64: DataModel = Object.freeze({ long: 8, wchar: 4, longDouble: 16, unsignedEnums: true });
/** Windows. */
export const LLP64: DataModel = Object.freeze({ long: 4, wchar: 2, longDouble: 8, unsignedEnums: false });

/** The model of the platform that runs this. */
export function hostModel(): DataModel {
  if (typeof process === 'undefined') return LP64;
  if (process.platform === 'win32') return LLP64;
  return process.platform === 'darwin' && process.arch === 'arm64' ? { ...LP64, longDouble: 8 } : LP64;
}

/** One value, whose format code is known. */
export interface ScalarType {
  readonly kind: 'scalar';
  /** A code under `@`, or `16s` for a type that can be carried only as bytes. */
  readonly code: string;
  readonly size: number;
  readonly align: number;
  /** Set for integers, for casts and constants. */
  readonly integer: { readonly bits: 32 | 64; readonly width: number; readonly unsigned: boolean } | null;
}

/** An array; `length` 0 stands for a flexible one too. */
export interface ArrayType {
  readonly kind: 'array';
  readonly element: CType;
  readonly length: number;
  readonly size: number;
  readonly align: number;
}

/** A struct with its members laid out; those of anonymous structs are among them. */
export interface StructType {
  readonly kind: 'struct';
  /** How errors name it: `struct "point"`. */
  readonly title: string;
  readonly members: readonly Member[];
  readonly size: number;
  readonly align: number;
}

/** A member of a struct. */
export interface Member {
  readonly name: string;
  readonly type: CType;
  readonly offset: number;
}

/** A type that has no format, but perhaps a size. */
export interface RefusedType {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  /** Bytes; null where they are not known. */
  readonly size: number | null;
  readonly align: number;
}

/** A type without values: `void`, a function, or a struct that is declared but not defined. */
export interface IncompleteType {
  readonly kind: 'incomplete';
  /** How errors name it. */
  readonly title: string;
  readonly isFunction: boolean;
}

/** A C type. */
export type CType = ScalarType | ArrayType | StructType | RefusedType | IncompleteType;

/** Alignment that the declaration asks for. */
export interface Asked {
  /** Bytes of `aligned(n)`; 0 without one. */
  readonly align: number;
  readonly packed: boolean;
}

/** A member as declared, before its offset is known. */
export interface Declared {
  /** Null for an anonymous struct. */
  readonly name: string | null;
  readonly type: CType;
  readonly asked: Asked;
  readonly position: SourcePosition;
}

/** Makes a scalar type. */
export function scalar(code: string, size: number, integer: 'signed' | 'unsigned' | null = null): ScalarType {
  const bits = size > 4 ? 64 : 32;
  return {
    kind: 'scalar',
    code,
    size,
    align: code === 'Zf' || code === 'Zd' || code === 'Zg' ? size / 2 : size,
    integer: integer === null ? null : { bits, width: size * 8, unsigned: integer === 'unsigned' },
  };
}

/** The type of every pointer. */
export const POINTER: ScalarType = scalar('P', 8);

/** Makes an incomplete type. */
export function incomplete(title: string, isFunction = false): IncompleteType {
  return { kind: 'incomplete', title, isFunction };
}

/** Makes a type without a format. */
export function refusedType(
  position: SourcePosition,
  reason: string,
  size: number | null = null,
  align = 1,
): RefusedType {
  return { kind: 'refused', refusal: new Refusal(position, reason), size, align };
}

/** Bytes of a type; null where it has no size, or none that is known. */
export function sizeOf(type: CType): number | null {
  return type.kind === 'incomplete' ? null : type.size;
}

/** Bytes to which a type is aligned. */
export function alignOf(type: CType): number {
  return type.kind === 'incomplete' ? 1 : type.align;
}

/** The same type with another alignment, as `aligned(n)` on a typedef gives it. Its size stays. */
export function withAlign(type: CType, align: number): CType {
  return type.kind === 'incomplete' || align === 0 ? type : { ...type, align };
}

/**
 * An array of a type.
 *
 * @param length - elements; 0 for a flexible one
 * @returns a string with the fault, if C has no such array
 */
export function arrayType(element: CType, length: number, position: SourcePosition): CType | string {
  if (element.kind === 'incomplete') return `has an array of ${element.title}, which has no size`;
  const size = element.size === null ? null : element.size * length;
  if (size !== null && size > Number.MAX_SAFE_INTEGER) return 'has a size beyond 2^53 bytes';
  if (element.size !== null && element.size % element.align !== 0) {
    return `has an array whose elements have ${element.size} bytes, but are aligned to ${element.align}`;
  }
  if (element.kind === 'refused') {
    return { kind: 'refused', refusal: element.refusal, size, align: element.align };
  }
  if (dimensionsOf(element) >= 64) return refusedType(position, 'has an array of more than 64 dimensions');
  return { kind: 'array', element, length, size: size ?? 0, align: element.align };
}

function dimensionsOf(type: CType): number {
  let dims = 0;
  for (let at = type; at.kind === 'array'; at = at.element) dims++;
  return dims;
}

/**
 * Lays out a struct.
 *
 * @param title - how errors name it
 * @param declared - its members in their order
 * @param asked - of the struct itself
 * @param most - the alignment that `#pragma pack` allows a member; 0 for any
 * @returns the struct, or a refused type where a member has no format or no known size; a string where C has no such struct
 */
export function structType(
  title: string,
  declared: readonly Declared[],
  asked: Asked,
  most: number,
): StructType | RefusedType | string {
  const members: Member[] = [];
  const names = new Set<string>();
  let offset = 0;
  let align = 1;
  let refusal: Refusal | null = null;
  let sized = true;
  for (const { name, type, asked: own, position } of declared) {
    if (type.kind === 'incomplete')
      return `has the member ${shown(name)} of ${type.title}, which has no size`;
    const natural = asked.packed || own.packed ? 1 : type.align;
    const wanted = Math.max(natural, own.align);
    const memberAlign = most === 0 ? wanted : Math.min(wanted, most);
    offset = alignedUp(offset, memberAlign);
    align = Math.max(align, memberAlign);
    if (type.kind === 'refused') {
      const what = name === null ? 'an anonymous member' : shown(name);
      refusal ??= new Refusal(position, `has ${title}, in which ${what} has no format`, type.refusal);
      sized &&= type.size !== null;
    } else if (name === null && type.kind === 'struct') {
      for (const inner of type.members) {
        if (names.has(inner.name)) return `has two members named ${shown(inner.name)}`;
        names.add(inner.name);
        members.push({ ...inner, offset: offset + inner.offset });
      }
    } else if (name !== null) {
      members.push({ name, type, offset });
    }
    if (name !== null) {
      if (names.has(name)) return `has two members named ${shown(name)}`;
      names.add(name);
    }
    offset += type.size ?? 0;
    if (offset > Number.MAX_SAFE_INTEGER / 2) return 'has a size beyond 2^53 bytes';
  }
  align = Math.max(align, asked.align);
  const size = alignedUp(offset, align);
  if (refusal !== null) return { kind: 'refused', refusal, size: sized ? size : null, align };
  return { kind: 'struct', title, members, size, align };
}

/** Bytes and alignment of a union, which has no format. */
export function unionType(
  title: string,
  declared: readonly Declared[],
  asked: Asked,
  most: number,
  position: SourcePosition,
): RefusedType {
  let size = 0;
  let align = Math.max(1, asked.align);
  let sized = true;
  for (const { type, asked: own } of declared) {
    const wanted = Math.max(asked.packed || own.packed ? 1 : alignOf(type), own.align);
    align = Math.max(align, most === 0 ? wanted : Math.min(wanted, most));
    const bytes = sizeOf(type);
    if (bytes === null) sized = false;
    else size = Math.max(size, bytes);
  }
  const reason = `has ${title}, whose members share an offset, which no format can say; declare the member that you use, or bytes`;
  return refusedType(position, reason, sized ? alignedUp(size, align) : null, align);
}
