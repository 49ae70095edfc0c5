/**
 * The names that a C text declares: typedefs, tags and enumerators, with C's rules about declaring one twice.
 */
import { shown } from '../../errors.js';
import { standardNames } from './base-types.js';
import { type Constant, constantOf } from './constant.js';
import { type Refusal, type SourcePosition, unreadable } from './refusal.js';
import { type CType, type DataModel, incomplete } from './type.js';

/** One name that the text declares. */
export type Meaning =
  | { readonly kind: 'type'; readonly type: CType }
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Declared names, in two spaces as in C: tags, and all the others. */
export class Scope {
  readonly model: DataModel;
  readonly #standard: ReadonlyMap<string, CType>;
  readonly #tags = new Map<string, CType>();
  readonly #ordinary = new Map<string, Meaning>();
  /** Typedef names of a struct that is not defined yet; its definition completes them. */
  readonly #waiting = new Map<CType, string[]>();
  readonly #tagged = new Set<CType>();

  constructor(model: DataModel) {
    this.model = model;
    this.#standard = standardNames(model);
  }

  /** The names other than tags. */
  get ordinary(): ReadonlyMap<string, Meaning> {
    return this.#ordinary;
  }

  /** The tags, each under its keyword: `struct point`. */
  get tags(): ReadonlyMap<string, CType> {
    return this.#tags;
  }

  /** The type that a typedef name stands for; undefined for any other name. */
  typeNamed(name: string): CType | undefined {
    const known = this.#ordinary.get(name);
    if (known?.kind === 'type') return known.type;
    if (known?.kind === 'refused') return { kind: 'refused', refusal: known.refusal, size: null, align: 1 };
    return known === undefined ? this.#standard.get(name) : undefined;
  }

  enumerator(name: string): Constant | undefined {
    const known = this.#ordinary.get(name);
    return known?.kind === 'constant' ? known.constant : undefined;
  }

  /** The type of a tag; incomplete while the text has not defined it. */
  tagged(keyword: string, tag: string): CType {
    const key = `${keyword} ${tag}`;
    const known = this.#tags.get(key);
    if (known !== undefined) return known;
    const type = incomplete(`${keyword} ${shown(tag)}`);
    this.#tags.set(key, type);
    return type;
  }

  defineTag(keyword: string, tag: string, type: CType, position: SourcePosition): void {
    const key = `${keyword} ${tag}`;
    const known = this.#tags.get(key);
    if (known !== undefined && known.kind !== 'incomplete') {
      throw unreadable(position, `defines ${keyword} ${shown(tag)} twice`);
    }
    this.#tags.delete(key);
    this.#tags.set(key, type);
    this.#tagged.add(type);
    const before = known === undefined ? undefined : this.#waiting.get(known);
    for (const name of before ?? []) this.#ordinary.set(name, { kind: 'type', type });
  }

  /** Whether a type was defined under a tag. */
  isTagged(type: CType): boolean {
    return this.#tagged.has(type);
  }

  defineType(name: string, type: CType, position: SourcePosition): void {
    const known = this.#ordinary.get(name);
    if (known !== undefined && !(known.kind === 'type' && sameType(known.type, type))) {
      throw unreadable(position, `defines ${shown(name)} twice`);
    }
    this.#ordinary.set(name, { kind: 'type', type });
    if (type.kind !== 'incomplete') return;
    const waiting = this.#waiting.get(type);
    if (waiting === undefined) this.#waiting.set(type, [name]);
    else waiting.push(name);
  }

  defineConstant(name: string, value: bigint, position: SourcePosition): Constant {
    if (this.#ordinary.has(name)) throw unreadable(position, `defines ${shown(name)} twice`);
    const constant = constantOf(value);
    this.#ordinary.set(name, { kind: 'constant', constant });
    return constant;
  }

  /** Keeps the reason why a name has no meaning here, unless it has one. */
  refuse(name: string, refusal: Refusal): void {
    if (!this.#ordinary.has(name)) this.#ordinary.set(name, { kind: 'refused', refusal });
  }
}

/** Whether two types have the same layout, which is all that a repeated typedef is checked for. */
function sameType(a: CType, b: CType): boolean {
  if (a === b) return true;
  if (a.kind === 'scalar' && b.kind === 'scalar') return a.code === b.code && a.align === b.align;
  if (a.kind === 'array' && b.kind === 'array')
    return a.length === b.length && sameType(a.element, b.element);
  return a.kind === 'incomplete' && b.kind === 'incomplete' && a.title === b.title;
}
