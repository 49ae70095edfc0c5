/** Pixels: `ImageData` of canvases, sharp's raw output, and mapped buffers of WebGPU. */
import { readInteger } from '../arguments.js';
import { shown, typeError } from '../errors.js';
import { type FormatOf, memoryview } from '../view/factory.js';
import type { MemoryView } from '../view/memory-view.js';
import { otherShape, propertiesOf } from './adapter-parts.js';

/** The shape of an `ImageData`. */
export interface ImageDataLike<D = unknown> {
  /** The pixels, row by row, four channels each. */
  readonly data: D;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/**
 * Looks at the pixels of an image: height, width and four channels.
 *
 * @param image - an `ImageData`
 * @throws TypeError `ERR_INVALID_ARG` for another object
 * @example fromImageData(context.getImageData(0, 0, 640, 480)).shape // [480, 640, 4]
 */
export function fromImageData<D>(image: ImageDataLike<D>): MemoryView<FormatOf<D>>;
export function fromImageData(image: unknown): MemoryView {
  return imageView('fromImageData', image);
}

/** The pixels of an object that has the shape of an ImageData. */
export function imageView(subject: string, image: unknown): MemoryView {
  const parts = propertiesOf(subject, image, ['data', 'width', 'height']);
  if (parts === null || !ArrayBuffer.isView(parts.data)) {
    throw otherShape(subject, image, 'an ImageData: data, width, height');
  }
  return memoryview(parts.data, { shape: [size(subject, parts.height), size(subject, parts.width), 4] });
}

function size(subject: string, value: unknown): number {
  return readInteger(`${subject}: size`, value, { min: 0, max: 2 ** 31 });
}

/** The shape of the object to which sharp's `toBuffer({ resolveWithObject: true })` resolves. */
export interface SharpOutput {
  /** The pixels, row by row. */
  readonly data: Uint8Array;
  /** The type and the dimensions of the pixels. */
  readonly info: {
    /** `'raw'`. */
    readonly format: string;
    /** In pixels. */
    readonly width: number;
    /** In pixels. */
    readonly height: number;
    /** Numbers of a pixel. */
    readonly channels: number;
  };
}

/** libvips' names of a channel's type. */
const DEPTHS: ReadonlyMap<unknown, string> = new Map([
  ['char', 'b'],
  ['uchar', 'B'],
  ['short', 'h'],
  ['ushort', 'H'],
  ['int', 'i'],
  ['uint', 'I'],
  ['float', 'f'],
  ['double', 'd'],
  ['complex', 'Zf'],
  ['dpcomplex', 'Zd'],
]);

/**
 * Looks at the pixels that sharp has decoded: height, width, channels.
 *
 * @param output - of `sharp(…).raw().toBuffer({ resolveWithObject: true })`
 * @throws TypeError `ERR_INVALID_ARG` for another object, `ERR_UNSUPPORTED` for a compressed image
 * @example fromSharp(await sharp('in.png').raw().toBuffer({ resolveWithObject: true })).shape // [480, 640, 3]
 */
export function fromSharp(output: SharpOutput): MemoryView {
  return sharpView('fromSharp', output);
}

/** The pixels of an object that has the shape of sharp's output. */
export function sharpView(subject: string, output: unknown): MemoryView {
  const parts = propertiesOf(subject, output, ['data', 'info']);
  const info = propertiesOf(subject, parts?.info, ['format', 'width', 'height', 'channels', 'depth']);
  if (parts === null || info === null || !ArrayBuffer.isView(parts.data)) {
    throw otherShape(subject, output, "sharp's { data, info }");
  }
  const { format, depth } = info;
  if (format !== 'raw') {
    throw typeError(
      'ERR_UNSUPPORTED',
      `${subject}: the image is ${shown(format)}, expected "raw"; call .raw() first`,
    );
  }
  const shape = [info.height, info.width, info.channels].map((value) => size(subject, value));
  const channel = depth === undefined ? 'B' : DEPTHS.get(depth);
  if (channel !== undefined) return memoryview(parts.data, { format: channel, shape });
  throw typeError(
    'ERR_UNSUPPORTED',
    `${subject}: the depth is ${shown(depth)}, expected one of libvips' formats`,
  );
}

/** The shape of a `GPUBuffer`. */
export interface GPUBufferLike {
  /** Gives the memory while the buffer is mapped. */
  getMappedRange(): ArrayBuffer;
}

/** A range can be asked for once while a buffer is mapped. */
const ranges = new WeakMap<object, ArrayBuffer>();

/**
 * Looks at the memory of a mapped buffer, all of it. `unmap()` ends the view: its calls are `ERR_RELEASED` then.
 *
 * @param buffer - a `GPUBuffer` that is mapped
 * @throws TypeError `ERR_INVALID_ARG` for another object; what `getMappedRange` throws
 * @example await buffer.mapAsync(GPUMapMode.READ); fromGPUBuffer(buffer).cast('f')
 */
export function fromGPUBuffer(buffer: GPUBufferLike): MemoryView<'B'> {
  return mappedView('fromGPUBuffer', buffer);
}

/** The memory of an object that has the shape of a mapped buffer. */
export function mappedView(subject: string, buffer: object): MemoryView<'B'> {
  const parts = propertiesOf(subject, buffer, ['getMappedRange']);
  if (parts === null || typeof parts.getMappedRange !== 'function') {
    throw otherShape(subject, buffer, 'a GPUBuffer');
  }
  const known = ranges.get(buffer);
  // An unmapped range is detached.
  if (known !== undefined && known.byteLength > 0) return memoryview(known);
  const range: unknown = Reflect.apply(parts.getMappedRange, buffer, []);
  if (!(range instanceof ArrayBuffer)) throw otherShape(subject, range, 'an ArrayBuffer of getMappedRange()');
  ranges.set(buffer, range);
  return memoryview(range);
}
