/** Shared by the adapters: reads objects of other libraries by their shape, once, and checks them before any memory is read. */
import { readGuarded, readInteger, readList, readProperty } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { MAX_NDIM } from '../layout/layout.js';
import type { Exporter } from '../view/exporter.js';

/** Properties of an object, read once each. */
export function propertiesOf<K extends string>(
  subject: string,
  object: unknown,
  names: readonly K[],
): { readonly [P in K]: unknown } | null {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) return null;
  return readGuarded(subject, object, () => {
    const parts: { [P in K]?: unknown } = {};
    for (const name of names) parts[name] = readProperty(object, name);
    return parts as { readonly [P in K]: unknown };
  });
}

/** The error for an object that has another shape. */
export function otherShape(subject: string, object: unknown, expected: string): TypeError {
  return typeError('ERR_INVALID_ARG', `${subject}: ${shown(object)} given, expected ${expected}`);
}

/** Integers of a list, array or typed array. */
export function integersOf(subject: string, list: unknown, min: number): number[] {
  const given =
    ArrayBuffer.isView(list) && !(list instanceof DataView) ? Array.from(list as Int32Array) : list;
  return readList(subject, given, MAX_NDIM).map((value) => readInteger(subject, value, { min }));
}

/** The memory of a typed array, or of an array of @stdlib's over an ArrayBuffer, as complex numbers have it. */
export function elementsOf(subject: string, data: unknown): { exporter: Exporter; itemsize: number } | null {
  if (ArrayBuffer.isView(data)) {
    return { exporter: data, itemsize: 'BYTES_PER_ELEMENT' in data ? Number(data.BYTES_PER_ELEMENT) : 1 };
  }
  const parts = propertiesOf(subject, data, ['buffer', 'byteOffset', 'byteLength', 'BYTES_PER_ELEMENT']);
  if (parts === null || !(parts.buffer instanceof ArrayBuffer)) return null;
  const start = readInteger(`${subject}: byteOffset`, parts.byteOffset, { min: 0 });
  const length = readInteger(`${subject}: byteLength`, parts.byteLength, {
    min: 0,
    max: parts.buffer.byteLength - start,
  });
  return {
    exporter: new Uint8Array(parts.buffer, start, length),
    itemsize: readInteger(`${subject}: BYTES_PER_ELEMENT`, parts.BYTES_PER_ELEMENT, { min: 1 }),
  };
}
