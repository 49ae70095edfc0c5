/** DLPack against a C library that was compiled with Debian's own header. */
import { constants } from 'node:buffer';
import { existsSync } from 'node:fs';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  allocate,
  array,
  memory,
  memoryview,
  type NativeMemory,
  struct,
  wrapPointer,
  zeros,
} from '../../src/index.js';
import { type DLPackCapsule, fromDLPack, toDLPack } from '../../src/interop/dlpack.js';
import { settle } from '../settle.js';
import { COMPILING, compiledBefore } from './addons.js';
import { loadLibrary, type Native } from './library.js';

const hasHeader =
  process.env.CI !== undefined || compiledBefore !== undefined || existsSync('/usr/include/dlpack/dlpack.h');

let c: Record<string, Native>;

beforeAll(() => {
  if (!hasHeader) return;
  c = loadLibrary('tensors', [
    'int tensors_made()',
    'int tensors_deleted()',
    'double tensor_sum(intptr_t)',
    'int64_t tensor_part(intptr_t, int)',
    'void tensor_delete(intptr_t)',
    'intptr_t tensor_sum_on_thread(intptr_t)',
    'double tensor_join(intptr_t)',
    'intptr_t tensor_make(int, int64_t)',
    'intptr_t tensor_make_old(int)',
    'intptr_t tensor_make_wrong(int)',
  ]);
}, COMPILING);

const made = (): number => Number(c.tensors_made!());
const deleted = (): number => Number(c.tensors_deleted!());
const address = (value: unknown): bigint => BigInt(value as number | bigint);
const part = (tensor: bigint, what: number): number => Number(c.tensor_part!(tensor, what));
const ownerOf = (view: { readonly obj: object | string }): NativeMemory => view.obj as NativeMemory;

describe.runIf(hasHeader)('a view as a tensor of a C library', () => {
  test('has its type, shape, strides in elements and address', () => {
    const view = array(
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ],
      'f',
    ).slice(':, ::2');
    const tensor = toDLPack(view).take();
    expect([0, 1, 2, 3, 4, 5, 6].map((what) => part(tensor, what))).toEqual([1, 0, 2, 2, 32, 1, 1]);
    expect([10, 11, 20, 21].map((what) => part(tensor, what))).toEqual([2, 2, 4, 2]);
    expect(BigInt(part(tensor, 7))).toBe(view.address);
    expect(c.tensor_sum!(tensor)).toBe(12);
    expect(() => ownerOf(view).release()).toThrow('1 dlpack');
    c.tensor_delete!(tensor);
    ownerOf(view).release();
  });

  test('of negative strides starts at its first element', () => {
    const view = array([1, 2, 3], 'i').flip();
    const tensor = toDLPack(view).take();
    expect([part(tensor, 10), part(tensor, 20)]).toEqual([3, -1]);
    expect(BigInt(part(tensor, 7))).toBe(view.address);
    expect(c.tensor_sum!(tensor)).toBe(6);
    c.tensor_delete!(tensor);
  });

  test('flags read-only memory, and copies', () => {
    const flags = (capsule: DLPackCapsule): number => {
      const tensor = capsule.take();
      const found = part(tensor, 1);
      c.tensor_delete!(tensor);
      return found;
    };
    expect(flags(toDLPack(zeros(3, 'f').toReadonly()))).toBe(1);
    expect(flags(toDLPack(zeros(3, 'f'), { copy: true }))).toBe(2);
    expect(flags(toDLPack(new Float32Array(3), { copy: true }))).toBe(2);
  });

  test('is for one consumer', () => {
    const capsule = toDLPack(zeros(3, 'f'));
    const tensor = capsule.take();
    expect(() => capsule.take()).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    expect(() => fromDLPack(capsule)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED' }));
    c.tensor_delete!(tensor);
  });

  test('that no consumer takes is deleted when it is garbage', async () => {
    const view = zeros(3, 'f');
    ((): void => {
      toDLPack(view);
    })();
    expect(() => ownerOf(view).release()).toThrow('1 dlpack');
    await settle();
    ownerOf(view).release();
  });

  test('may be deleted on another thread, after JavaScript has lost it', async () => {
    await settle();
    const { blocks } = memory.stats();
    const job = address(c.tensor_sum_on_thread!(toDLPack(array([[1.5, 2.5]], 'd')).take()));
    await settle();
    expect(c.tensor_join!(job)).toBe(4);
    expect(memory.stats().blocks).toBe(blocks);
  });

  test('that can not be one is refused with the reason', () => {
    expect(() => toDLPack(new Float32Array(3))).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
    expect(() => toDLPack(zeros(3, '>f'))).toThrow(
      'the view has elements of format ">f", expected a native scalar',
    );
    expect(() => toDLPack(zeros(3, 'T{i:a:}'))).toThrow('expected a native scalar');
    expect(() => toDLPack(zeros(3, 'T{=b:a:f:x:}').field('x'))).toThrow(
      'the view has stride 5 in dimension 0, expected a multiple of 4',
    );
  });
});

describe.runIf(hasHeader)("a C library's tensor as a view", () => {
  test.each([
    ['versioned', true],
    ['older', false],
  ])('is the same memory, in the %s form, and is deleted once', (_, versioned) => {
    const before = deleted();
    const tensor = address(versioned ? c.tensor_make!(1, 0) : c.tensor_make_old!(1));
    const view = fromDLPack(tensor, { versioned, readonly: false });
    expect(view.format).toBe('f');
    expect(view.shape).toEqual([2, 3]);
    expect(view.strides).toEqual([4, 8]);
    expect(view.toArray()).toEqual([
      [2, 4, 6],
      [3, 5, 7],
    ]);
    if (versioned) expect(view.address).toBe(BigInt(part(tensor, 7)));
    view.set(0, 0, 10);
    if (versioned) expect(c.tensor_sum!(tensor)).toBe(35);
    expect(ownerOf(view).kind).toBe('foreign');
    const owner = ownerOf(view);
    owner.release();
    owner.release();
    expect(deleted()).toBe(before + 1);
  });

  test('without strides is in C order', () => {
    for (const view of [
      fromDLPack(c.tensor_make!(0, 0)),
      fromDLPack(c.tensor_make_old!(0), { versioned: false }),
    ]) {
      expect(view.strides).toEqual([12, 4]);
      expect(view.toArray()).toEqual([
        [2, 3, 4],
        [5, 6, 7],
      ]);
      ownerOf(view).release();
    }
  });

  test('is read-only where the flag says so', () => {
    const view = fromDLPack(c.tensor_make!(1, 1));
    expect(view.readonly).toBe(true);
    ownerOf(view).release();
  });

  test('of the older form, which has no flags, is read-only unless the caller knows better', () => {
    const view = fromDLPack(c.tensor_make_old!(0), { versioned: false });
    expect(view.readonly).toBe(true);
    ownerOf(view).release();
    const writable = fromDLPack(c.tensor_make_old!(0), { versioned: false, readonly: false });
    writable.set(0, 0, 7);
    expect(writable.get(0, 0)).toBe(7);
    ownerOf(writable).release();
  });

  test('is read-only where the caller wants that, and never writable against its flag', () => {
    const view = fromDLPack(c.tensor_make!(1, 0), { readonly: true });
    expect(view.readonly).toBe(true);
    ownerOf(view).release();
    const before = deleted();
    const tensor = address(c.tensor_make!(1, 1));
    expect(() => fromDLPack(tensor, { readonly: false })).toThrow(
      expect.objectContaining({ code: 'ERR_READONLY' }),
    );
    expect(deleted()).toBe(before);
    c.tensor_delete!(tensor);
  });

  test('is deleted when it is garbage', async () => {
    await settle();
    const before = deleted();
    ((): void => {
      fromDLPack(c.tensor_make!(1, 0)).get(0, 0);
    })();
    await settle();
    expect(deleted()).toBe(before + 1);
  });

  const wrongTensors: readonly (readonly [number, string, string])[] = [
    [0, 'is a DLPack tensor of version 2.1, expected 1.x', 'ERR_UNSUPPORTED'],
    [1, 'is on device type 2, CUDA, expected memory that the CPU can read', 'ERR_UNSUPPORTED'],
    [2, 'has elements of int4, expected', 'ERR_UNSUPPORTED'],
    [3, 'has elements of float32x4', 'ERR_INVALID_ARG'],
    [4, 'has 65 dimensions', 'ERR_INVALID_ARG'],
    [5, 'overflow', 'ERR_INVALID_ARG'],
    [6, 'overflow', 'ERR_INVALID_ARG'],
    [7, 'with a shape', 'ERR_INVALID_ARG'],
    // 2^52 bytes, which Node 22 and Deno have room for.
    ...(constants.MAX_LENGTH < 2 ** 52 ? ([[8, 'expected at most', 'ERR_OUT_OF_MEMORY']] as const) : []),
    [9, 'has elements at no address', 'ERR_INVALID_ARG'],
    [10, 'expected fewer than 2^53', 'ERR_INVALID_ARG'],
  ];

  test.each(wrongTensors)('that is wrong (%s) is refused, and stays the caller’s', (how, said, code) => {
    const before = deleted();
    const tensor = address(c.tensor_make_wrong!(how));
    expect(() => fromDLPack(tensor)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(said) }),
    );
    expect(deleted()).toBe(before);
    c.tensor_delete!(tensor);
  });

  test('is taken once, also by its address', () => {
    const before = deleted();
    const tensor = address(c.tensor_make!(1, 0));
    const view = fromDLPack(tensor);
    expect(() => fromDLPack(tensor)).toThrow(
      expect.objectContaining({
        code: 'ERR_RELEASED',
        message: expect.stringContaining('was taken already'),
      }),
    );
    expect(deleted()).toBe(before);
    expect(view.get(0, 0)).toBe(2);
    ownerOf(view).release();
    expect(deleted()).toBe(before + 1);
  });

  test('goes there and back as the same memory', () => {
    const view = array([[1, 2, 3]], 'q');
    const back = fromDLPack(toDLPack(view));
    expect(back.address).toBe(view.address);
    expect(back.toArray()).toEqual([[1n, 2n, 3n]]);
    expect(() => ownerOf(view).release()).toThrow('1 dlpack');
    ownerOf(back).release();
    ownerOf(view).release();
    expect(made()).toBeGreaterThan(0);
  });
});

test.each([
  [null],
  [undefined],
  [1.5],
  [Number.NaN],
  ['x'],
  [{}],
  [() => 1],
  [{ [Symbol.for('memoryview.dlpack')]: 1 }],
])('a value that is not a tensor (%s) is refused', (value) => {
  expect(() => fromDLPack(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG' }));
});

test.each([[0n], [-1n], [2n ** 64n], [0]])('a value that is not an address (%s) is refused', (value) => {
  expect(() => fromDLPack(value)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
});

test('every type that has a format survives', () => {
  for (const format of ['b', 'B', 'h', 'H', 'i', 'I', 'q', 'Q', 'e', 'f', 'd', '?', 'Zf', 'Zd', 'P']) {
    const back = fromDLPack(toDLPack(zeros([2, 0, 3], format)));
    expect([back.format, back.shape]).toEqual([format, [2, 0, 3]]);
    expect(fromDLPack(toDLPack(zeros([], format))).ndim).toBe(0);
  }
  expect(fromDLPack(toDLPack(zeros(2, 'l'))).format).toBe('q');
  expect(inspect(toDLPack(memoryview(zeros(1))))).toBe('<DLPack capsule>');
});

describe('a tensor that a program laid out', () => {
  const data = array([1, 2, 3, 4], 'f');
  const shape = array([4], 'q');
  const laidOut = (device: number, code: number, bits: number, lanes = 1): bigint => {
    const tensor = allocate(80);
    const fields = [1, 0, 0n, 0n, 0n, data.address, device, 0, 1, code, bits, lanes, shape.address, 0n, 0];
    struct.packInto('IIPPQPiiiBBHPPQ', tensor.view(), 0, ...fields);
    kept.push(tensor);
    return tensor.address;
  };
  const kept: NativeMemory[] = [];

  test.each([
    [1, 'the CPU'],
    [3, 'CUDA host memory'],
    [11, 'ROCm host memory'],
    [13, 'CUDA managed memory'],
  ])('on device %i, %s, is read', (device) => {
    expect(fromDLPack(laidOut(device, 2, 32)).toArray()).toEqual([1, 2, 3, 4]);
  });

  test.each([
    [2, 'CUDA'],
    [8, 'Metal'],
    [10, 'ROCm'],
    [14, 'oneAPI'],
    [15, 'WebGPU'],
    [99, 'which is none'],
    [0, 'which is none'],
    [-1, 'which is none'],
  ])('on device %i is refused, since it is on %s', (device, name) => {
    expect(() => fromDLPack(laidOut(device, 2, 32))).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', message: expect.stringContaining(name) }),
    );
  });

  test.each([
    [4, 16, 'bfloat16'],
    [7, 8, 'float8_e3m4'],
    [8, 8, 'float8_e4m3'],
    [9, 8, 'float8_e4m3b11fnuz'],
    [10, 8, 'float8_e4m3fn'],
    [11, 8, 'float8_e4m3fnuz'],
    [12, 8, 'float8_e5m2'],
    [13, 8, 'float8_e5m2fnuz'],
    [14, 8, 'float8_e8m0fnu'],
  ])('of type %i with %i bits is %s, here and on its way back', (code, bits, name) => {
    const view = fromDLPack(laidOut(1, code, bits));
    expect([view.format, view.dtype, view.itemsize]).toEqual([name, name, bits / 8]);
    const tensor = toDLPack(zeros(2, name)).take();
    const head = memoryview(wrapPointer(tensor, 80)).toBytes();
    expect([head[52], head[53], head.readUInt16LE(54)]).toEqual([code, bits, 1]);
    fromDLPack(tensor);
  });

  test('without a deleter may be laid out anew and taken again', () => {
    const address = laidOut(1, 2, 32);
    const first = fromDLPack(address);
    struct.packInto('BBH', kept.at(-1)!.view(), 52, 4, 16, 1);
    const second = fromDLPack(address);
    expect([first.format, first.get(1), second.format, second.get(1)]).toEqual(['f', 2, 'bfloat16', 1]);
    expect(fromDLPack(address).equals(second)).toBe(true);
  });

  test('of bfloat16 has values', () => {
    expect(fromDLPack(laidOut(1, 4, 16)).toArray()).toEqual([0, 1, 0, 2]);
  });

  test.each([
    [0, 4, 'int4'],
    [17, 4, 'float4_e2m1fn in 4 bits'],
    [15, 6, 'float6_e2m3fn in 6 bits'],
    [5, 32, 'complex32'],
    [255, 8, 'a type of its own'],
  ])('of type %i with %i bits is refused as %s', (code, bits, name) => {
    expect(() => fromDLPack(laidOut(1, code, bits))).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', message: expect.stringContaining(name) }),
    );
  });
});
