/**
 * DLPack 1.x, `memoryview/dlpack`: views as tensors for numpy, PyTorch and other libraries that use it, and their tensors as views.
 * It copies nothing. The protocol defines ownership: each tensor has one deleter, which is called once.
 *
 * @module memoryview/dlpack
 */
import { inspect } from 'node:util';
import { define, readBoolean, readGuarded, readInteger, readOptions, readProperty } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import type { FormatText } from '../format/element.js';
import { expectedFormat } from '../format/expected.js';
import { EXPORTER } from '../memory/adopted.js';
import { adoptTensor, exportTensor, takeTensor } from '../memory/tensor.js';
import { spanOf, spanOfAdopted } from '../span/offer.js';
import type { Exporter } from '../view/exporter.js';
import { createView, type MemoryView } from '../view/memory-view.js';
import { requireNativeMemory } from '../view/native-exporter.js';
import '../view/owner-methods.js';

const DLPACK: symbol = Symbol.for('memoryview.dlpack');
const KEY = Symbol('capsule');

let createCapsule: (external: object) => DLPackCapsule;

/**
 * One tensor, for the first consumer that takes it. Addons find it under `Symbol.for('memoryview.dlpack')`. A capsule that no consumer
 * took is given back when it is garbage.
 */
export class DLPackCapsule {
  readonly #external: object;

  private constructor(key: symbol, external: object) {
    if (key !== KEY) {
      throw typeError(
        'ERR_INVALID_ARG',
        'DLPackCapsule: has no public constructor; use toDLPack() to make one',
      );
    }
    this.#external = external;
  }

  static {
    createCapsule = (external) => new DLPackCapsule(KEY, external);
    define(DLPackCapsule.prototype, DLPACK, {
      get(this: object): object | undefined {
        return #external in this ? (this as DLPackCapsule).#external : undefined;
      },
      configurable: true,
    });
    define(DLPackCapsule.prototype, inspect.custom, {
      value: (): string => '<DLPack capsule>',
      writable: true,
      configurable: true,
    });
  }

  /**
   * Takes the tensor out, for FFI: the address of a `DLManagedTensorVersioned`, whose deleter must be called once, on any thread. Until
   * then the memory is pinned.
   *
   * @throws BufferError `ERR_RELEASED` where the tensor was taken before
   */
  take(): bigint {
    return takeTensor('take', this.#external);
  }
}

/** Options of {@link toDLPack}. */
export interface ToDLPackOptions {
  /** True copies into new memory first, and says so in the tensor's flags. */
  readonly copy?: boolean;
}

/**
 * Makes a DLPack tensor of a view: dtype, shape, strides in elements, and the flags for read-only memory and copies. While the tensor
 * lives, the memory is pinned by "dlpack".
 *
 * @param view - native memory with elements of one native scalar each; memory of the engine can't be pinned, so it needs `copy: true`
 * @param options - `copy`
 * @returns a capsule for one consumer
 * @throws TypeError `ERR_INVALID_ARG` for elements or strides that a tensor can't have, `ERR_UNSUPPORTED` for memory of the engine;
 *   BufferError `ERR_RELEASED`
 * @example const address = toDLPack(zeros([3, 4], 'f')).take(); // for a C function that takes a DLManagedTensorVersioned*
 */
export function toDLPack(view: Exporter, options?: ToDLPackOptions): DLPackCapsule {
  const read = readOptions('toDLPack', options, ['copy']);
  const copied = read.copy === undefined ? false : readBoolean('toDLPack: copy', read.copy);
  const given = createView(spanOf('toDLPack', view));
  requireNativeMemory('toDLPack');
  const source = copied ? given.copy() : given;
  const external: unknown = Reflect.get(source, EXPORTER);
  if (external === undefined) {
    throw typeError(
      'ERR_UNSUPPORTED',
      "toDLPack: the memory is the engine's own and can't be pinned, expected native memory; pass copy: true",
    );
  }
  return createCapsule(exportTensor('toDLPack', external, copied));
}

/** Options of {@link fromDLPack}. */
export interface FromDLPackOptions<F extends string = string> {
  /** The format that the elements must have; the view's type then has it. A tensor of another format is released. By default any will do. */
  readonly format?: F;
  /** The struct at an address: `DLManagedTensorVersioned` (true, the default), or the older `DLManagedTensor`. */
  readonly versioned?: boolean;
  /**
   * False says that the caller may write to the memory. By default the tensor's flag decides; the older form has none and is
   * read-only.
   */
  readonly readonly?: boolean;
}

/**
 * Takes a tensor and looks at its memory. The contents of a tensor are checked; whether there is one at an address can't be. The deleter is
 * called
 * once: when the view's memory (`view.obj`) is released or garbage.
 *
 * @param tensor - a capsule, an object that carries one under `Symbol.for('memoryview.dlpack')`, or the address of a tensor
 * @param options - `format`: what the elements must be; `versioned`: what an address is of; `readonly: false`: a tensor of the older form may be written
 * @returns a view in the tensor's shape; its strides are in bytes, as everywhere here
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a tensor, or contradicts itself, `ERR_UNSUPPORTED` for memory of a device that the CPU
 *   can't read, elements of less than a byte, and another major version, `ERR_FORMAT` for another format than the option says,
 *   `ERR_READONLY` where `readonly: false` contradicts the flag; BufferError `ERR_RELEASED` for a capsule that was taken before. The tensor
 *   then still belongs to its owner
 * @example const view = fromDLPack(address); // 'f', shape, strides; view.obj.release() calls the deleter
 */
export function fromDLPack<F extends string = string>(
  tensor: unknown,
  options?: FromDLPackOptions<F>,
): MemoryView<FormatText<F>> {
  const read = readOptions('fromDLPack', options, ['format', 'versioned', 'readonly']);
  const check = expectedFormat('fromDLPack', 'the tensor', read.format);
  const versioned =
    read.versioned === undefined ? true : readBoolean('fromDLPack: versioned', read.versioned);
  const readonly =
    read.readonly === undefined ? undefined : readBoolean('fromDLPack: readonly', read.readonly);
  let source = tensor;
  // FFI libraries hand out small addresses as numbers.
  if (typeof tensor === 'number' || typeof tensor === 'bigint') {
    source = BigInt(readInteger('fromDLPack: address', tensor, { min: 1 }));
  } else if ((typeof tensor === 'object' && tensor !== null) || typeof tensor === 'function') {
    const carried: unknown = readGuarded('fromDLPack', tensor, () => readProperty(tensor, DLPACK));
    if (carried !== undefined) source = carried;
  } else {
    throw typeError(
      'ERR_INVALID_ARG',
      `fromDLPack: ${shown(tensor)} given, expected a DLPack capsule or an address`,
    );
  }
  return createView(spanOfAdopted(adoptTensor('fromDLPack', source, versioned, readonly, check)));
}
