/**
 * Keeps the engine from moving or cloning native memory without its owner: `transfer` and `resize` of the ArrayBuffer throw, and so do
 * `structuredClone` and `postMessage` of the memory's object.
 */
import { bare, define } from '../arguments.js';
import { typeError } from '../errors.js';

function refuses(name: string): PropertyDescriptor {
  const value = (): never => {
    const remedy =
      'use share() to hand native memory to another thread, copy() to get memory of another size';
    throw typeError(
      'ERR_UNSUPPORTED',
      `${name}: the ArrayBuffer is native memory, which can't move; ${remedy}`,
    );
  };
  define(value, 'name', { value: name });
  return bare({ value, writable: true, configurable: true, enumerable: false });
}

/**
 * Stands between our ArrayBuffers and `ArrayBuffer.prototype`, and shadows what would move the memory away from its owner. As
 * a prototype it costs 60 ns a buffer, as own properties 430.
 */
const prototype: object = Object.create(
  ArrayBuffer.prototype,
  bare({
    transfer: refuses('transfer'),
    transferToFixedLength: refuses('transferToFixedLength'),
    transferToImmutable: refuses('transferToImmutable'),
    resize: refuses('resize'),
  }),
);

/** Has the methods of an ArrayBuffer that would move its memory throw. */
export function unmovable(buffer: ArrayBuffer): ArrayBuffer {
  return Object.setPrototypeOf(buffer, prototype) as ArrayBuffer;
}

let markUncloneable: unknown = null;

/** Not every runtime has it. Asked for at the first memory, because `node:worker_threads` takes 1.5 ms to load. */
function cloningMark(): unknown {
  if (markUncloneable === null) {
    const workerThreads: unknown = process.getBuiltinModule('node:worker_threads');
    markUncloneable = Reflect.get(Object(workerThreads), 'markAsUncloneable');
  }
  return markUncloneable;
}

/** Has `structuredClone` and `postMessage` refuse an object, of which they would make `{}`. */
export function refuseCloning(object: object): void {
  const mark = cloningMark();
  if (typeof mark === 'function') mark(object);
}
