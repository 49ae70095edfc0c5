/**
 * C types to format strings. Offsets decide: if `T{…}` under `@` has less padding than the layout, padding is written
 * out. If it has more (packed structs), the record is written under `^`, which has none.
 */
import { alignedUp, CODE_WIDTHS, type ScalarCode } from '../format.js';
import { alignOf, type CType, type StructType } from './type.js';

/** A type as a part of a format. */
interface WrittenType {
  /** `(2,3)`, or nothing. */
  readonly shape: string;
  /** What follows shape and mark: a count and a code, or `T{…}`. */
  readonly code: string;
  /** Bytes to which the parser aligns it under `@`. */
  readonly align: number;
  /** Whether it has a meaning under this order only; null for a code that means the same under both. */
  readonly order: '@' | '^' | null;
  /** Whether `@` is in force after it, where it came under `@`. */
  readonly endsAligned: boolean;
}

// Longer than any struct of use; nested structs repeat their text, so that n structs could take 2^n characters.
const MAX_LENGTH = 1 << 20;

/** Writes formats, and remembers what each struct became. */
export class FormatWriter {
  readonly #aligned = new Map<StructType, WrittenType | null>();
  readonly #packed = new Map<StructType, WrittenType>();
  #budget: number;

  /** @param budget - characters of all formats together */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /**
   * The format of a type.
   *
   * @returns null where it would be longer than a format may be
   */
  textOf(type: CType): string | null {
    let written = this.#written(type, '@');
    if (written === null || written.align > alignOf(type)) written = this.#written(type, '^');
    if (written === null) return null;
    const text = written.shape + (written.order === '^' ? '^' : '') + written.code;
    this.#budget -= text.length;
    return text.length > MAX_LENGTH || this.#budget < 0 ? null : text;
  }

  /** Null where the type can't be written under this order, or not within the limits. */
  #written(type: CType, order: '@' | '^'): WrittenType | null {
    const dims: number[] = [];
    let element = type;
    while (element.kind === 'array') {
      dims.push(element.length);
      element = element.element;
    }
    if (element.kind === 'struct') {
      const struct = order === '@' ? this.#alignedStruct(element) : this.#packedStruct(element);
      return struct === null ? null : { ...struct, shape: shapeText(dims) };
    }
    if (element.kind !== 'scalar') return null;
    // The last dimension of characters is the length of a text.
    const length = dims.length > 0 && /^[cuw]$/.test(element.code) ? dims.pop()! : null;
    const code = length === null ? element.code : `${length}${element.code === 'c' ? 's' : element.code}`;
    const align = CODE_WIDTHS.get(code.replace(/^\d+/, '') as ScalarCode)?.align ?? 1;
    return order === '@'
      ? { shape: shapeText(dims), code, align, order: null, endsAligned: true }
      : { shape: shapeText(dims), code, align: 1, order: '^', endsAligned: false };
  }

  /** A struct whose alignment the parser works out; null where that gives other offsets. */
  #alignedStruct(struct: StructType): WrittenType | null {
    const known = this.#aligned.get(struct);
    if (known !== undefined) return known;
    const written = this.#withAlignment(struct);
    this.#aligned.set(struct, written);
    return written;
  }

  #withAlignment(struct: StructType): WrittenType | null {
    let text = '';
    let at = 0;
    let align = 1;
    let order: '@' | '^' = '@';
    for (const { name, type, offset } of struct.members) {
      let part = this.#written(type, '@');
      // Under `^` a part has the alignment 1 for the parser. A struct that is packed all through stands under one mark.
      if (part === null || offset % part.align !== 0) part = this.#written(type, '^');
      if (part === null || (part.order === '^' && struct.align === 1)) return null;
      const next: '@' | '^' = part.order === '^' ? '^' : '@';
      const counts = next === '@' && part.endsAligned;
      if (counts && offset % part.align !== 0) return null;
      const simulated = counts ? alignedUp(at, part.align) : at;
      if (simulated !== offset) text += `${offset - at}x`;
      const mark = next === order ? '' : next;
      text += `${part.shape}${mark}${part.code}:${name}:`;
      if (text.length > MAX_LENGTH) return null;
      order = counts ? '@' : '^';
      if (counts) align = Math.max(align, part.align);
      at = offset + sizeOfType(type);
    }
    if (order === '^' || alignedUp(at, align) !== struct.size) {
      if (struct.size !== at) text += `${struct.size - at}x`;
      if (order === '@' && struct.size % align !== 0) return null;
    }
    // A format must not claim more alignment than the struct has.
    if (align > struct.align) return null;
    return { shape: '', code: `T{${text}}`, align, order: '@', endsAligned: order === '@' };
  }

  /** A struct all of whose padding is written out. */
  #packedStruct(struct: StructType): WrittenType | null {
    const known = this.#packed.get(struct);
    if (known !== undefined) return known;
    let text = '';
    let at = 0;
    for (const { name, type, offset } of struct.members) {
      const part = this.#written(type, '^');
      if (part === null) return null;
      if (offset !== at) text += `${offset - at}x`;
      text += `${part.shape}${part.code}:${name}:`;
      if (text.length > MAX_LENGTH) return null;
      at = offset + sizeOfType(type);
    }
    if (struct.size !== at) text += `${struct.size - at}x`;
    const written: WrittenType = { shape: '', code: `T{${text}}`, align: 1, order: '^', endsAligned: false };
    this.#packed.set(struct, written);
    return written;
  }
}

function sizeOfType(type: CType): number {
  return type.kind === 'incomplete' ? 0 : (type.size ?? 0);
}

function shapeText(dims: readonly number[]): string {
  return dims.length === 0 ? '' : `(${dims.join(',')})`;
}
