/** A map of arrays that are read on access, so that an unreadable one does not affect the others. */
import { inspect } from 'node:util';
import { define, readFunction } from '../arguments.js';
import type { MemoryView } from '../view/memory-view.js';

/** The result of a Map's own iterators, whose type TypeScript names in another way before 5.6. */
type Iterated<K extends 'keys' | 'values' | 'entries'> = ReturnType<Map<string, MemoryView>[K]>;

/** Adds a name whose array is opened later. It is no method, so that no other code can register a function. @internal */
export let addLater: (arrays: LazyArrays, name: string, open: () => MemoryView) => void;

/** Arrays by name, each opened when it is first asked for. */
export class LazyArrays extends Map<string, MemoryView> {
  readonly #open = new Map<string, () => MemoryView>();

  override get size(): number {
    return this.#open.size;
  }

  /**
   * Whether there is an array of that name; opens none.
   *
   * @param name - of the array
   */
  override has(name: string): boolean {
    return this.#open.has(name);
  }

  /**
   * The array of that name, opened at the first call.
   *
   * @param name - of the array
   */
  override get(name: string): MemoryView | undefined {
    const opened = super.get(name) ?? this.#open.get(name)?.();
    if (opened !== undefined) super.set(name, opened);
    return opened;
  }

  /**
   * Puts a view under a name.
   *
   * @param name - of the array
   * @param view - the new value
   */
  override set(name: string, view: MemoryView): this {
    if (!this.#open.has(name)) this.#open.set(name, () => view);
    return super.set(name, view);
  }

  /**
   * The array of that name, opened if need be; puts `view` there if there is none. The engine's own method (Node 26) would not see arrays
   * that are still to be opened.
   *
   * @param name - of the array
   * @param view - the new value
   */
  getOrInsert(name: string, view: MemoryView): MemoryView {
    return this.getOrInsertComputed(name, () => view);
  }

  /**
   * The array of that name, opened if need be; stores the result of `make` if there is none.
   *
   * @param name - of the array
   * @param make - gets the name
   * @throws TypeError `ERR_INVALID_ARG` if `make` is no function
   */
  getOrInsertComputed(name: string, make: (name: string) => MemoryView): MemoryView {
    readFunction('getOrInsertComputed', make);
    if (this.has(name)) return this.get(name)!;
    const made = make(name);
    this.set(name, made);
    return made;
  }

  /**
   * Removes a name; the archive stays as it is.
   *
   * @param name - of the array
   */
  override delete(name: string): boolean {
    super.delete(name);
    return this.#open.delete(name);
  }

  override clear(): void {
    super.clear();
    this.#open.clear();
  }

  override keys(): Iterated<'keys'> {
    return this.#open.keys();
  }

  override *values(): Iterated<'values'> {
    for (const name of this.#open.keys()) yield this.get(name)!;
  }

  override *entries(): Iterated<'entries'> {
    for (const name of this.#open.keys()) yield [name, this.get(name)!];
  }

  /** The same as `entries`: names and arrays, each opened when its turn comes. */
  override [Symbol.iterator](): Iterated<'entries'> {
    return this.entries();
  }

  /**
   * Calls a function with each array, opened when its turn comes.
   *
   * @param call - gets the view, its name and this map
   * @param self - its `this`
   */
  override forEach(
    call: (view: MemoryView, name: string, map: Map<string, MemoryView>) => void,
    self?: unknown,
  ): void {
    readFunction('forEach', call);
    for (const [name, view] of this.entries()) Reflect.apply(call, self, [view, name, this]);
  }

  static {
    addLater = (arrays, name, open) => {
      arrays.#open.set(name, open);
    };
    define(LazyArrays.prototype, inspect.custom, {
      value(this: LazyArrays): unknown {
        return new Map(
          [...this.#open.keys()].map((name) => [name, Map.prototype.get.call(this, name) ?? UNREAD]),
        );
      },
    });
  }
}

const UNREAD = { [inspect.custom]: (): string => '<not read yet>' };
