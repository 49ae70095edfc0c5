/** The option `format` of what takes memory from elsewhere: checked before the memory is taken. */
import { describe, expect, it } from 'vitest';
import { array, type NativeMemory } from '../../src/index.js';
import { fromArrow, toArrow } from '../../src/interop/arrow.js';
import { fromDLPack, toDLPack } from '../../src/interop/dlpack.js';

const refused = (message: string): object => expect.objectContaining({ code: 'ERR_FORMAT', message });

describe('fromDLPack with a format', () => {
  it('takes a tensor of that format, by code or by name', () => {
    expect(fromDLPack(toDLPack(array([1, 2], 'f')), { format: 'f' }).get(1)).toBe(2);
    expect(fromDLPack(toDLPack(array([1, 2], 'f')), { format: 'float32' }).format).toBe('f');
  });

  it('releases a tensor of another format', () => {
    const source = array([1, 2], 'd');
    const capsule = toDLPack(source);
    expect(() => fromDLPack(capsule, { format: 'f' })).toThrow(
      refused('fromDLPack: the tensor has elements of format "d", expected "f"'),
    );
    expect(() => fromDLPack(capsule)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    (source.obj as NativeMemory).release(); // nothing pins it
  });

  it('refuses a value that is not a format', () => {
    expect(() => fromDLPack(toDLPack(array([1])), { format: 'T{' })).toThrow(
      expect.objectContaining({ code: 'ERR_FORMAT' }),
    );
  });
});

describe('fromArrow with a format', () => {
  it('takes a column of that format', () => {
    expect(fromArrow(toArrow(array([1.5], 'd')), { format: 'float64' }).values!.get(0)).toBe(1.5);
  });

  it('leaves a column of another format to its owner', () => {
    const made = toArrow(array([1.5, 2.5], 'd'));
    expect(() => fromArrow(made, { format: 'q' })).toThrow(
      refused('fromArrow: the column has elements of format "d", expected "q"'),
    );
    expect(fromArrow(made).toArray()).toEqual([1.5, 2.5]);
  });

  it('has none to check of a stream', () => {
    expect(() => fromArrow({ stream: 1n } as never, { format: 'd' })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
    );
  });
});
