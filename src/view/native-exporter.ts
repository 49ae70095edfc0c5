/**
 * The library's side of the protocol between addons: MemoryView, NativeMemory and PyBuffer carry an exporter for native code under
 * `Symbol.for('memoryview.exporter.v1')`, if the memory can be pinned. Otherwise they describe themselves under
 * `Symbol.for('memoryview.borrowed.v1')`: the engine's memory, which is valid for one native call.
 */
import { define } from '../arguments.js';
import { typeError } from '../errors.js';
import { formatForC } from '../format/c-long.js';
import { EXPORTER } from '../memory/adopted.js';
import { exportMemory } from '../memory/exported.js';
import { hasExternal, noExternal } from '../memory/external.js';
import { isEngineMemory, isNativeMemory, NativeMemory } from '../memory/native-memory.js';
import { spanOf } from '../span/offer.js';
import { checkLive, type Span } from '../span/span.js';
import { isMemoryView, MemoryView } from './memory-view.js';
import { isPyBuffer, PyBuffer } from './py-buffer.js';

const BORROWED = Symbol.for('memoryview.borrowed.v1');

/** One external an object: making one costs ten times as much as an acquire. */
const externals = new WeakMap<object, object>();

function directSpan(owner: object): Span {
  const span = spanOf('exporter', owner);
  checkLive('exporter', span);
  if (span.indirect !== null) {
    const expected = 'expected one block of memory; copy() it';
    throw typeError('ERR_NOT_CONTIGUOUS', `exporter: the view is indirect (suboffsets), ${expected}`);
  }
  return span;
}

/**
 * Throws where no memory can be handed to native code for longer than a call.
 *
 * @throws TypeError `ERR_UNSUPPORTED`
 * @internal
 */
export function requireNativeMemory(subject: string): void {
  if (hasExternal) return;
  const so = "all memory is the engine's own and can't be pinned";
  throw noExternal(
    subject,
    so,
    'have the native code copy what it is lent, a TypedArray or a view, in one call',
  );
}

function sizesOf({ layout }: Span): Float64Array {
  return new Float64Array([...layout.shape, ...layout.strides]);
}

function externalOf(owner: object): object | undefined {
  const span = directSpan(owner);
  const { region, format, layout, readonly } = span;
  if (region.memory === null || isEngineMemory(region.memory)) return undefined;
  const known = externals.get(owner);
  if (known !== undefined) return known;
  const { itemsize, text } = format;
  const made = exportMemory(
    region.memory,
    layout.offset - region.origin,
    itemsize,
    formatForC(text),
    readonly,
    sizesOf(span),
  );
  externals.set(owner, made);
  return made;
}

function borrowedOf(owner: object): readonly unknown[] | undefined {
  const span = directSpan(owner);
  const { region, format, layout, readonly } = span;
  if (region.memory !== null && !isEngineMemory(region.memory)) return undefined;
  const { offset } = layout;
  return [
    new Uint8Array(region.buffer),
    offset,
    format.itemsize,
    formatForC(format.text),
    readonly,
    sizesOf(span),
  ];
}

function carry(prototype: object, isOwner: (value: object) => boolean): void {
  const getter = (of: (owner: object) => unknown): PropertyDescriptor => ({
    get(this: unknown): unknown {
      // The prototype itself, and objects that inherit from an owner, offer nothing.
      return typeof this === 'object' && this !== null && isOwner(this) ? of(this) : undefined;
    },
    configurable: true,
    enumerable: false,
  });
  define(prototype, EXPORTER, getter(externalOf));
  define(prototype, BORROWED, getter(borrowedOf));
}

carry(MemoryView.prototype, isMemoryView);
carry(NativeMemory.prototype, isNativeMemory);
carry(PyBuffer.prototype, isPyBuffer);
