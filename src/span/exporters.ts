/**
 * The registry of classes that offer memory, and the engine's own getters for the place of an array's bytes. Both are filled while the
 * library loads; offer.ts reads them, and is loaded with the first view.
 */
import type { Span } from './span.js';

/** Returns the span that an object of a class offers, or null for an object of another class. */
type Offer = (value: object) => Span | null;
/** The functions that classes of exporters have registered. */
export const offers: Offer[] = [];

/** Adds a class of exporters: `offer` returns a span, or null for a value that is not of its class. */
export function registerOffer(offer: Offer): void {
  offers.push(offer);
}

/** How objects of other libraries' classes offer their memory, by the prototype of the class. */
export const adapters: WeakMap<object, (object: object) => unknown> = new WeakMap();

/**
 * Adds a class of another library: `adapter` returns an exporter for an object of it. A class that inherits from it may have one of its own.
 *
 * @param prototype - that objects of the class inherit from
 */
export function registerAdapter(prototype: object, adapter: (object: object) => unknown): void {
  adapters.set(prototype, adapter);
}

/** Adapters that recognize objects of other libraries by their shape; they are asked last. */
export const shapes: ((object: object) => unknown)[] = [];

/** Adds an adapter that recognizes exporters by their shape: `adapter` returns an exporter, or null for an object of another shape. */
export function registerShape(adapter: (object: object) => unknown): void {
  shapes.push(adapter);
}

/** Where an engine array's bytes are. */
export type Slots = { buffer: ArrayBuffer | SharedArrayBuffer; byteOffset: number; byteLength: number };

/** The engine's own getters, since an array's own properties may have been redefined. */
function slotsOf(prototype: object): (array: ArrayBufferView) => Slots {
  const getter = (name: string): ((this: unknown) => unknown) => {
    const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
    if (get === undefined) throw new Error(`the engine has no getter for ${name}`);
    return get;
  };
  const [buffer, byteOffset, byteLength] = ['buffer', 'byteOffset', 'byteLength'].map(getter);
  return (array) => ({
    buffer: Reflect.apply(buffer!, array, []) as ArrayBuffer | SharedArrayBuffer,
    byteOffset: Reflect.apply(byteOffset!, array, []) as number,
    byteLength: Reflect.apply(byteLength!, array, []) as number,
  });
}

export const typedArraySlots: (array: ArrayBufferView) => Slots = slotsOf(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
);
export const dataViewSlots: (array: ArrayBufferView) => Slots = slotsOf(DataView.prototype);

/** Throws for an array that is detached or out of bounds, as all of its methods do; its getters return 0 then. */
export const keysOf: () => unknown = Uint8Array.prototype.keys;

/** Not every runtime has WebAssembly, nor every `lib` its types. */
function wasmGetter(): (() => unknown) | undefined {
  const namespace: unknown = Reflect.get(globalThis, 'WebAssembly');
  if (typeof namespace !== 'object' || namespace === null) return undefined;
  const { prototype } = Reflect.get(namespace, 'Memory') as { prototype: object };
  return Object.getOwnPropertyDescriptor(prototype, 'buffer')?.get;
}

export const wasmBufferGetter: (() => unknown) | undefined = wasmGetter();
