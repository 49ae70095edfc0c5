/**
 * Adds the methods that make views to classes of other files: the owners on the floor below, which know no views, and
 * MemoryView itself. Importing them from here installs those methods.
 */
import { define, readString } from '../arguments.js';
import { rangeError, shown } from '../errors.js';
import type { FormatText } from '../format/element.js';
import { Arena } from '../memory/arena.js';
import '../memory/lending.js';
import { NativeMemory } from '../memory/native-memory.js';
import { indirectSpan } from '../span/indirect.js';
import { spanOf } from '../span/offer.js';
import type { FormatOf, LayoutOptions } from './factory.js';
import { createView, MemoryView } from './memory-view.js';
import './native-exporter.js';
import './no-array.js';
import type { Span } from '../span/span.js';
import { arrayFrom, blankFrom, type NewOptions, structFrom } from './new-memory.js';
import { laidOver } from './retype.js';

export { Arena, MemoryView, NativeMemory };

declare module './memory-view.js' {
  namespace MemoryView {
    /**
     * Looks at rows that lie apart as at one view with a pointer dimension (PEP 3118 suboffsets, as PIL has them).
     *
     * @param rows - exporters of one format, shape and strides, one a row
     * @param layout - laid over each row first
     * @throws RangeError `ERR_SHAPE`; TypeError `ERR_INVALID_ARG`; BufferError `ERR_RELEASED`
     * @example MemoryView.indirect([new Float32Array(640), new Float32Array(640)]).get(1, 3)
     */
    function indirect<F extends string = string>(
      rows: readonly unknown[],
      layout?: LayoutOptions<F>,
    ): MemoryView<FormatText<F>>;
  }
}

declare module '../memory/native-memory.js' {
  interface NativeMemory {
    /**
     * Looks at the memory, from its first byte on.
     *
     * @param format - of an element, `'B'` by default
     * @param shape - in elements; 1-D over the whole memory where left out
     * @throws as `memoryview`
     * @example allocate(8_000_000).view('d', [1000, 1000])
     */
    view<F extends string = 'B'>(format?: F, shape?: number | readonly number[]): MemoryView<FormatText<F>>;
  }
}

declare module '../memory/arena.js' {
  interface Arena {
    /**
     * As the function `zeros`, in memory that ends with the arena.
     *
     * @param shape - in elements; a lone integer is a shape of one
     * @param format - of an element, `'d'` by default
     * @param options - as for `allocate`: `alignment` (bytes), `label`
     * @throws as the function; BufferError `ERR_RELEASED` when the arena is released
     * @example arena.zeros([4, 4], 'f')
     */
    zeros<F extends string = 'd'>(
      shape: number | readonly number[],
      format?: F,
      options?: NewOptions,
    ): MemoryView<FormatText<F>>;
    /**
     * As the function `empty`, in memory that ends with the arena: zeroed too, since all of an arena's memory is.
     *
     * @param shape - in elements; a lone integer is a shape of one
     * @param format - of an element, `'d'` by default
     * @param options - as for `allocate`: `alignment` (bytes), `label`
     * @throws as the function; BufferError `ERR_RELEASED` when the arena is released
     * @example arena.empty([4, 4], 'f')
     */
    empty<F extends string = 'd'>(
      shape: number | readonly number[],
      format?: F,
      options?: NewOptions,
    ): MemoryView<FormatText<F>>;
    /**
     * As the function `array`, in memory that ends with the arena.
     *
     * @param values - a TypedArray, whose format the view has
     * @throws as the function; BufferError `ERR_RELEASED` when the arena is released
     */
    array<E extends NodeJS.TypedArray>(values: E): MemoryView<FormatOf<E>>;
    /**
     * As the function `array`, in memory that ends with the arena.
     *
     * @param values - nested arrays, all of one length at each depth, a TypedArray, or a lone value
     * @param format - of an element; a TypedArray's own, else `'d'`
     * @param options - as for `allocate`: `alignment` (bytes), `label`
     * @throws as the function; BufferError `ERR_RELEASED` when the arena is released
     * @example arena.array([1, 2, 3], 'i')
     */
    array<F extends string = 'd'>(
      values: unknown,
      format?: F,
      options?: NewOptions,
    ): MemoryView<FormatText<F>>;
    /**
     * Copies a text into memory that ends with the arena: its UTF-8 bytes and a zero, as C has it.
     *
     * @param text - without NUL
     * @param options - as for `allocate`: `alignment` (bytes), `label`
     * @returns a view of bytes; `address` is the `char *`
     * @throws TypeError `ERR_INVALID_ARG` for a value that is not a string; RangeError `ERR_OUT_OF_RANGE` for a text with a NUL; BufferError
     *   `ERR_RELEASED`
     * @example open(arena.cString('data.bin').address)
     */
    cString(text: string, options?: NewOptions): MemoryView<'B'>;
    /**
     * Makes one item in memory that ends with the arena.
     *
     * @param format - of the item, such as one of `cdef`
     * @param value - as `view.set` takes it; fields of a record that are left out are zero
     * @param options - as for `allocate`: `alignment` (bytes), `label`
     * @returns a 0-dimensional view
     * @throws as `view.set`, before anything is allocated; BufferError `ERR_RELEASED`
     * @example arena.struct(point, { x: 1 }).address
     */
    struct<F extends string>(format: F, value?: unknown, options?: NewOptions): MemoryView<FormatText<F>>;
  }
}

function addMethod(target: object, name: string, value: (...args: never[]) => unknown): void {
  define(target, name, { value, writable: true, configurable: true });
}

addMethod(MemoryView, 'indirect', (rows: unknown, layout?: LayoutOptions): MemoryView => {
  const rowOf = (row: unknown): Span => {
    const span = spanOf('indirect', row);
    return layout === undefined ? span : laidOver('indirect', span, layout);
  };
  return createView(indirectSpan(rows, rowOf));
});

addMethod(
  NativeMemory.prototype,
  'view',
  function view(this: NativeMemory, format?: unknown, shape?: unknown): MemoryView {
    const span = spanOf('view', this);
    if (format === undefined && shape === undefined) return createView(span);
    return createView(laidOver('view', span, { format, shape }));
  },
);

addMethod(
  Arena.prototype,
  'zeros',
  function zeros(this: Arena, shape: unknown, format?: unknown, options?: unknown): MemoryView {
    return blankFrom('zeros', this, shape, format, options, true);
  },
);

addMethod(
  Arena.prototype,
  'empty',
  function empty(this: Arena, shape: unknown, format?: unknown, options?: unknown): MemoryView {
    return blankFrom('empty', this, shape, format, options, false);
  },
);

addMethod(
  Arena.prototype,
  'array',
  function array(this: Arena, values: unknown, format?: unknown, options?: unknown): MemoryView {
    return arrayFrom('array', this, values, format, options);
  },
);

addMethod(
  Arena.prototype,
  'cString',
  function cString(this: Arena, text: unknown, options?: unknown): MemoryView {
    const given = readString('cString: text', text);
    if (given.includes('\0')) {
      throw rangeError('ERR_OUT_OF_RANGE', `cString: ${shown(given)} has a NUL, where C would end it`);
    }
    return arrayFrom('cString', this, new TextEncoder().encode(`${given}\0`), 'B', options);
  },
);

addMethod(
  Arena.prototype,
  'struct',
  function struct(this: Arena, format: unknown, value?: unknown, options?: unknown): MemoryView {
    return structFrom('struct', this, format, value, options);
  },
);
