/** Objects that the adapters recognize by their properties, or refuse. They stand for those of packages that the tests do not install. */
import { describe, expect, it } from 'vitest';
import { fromGPUBuffer, fromImageData, fromSharp, fromTensor } from '../../src/interop/adapters.js';

const withCode = (code: string): unknown => expect.objectContaining({ code });
const tensor = (parts: object) =>
  fromTensor({ shape: [2, 2], dtype: 'float32', dataSync: () => data, ...parts });
const data = Float32Array.of(1, 2, 3, 4);

describe('a tensor of TensorFlow.js', () => {
  it('is its array on the CPU', () => {
    const view = tensor({});
    expect([view.format, view.shape, view.toArray()]).toEqual([
      'f',
      [2, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    view.set(0, 1, 9);
    expect(data[1]).toBe(9);
  });

  it('is refused once it is disposed of, and where its elements are text', () => {
    expect(() => tensor({ isDisposed: true })).toThrow(withCode('ERR_RELEASED'));
    expect(() => tensor({ dtype: 'string' })).toThrow(withCode('ERR_UNSUPPORTED'));
  });
});

describe('an object of another shape', () => {
  it.each([
    ['fromTensor', () => fromTensor({ shape: [1], dtype: 'float32' } as never)],
    ['fromImageData', () => fromImageData({ data: [1, 2], width: 1, height: 1 } as never)],
    ['fromSharp', () => fromSharp({ data: new Uint8Array(3) } as never)],
    ['fromGPUBuffer', () => fromGPUBuffer({} as never)],
  ])('is refused by %s', (_, call) => {
    expect(call).toThrow(withCode('ERR_INVALID_ARG'));
  });

  it('is refused by fromSharp where the image is compressed, or its depth unknown', () => {
    const info = { format: 'png', width: 1, height: 1, channels: 3 };
    expect(() => fromSharp({ data: new Uint8Array(3), info })).toThrow(withCode('ERR_UNSUPPORTED'));
    const depth = { ...info, format: 'raw', depth: 'half' };
    expect(() => fromSharp({ data: new Uint8Array(3), info: depth })).toThrow(withCode('ERR_UNSUPPORTED'));
  });
});
