/**
 * memoryview/adapters with libraries that are large or need a device; this test installs them. The table of docs/libraries.md has the
 * results, with those of adapters.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { array, memoryview } from '../../src/index.js';
import {
  asTensor,
  fromImageData,
  fromTensor,
  type ImageDataLike,
  type OrtModule,
  type OrtTensorLike,
  type TfTensorLike,
} from '../../src/interop/adapters.js';
import { thrown } from '../memory/thrown.js';
import { checkRows, type LibraryRow } from './libraries-table.js';

const PACKAGES = [
  '@tensorflow/tfjs-core@4',
  '@tensorflow/tfjs-backend-cpu@4',
  '@napi-rs/canvas@1',
  'onnxruntime-node@1',
];

const project = mkdtempSync(join(tmpdir(), 'memoryview-libraries-'));
const rows: LibraryRow[] = [];
let load: NodeJS.Require;

beforeAll(() => {
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  const { status, stderr } = spawnSync('npm', ['install', ...flags, ...PACKAGES], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  load = createRequire(join(project, 'package.json'));
}, 600_000);

afterAll(() => {
  checkRows(rows);
  rmSync(project, { recursive: true });
});

interface Tf {
  tensor(values: unknown, shape?: readonly number[]): TfTensorLike & { dispose(): void };
  complex(re: readonly number[], im: readonly number[]): TfTensorLike;
  setBackend(name: string): Promise<boolean>;
}

describe('tensors of TensorFlow.js', () => {
  test('on the CPU backend are views', async () => {
    const tf = load('@tensorflow/tfjs-core') as Tf;
    load('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    const tensor = tf.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    const view = fromTensor(tensor);
    expect([view.format, view.shape, view.get(1, 2)]).toEqual(['f', [2, 3], 6]);
    view.set(1, 2, 42);
    const copies = Number(fromTensor(tensor).get(1, 2)) !== 42;
    expect(memoryview(tf.tensor([true, false])).toArray()).toEqual([true, false]);
    expect(memoryview(tf.complex([1], [2])).toArray()).toEqual([{ re: 1, im: 2 }]);
    expect(thrown(() => fromTensor(tf.tensor(['a'])))).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    const back = tf.tensor(array([[1, 2]], 'float32').asTypedArray(), [1, 2]);
    expect(fromTensor(back).toArray()).toEqual([[1, 2]]);
    tensor.dispose();
    expect(thrown(() => fromTensor(tensor))).toMatchObject({ code: 'ERR_RELEASED' });
    rows.push({ library: '@tensorflow/tfjs', in: 'on the CPU backend', way: 'fromTensor', copies });
  });
});

/** A field of a protobuf message: a number, text, or a message. */
function field(id: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.from([id << 3, value]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(id << 3) | 2, bytes.length]), bytes]);
}

const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);

/** A model of ONNX: y = x + x, for floats of shape [2, 3]. */
function doubling(): Buffer {
  const shape = message(field(1, field(1, 2)), field(1, field(1, 3)));
  const type = field(1, message(field(1, 1), field(2, shape)));
  const described = (name: string): Buffer => message(field(1, name), field(2, type));
  const node = message(field(1, 'x'), field(1, 'x'), field(2, 'y'), field(4, 'Add'));
  const graph = message(field(1, node), field(2, 'g'), field(11, described('x')), field(12, described('y')));
  return message(field(1, 8), field(8, field(2, 13)), field(7, graph));
}

interface Ort extends OrtModule<OrtTensorLike> {
  readonly InferenceSession: {
    create(model: Buffer): Promise<{ run(feeds: object): Promise<Record<string, OrtTensorLike>> }>;
  };
}

describe('ONNX Runtime', () => {
  test('reads its input from native memory, and its output is a view', async () => {
    const ort = load('onnxruntime-node') as Ort;
    const session = await ort.InferenceSession.create(doubling());
    const input = array(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'float32',
    );
    const { y } = await session.run({ x: asTensor(input, ort) });
    expect(fromTensor(y!).toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
  });
});

describe('an ImageData', () => {
  test('of a canvas is a view of its pixels, and is made of one', () => {
    const canvas = load('@napi-rs/canvas') as {
      createCanvas(
        width: number,
        height: number,
      ): {
        getContext(kind: '2d'): {
          fillStyle: string;
          fillRect(x: number, y: number, width: number, height: number): void;
          getImageData(x: number, y: number, width: number, height: number): ImageDataLike<Uint8ClampedArray>;
          putImageData(image: object, x: number, y: number): void;
        };
      };
      ImageData: new (
        data: Uint8ClampedArray,
        width: number,
        height: number,
      ) => ImageDataLike<Uint8ClampedArray>;
    };
    const context = canvas.createCanvas(4, 3).getContext('2d');
    context.fillStyle = 'red';
    context.fillRect(0, 0, 4, 3);
    const image = context.getImageData(0, 0, 4, 3);
    const view = fromImageData(image);
    expect([view.shape, view.slice(2, 3).toArray()]).toEqual([
      [3, 4, 4],
      [255, 0, 0, 255],
    ]);
    view.slice(0, 0).fill(7);
    const copies = image.data[1] !== 7;
    expect(memoryview(image).address).toBe(view.address);
    const pixels = array(new Uint8ClampedArray(48).fill(255)).reshape([3, 4, 4]);
    const made = new canvas.ImageData(pixels.asTypedArray({ type: Uint8ClampedArray }), 4, 3);
    context.putImageData(made, 0, 0);
    expect(fromImageData(context.getImageData(0, 0, 4, 3)).get(0, 0, 1)).toBe(255);
    rows.push({ library: 'ImageData', in: 'any', way: 'fromImageData', copies });
  });
});
