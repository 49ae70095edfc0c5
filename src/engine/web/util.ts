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

/** Whether the engine's own getter of a class accepts the value: it throws for objects of other classes. */
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
/** Whether the value is a revoked proxy. A live one can't be told from its target without Node. */
function isRevokedProxy(value: unknown): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

type Test = (value: unknown) => boolean;

const NUMBERS = [
  'Int8',
  'Uint8',
  'Uint8Clamped',
  'Int16',
  'Uint16',
  'Int32',
  'Uint32',
  'Float32',
  'Float64',
  'BigInt64',
  'BigUint64',
] as const;

/** `isInt8Array` and its like. */
const testsOfClasses = Object.fromEntries(
  NUMBERS.map((name): [string, Test] => [
    `is${name}Array`,
    (value) => ArrayBuffer.isView(value) && typedArrayName(value) === `${name}Array`,
  ]),
) as Record<`is${(typeof NUMBERS)[number]}Array`, Test>;

/** Node's `util.types`. */
export const types: typeof testsOfClasses &
  Readonly<
    Record<
      | 'isProxy'
      | 'isArrayBuffer'
      | 'isSharedArrayBuffer'
      | 'isAnyArrayBuffer'
      | 'isTypedArray'
      | 'isDataView',
      Test
    >
  > = {
  ...testsOfClasses,
  isProxy: isRevokedProxy,
  isArrayBuffer: isArrayBuffer,
  isSharedArrayBuffer: isSharedArrayBuffer,
  isAnyArrayBuffer: (value) => isArrayBuffer(value) || isSharedArrayBuffer(value),
  isTypedArray: isTypedArray,
  isDataView: (value) => ArrayBuffer.isView(value) && !isTypedArray(value),
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

/** Without the system there are no errors of the system. */
export function getSystemErrorMap(): ReadonlyMap<number, readonly [string, string]> {
  return new Map();
}
