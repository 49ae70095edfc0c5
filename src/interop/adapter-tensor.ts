/** Tensors of ONNX Runtime and of TensorFlow.js: C-contiguous typed arrays with dimensions and a type's name. */
import { bufferError, shown, typeError } from '../errors.js';
import type { FormatText } from '../format/element.js';
import type { Exporter } from '../view/exporter.js';
import { memoryview } from '../view/factory.js';
import type { AsOptions, MemoryView } from '../view/memory-view.js';
import { integersOf, otherShape, propertiesOf } from './adapter-parts.js';

/** The shape of a tensor of ONNX Runtime. */
export interface OrtTensorLike<T extends string = string> {
  /** numpy's name of the type, but for strings and 4-bit integers. */
  readonly type: T;
  /** In elements. */
  readonly dims: readonly number[];
}

/** The shape of a tensor of TensorFlow.js. */
export interface TfTensorLike<T extends string = string> {
  /** `'float32'`, `'int32'`, `'bool'` or `'complex64'`. */
  readonly dtype: T;
  /** In elements. */
  readonly shape: readonly number[];
  /** Gives the elements. */
  dataSync(): unknown;
}

/** Both libraries' names of types that are not numpy's, or have no elements of whole bytes. */
const OTHER = new Set(['string', 'int4', 'uint4', 'resource']);

/**
 * Looks at the elements of a tensor.
 *
 * @param tensor - of ONNX Runtime, on the CPU; or of TensorFlow.js, whose `dataSync()` copies from devices other than the CPU
 * @throws TypeError `ERR_INVALID_ARG` for another object, `ERR_UNSUPPORTED` for strings, 4-bit integers and other locations; BufferError
 *   `ERR_RELEASED` for a tensor that was disposed of
 * @example fromTensor(new ort.Tensor('float32', new Float32Array(6), [2, 3])).shape // [2, 3]
 */
export function fromTensor<T extends string>(
  tensor: OrtTensorLike<T> | TfTensorLike<T>,
): MemoryView<FormatText<T>>;
export function fromTensor(tensor: unknown): MemoryView {
  return tensorView('fromTensor', tensor);
}

/** The elements of an object that has the shape of a tensor. */
export function tensorView(subject: string, tensor: unknown): MemoryView {
  const parts = propertiesOf(subject, tensor, [
    'dims',
    'type',
    'location',
    'shape',
    'dtype',
    'dataSync',
    'isDisposed',
  ]);
  if (parts !== null && parts.dims !== undefined && typeof parts.type === 'string') {
    const { type, location = 'cpu' } = parts;
    if (location === 'none') throw disposed(subject);
    if (location !== 'cpu' && location !== 'cpu-pinned') {
      throw typeError(
        'ERR_UNSUPPORTED',
        `${subject}: the data are at location ${shown(location)}, expected "cpu"; await tensor.getData() first`,
      );
    }
    checkType(subject, type);
    return laidOut(subject, propertiesOf(subject, tensor, ['data'])?.data, type, parts.dims);
  }
  if (parts !== null && typeof parts.dataSync === 'function' && typeof parts.dtype === 'string') {
    if (parts.isDisposed === true) throw disposed(subject);
    checkType(subject, parts.dtype);
    const data: unknown = Reflect.apply(parts.dataSync, tensor, []);
    return laidOut(subject, data, parts.dtype, parts.shape);
  }
  throw otherShape(
    subject,
    tensor,
    'a tensor of ONNX Runtime (type, dims, data) or TensorFlow.js (dtype, shape, dataSync)',
  );
}

function disposed(subject: string): Error {
  return bufferError('ERR_RELEASED', `${subject}: the tensor was disposed of, expected a live one`);
}

function checkType(subject: string, type: string): void {
  if (!OTHER.has(type)) return;
  throw typeError(
    'ERR_UNSUPPORTED',
    `${subject}: the type is ${shown(type)}, expected numbers of whole bytes`,
  );
}

function laidOut(subject: string, data: unknown, type: string, dims: unknown): MemoryView {
  if (!ArrayBuffer.isView(data)) throw otherShape(subject, data, 'a typed array as data');
  return memoryview(data as Exporter, { format: type, shape: integersOf(`${subject}: dims`, dims, 0) });
}

/** The module that has the class of tensors: `onnxruntime-node`, `onnxruntime-web` or `onnxruntime-common`. */
export interface OrtModule<T> {
  /** The class. */
  readonly Tensor: OrtTensorClass<T>;
}

/** The class `Tensor` of ONNX Runtime. */
export interface OrtTensorClass<T> {
  /**
   * Makes a tensor.
   *
   * @param type - the name of its type
   * @param data - its elements
   * @param dims - in elements
   */
  new (type: never, data: never, dims: readonly number[]): T;
}

/**
 * Makes a tensor over a view's memory.
 *
 * @param view - as for {@link asTensor}
 * @param options - as for {@link asTensor}
 */
export type MakeTensor<T> = (view: Exporter, options?: AsOptions) => T;

const ORT_TYPES = new Set([
  'float32',
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
]);

/**
 * Makes a tensor of ONNX Runtime over a view's memory.
 *
 * @param view - C-contiguous elements of a type that ONNX Runtime has, in this machine's byte order
 * @param ort - ONNX Runtime
 * @param options - `allowWrites`, `pin`: as for `asTypedArray`
 * @throws TypeError `ERR_UNSUPPORTED` for other elements; what `asTypedArray` throws
 * @example await session.run({ input: asTensor(view, ort) })
 */
export function asTensor<T>(view: Exporter, ort: OrtModule<T>, options?: AsOptions): T;
/**
 * Makes a function that makes tensors.
 *
 * @param ort - ONNX Runtime
 * @example const tensor = asTensor(ort); tensor(view)
 */
export function asTensor<T>(ort: OrtModule<T>): MakeTensor<T>;
export function asTensor(first: unknown, second?: unknown, options?: AsOptions): unknown {
  const subject = 'asTensor';
  if (second === undefined) {
    return (view: Exporter, asked?: AsOptions): unknown => ortTensorOf(subject, view, first, asked);
  }
  return ortTensorOf(subject, first, second, options);
}

function ortTensorOf(
  subject: string,
  exporter: unknown,
  ort: unknown,
  options: AsOptions | undefined,
): unknown {
  const Tensor = propertiesOf(subject, ort, ['Tensor'])?.Tensor;
  if (typeof Tensor !== 'function') throw otherShape(subject, ort, 'ONNX Runtime, which has a class Tensor');
  if (typeof exporter !== 'object' || exporter === null) throw otherShape(subject, exporter, 'a view');
  const view = memoryview(exporter);
  const { dtype, format } = view;
  if (dtype === null || !ORT_TYPES.has(dtype)) {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: format ${shown(format)} given, expected one that ONNX Runtime has`,
    );
  }
  // ONNX Runtime has booleans as bytes, and takes halves as 16-bit integers on every engine.
  const plain = dtype === 'bool' ? view.viewAs('B') : dtype === 'float16' ? view.viewAs('H') : view;
  return Reflect.construct(Tensor, [dtype, plain.asTypedArray(options), [...view.shape]]);
}
