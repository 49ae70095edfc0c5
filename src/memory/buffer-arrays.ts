/**
 * The engine's arrays over one whole buffer. Made once for each kind, and shared by all regions of the buffer: a slab of an arena has many.
 */
import type { TypedArrayKind } from '../format/typed-array.js';

/** Array objects over numbers or bigints. */
export type Items = InstanceType<TypedArrayKind['constructor']>;

/** Whether a buffer of no bytes was detached: `detached` is Node 21's, and making an array throws everywhere. */
export function isEmptyDetached(buffer: ArrayBuffer): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** All arrays over one buffer. */
export class BufferArrays {
  readonly #buffer: ArrayBuffer | SharedArrayBuffer;
  readonly #resizable: boolean;
  #items: Map<TypedArrayKind, Items | null> | null = null;
  #data: DataView | null = null;

  constructor(buffer: ArrayBuffer | SharedArrayBuffer, resizable: boolean) {
    this.#buffer = buffer;
    this.#resizable = resizable;
  }

  /** The buffer for access at any byte. */
  get data(): DataView {
    this.#data ??= new DataView(this.#buffer);
    return this.#data;
  }

  /** One typed array over the buffer; null where the engine can't make one that long. @throws TypeError of the engine's for a detached buffer */
  items(kind: TypedArrayKind): Items | null {
    this.#items ??= new Map();
    const known = this.#items.get(kind);
    if (known !== undefined) return known;
    let made: Items | null = null;
    try {
      // A resizable buffer's array follows its length; a fixed one may end in the middle of an item.
      made = this.#resizable
        ? new kind.constructor(this.#buffer)
        : new kind.constructor(this.#buffer, 0, Math.floor(this.#buffer.byteLength / kind.bytes));
    } catch (error) {
      // Node 20 has no typed arrays of more than 2^32 items; such a view reads through its DataView.
      if (!(error instanceof RangeError)) throw error;
    }
    this.#items.set(kind, made);
    return made;
  }
}
