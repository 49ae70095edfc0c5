/**
 * Objects of other libraries as views and back, `memoryview/adapters`. It imports no library: each function tests the shape of its
 * argument. Importing this module also registers the adapters: from then on all calls that take an exporter take such objects too.
 *
 * @module memoryview/adapters
 */

import { readGuarded } from '../arguments.js';
import { registerShape } from '../span/exporters.js';
import type { MemoryView } from '../view/memory-view.js';
import { imageView, mappedView, sharpView } from './adapter-image.js';
import { ndarrayView } from './adapter-ndarray.js';
import { otherShape, propertiesOf } from './adapter-parts.js';
import { tensorView } from './adapter-tensor.js';
import { vectorView } from './adapter-vector.js';
import '../view/owner-methods.js';

export {
  fromGPUBuffer,
  fromImageData,
  fromSharp,
  type GPUBufferLike,
  type ImageDataLike,
  type SharpOutput,
} from './adapter-image.js';
export {
  fromNdarray,
  type MakeNdarray,
  type NdarrayLike,
  type NdarrayParts,
  toNdarray,
} from './adapter-ndarray.js';
export {
  asTensor,
  fromTensor,
  type MakeTensor,
  type OrtModule,
  type OrtTensorClass,
  type OrtTensorLike,
  type TfTensorLike,
} from './adapter-tensor.js';
export { chunksOf, fromVector, type VectorChunk, type VectorFormat } from './adapter-vector.js';

/**
 * Looks at the memory of an object of any library that this module knows.
 *
 * @param object - an ndarray, a tensor, a vector, an image, a mapped buffer
 * @throws TypeError `ERR_INVALID_ARG` for an object that is none of them; the errors of the function for its kind
 * @example registerExporter(ort.Tensor, adapt); // found by class, without looking at the object's shape
 */
export function adapt(object: object): MemoryView {
  const view = adapted('adapt', object);
  if (view !== null) return view;
  throw otherShape('adapt', object, 'an ndarray, a tensor, a vector, an image or a mapped buffer');
}

function adapted(subject: string, object: object): MemoryView | null {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) return null;
  // Tests that the members exist and does not read them: reading the data of a tensor on a GPU throws.
  const has = (...names: string[]): boolean =>
    readGuarded(subject, object, () => names.every((name) => name in object));
  if (has('dataSync', 'dtype') || has('dims', 'type')) return tensorView(subject, object);
  if (has('data', 'shape') && (has('stride') || has('strides'))) return ndarrayView(subject, object);
  if (has('getMappedRange')) return mappedView(subject, object);
  if (has('data', 'info')) return sharpView(subject, object);
  if (has('data', 'width', 'height')) return imageView(subject, object);
  const { bytes, type } = propertiesOf(subject, object, ['bytes', 'type']) ?? {};
  const typed = propertiesOf(subject, type, ['typeId'])?.typeId !== undefined;
  return typed || ArrayBuffer.isView(bytes) ? vectorView(subject, object) : null;
}

registerShape((object) => adapted('adapters', object));
