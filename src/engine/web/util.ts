/**
 * The part of Node's `util` that the library uses, for runtimes without it. The build for browsers substitutes this file.
 */

const tagOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** The name of a typed array's class, by the engine's own getter; undefined for anything else. */
const typedArrayName = (value: unknown): unknown =>
  tagOf === undefined ? undefined : Reflect.apply(tagOf, value, []);

/** Whether the engine's own getter of a class takes the value: it refuses all objects of other classes. */
function isBranded(prototype: object | undefined, property: string): (value: unknown) => boolean {
  const getter = prototype && Object.getOwnPropertyDescriptor(prototype, property)?.get;
  return (value) => {
    if (getter === undefined || typeof value !== 'object' || value === null) return false;
    try {
      Reflect.apply(getter, value, []);
      return true;
    } catch {
      // The getter's check of its `this` is the only sure test.
      return false;
    }
  };
}

// Pages without cross-origin isolation have no SharedArrayBuffer.
const shared: unknown = Reflect.get(globalThis, 'SharedArrayBuffer');
const isArrayBuffer = isBranded(ArrayBuffer.prototype, 'byteLength');
const isSharedArrayBuffer = isBranded(
  typeof shared === 'function' ? (shared.prototype as object) : undefined,
  'byteLength',
);
const isTypedArray = (value: unknown): boolean =>
  ArrayBuffer.isView(value) && typedArrayName(value) !== undefined;
const is =
  (name: string) =>
  (value: unknown): boolean =>
    ArrayBuffer.isView(value) && typedArrayName(value) === name;

type TestName =
  | 'isProxy'
  | 'isArrayBuffer'
  | 'isSharedArrayBuffer'
  | 'isAnyArrayBuffer'
  | 'isTypedArray'
  | 'isDataView'
  | 'isInt8Array'
  | 'isUint8Array'
  | 'isUint8ClampedArray'
  | 'isInt16Array'
  | 'isUint16Array'
  | 'isInt32Array'
  | 'isUint32Array'
  | 'isFloat32Array'
  | 'isFloat64Array'
  | 'isBigInt64Array'
  | 'isBigUint64Array';

/** Whether the value is a revoked proxy. A live one can't be told from its target without Node. */
function isRevokedProxy(value: unknown): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

/** Node's `util.types`. */
export const types: Readonly<Record<TestName, (value: unknown) => boolean>> = {
  isProxy: isRevokedProxy,
  isArrayBuffer: isArrayBuffer,
  isSharedArrayBuffer: isSharedArrayBuffer,
  isAnyArrayBuffer: (value) => isArrayBuffer(value) || isSharedArrayBuffer(value),
  isTypedArray: isTypedArray,
  isDataView: (value) => ArrayBuffer.isView(value) && !isTypedArray(value),
  isInt8Array: is('Int8Array'),
  isUint8Array: is('Uint8Array'),
  isUint8ClampedArray: is('Uint8ClampedArray'),
  isInt16Array: is('Int16Array'),
  isUint16Array: is('Uint16Array'),
  isInt32Array: is('Int32Array'),
  isUint32Array: is('Uint32Array'),
  isFloat32Array: is('Float32Array'),
  isFloat64Array: is('Float64Array'),
  isBigInt64Array: is('BigInt64Array'),
  isBigUint64Array: is('BigUint64Array'),
};

/** Node's `util.inspect`, as far as the library's own objects need it: they print themselves under the registered symbol. */
export const inspect: ((value: unknown) => string) & { readonly custom: symbol } = Object.assign(
  (value: unknown): string => {
    const own: unknown =
      typeof value === 'object' && value !== null
        ? Reflect.get(value, Symbol.for('nodejs.util.inspect.custom'))
        : null;
    if (typeof own === 'function') return String(Reflect.apply(own, value, [2, {}, inspect]));
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  },
  { custom: Symbol.for('nodejs.util.inspect.custom') },
);

/** No system, no errors of it. */
export function getSystemErrorMap(): ReadonlyMap<number, readonly [string, string]> {
  return new Map();
}
