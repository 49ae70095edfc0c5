/** The addons of docs/c-api.md compile unchanged, and do what the page says. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { memoryview, type NativeMemory, zeros } from '../../src/index.js';
import { buildAddon, type Carrier, COMPILING, root } from './addons.js';

interface Samples {
  samples(): Carrier;
}
interface Sum {
  sum(grid: unknown): number;
}
interface Plain {
  make(): Carrier;
  count(values: unknown): number;
}

const require = createRequire(import.meta.url);
const document = readFileSync(join(root, 'docs/c-api.md'), 'utf8');
let samples: Samples;
let sum: Sum;
let plain: Plain;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-docs-'));
  const blocks = [...document.matchAll(/^```(c|cpp)\n(.*?)^```$/gms)];
  const [first, second, third] = blocks.map(([, language, text], i) => {
    const source = join(folder, `addon-${i}.${language === 'c' ? 'c' : 'cc'}`);
    writeFileSync(source, text!);
    return require(buildAddon(relative(root, source))) as object;
  });
  expect(blocks).toHaveLength(3);
  samples = first as Samples;
  sum = second as Sum;
  plain = third as Plain;
}, COMPILING);

test('the vector of the tutorial arrives as a view, and ends with its memory', () => {
  const view = memoryview(samples.samples());
  expect(view.format).toBe('f');
  expect(view.toArray()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect(sum.sum(view.T)).toBe(15);
  const owner = view.obj as NativeMemory;
  expect(owner.kind).toBe('foreign');
  owner.release();
  expect(view.released).toBe(true);
});

test('the acceptor of the tutorial takes any 2-D floats and refuses others as the text says', () => {
  expect(sum.sum(samples.samples())).toBe(15);
  const said = document.match(/`(sum: the grid has [^`]+)`/)![1]!;
  expect(() => sum.sum(zeros([2, 2], 'd'))).toThrow(said);
});

test('the plain C addon makes and takes floats', () => {
  expect(memoryview(plain.make()).shape).toEqual([2, 3]);
  expect(plain.count(plain.make())).toBe(6);
  expect(plain.count(new Float32Array(4))).toBe(4);
  expect(() => plain.count(new Float64Array(4))).toThrow('count: the argument has elements of float64');
});
