/** packaging/conformance, run on all exporters of this repository, and on producers that break the rules. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
// @ts-expect-error: a program in JavaScript
import { reportOf } from '../../packaging/conformance/run.mjs';
import {
  Arena,
  allocate,
  array,
  mapFile,
  memoryview,
  SharedMemory,
  wrapPointer,
  zeros,
} from '../../src/index.js';
import { simulated } from '../refusal.js';
import { type Carrier, COMPILING, type Consumer, loadAddon, type Producer } from './addons.js';

type Pairs = [rule: string, fault: string][];

let check: (object: unknown) => Pairs;
let liar: { lie(kind: string): Carrier };
const report: (name: string, pairs: Pairs) => string = reportOf;

beforeAll(() => {
  check = (loadAddon('packaging/conformance/conformance.c') as { check: typeof check }).check;
  liar = loadAddon('test/interop/fixtures/liar.c') as typeof liar;
}, COMPILING);

function faultsOf(object: unknown): string {
  return report('it', check(object))
    .split('\n')
    .filter((line) => line.includes('BROKEN'))
    .join('\n');
}

describe.skipIf(simulated)('our exporters keep every rule', () => {
  test('memory of each kind', () => {
    const path = join(tmpdir(), `memoryview-conformance-${process.pid}`);
    writeFileSync(path, Buffer.alloc(100));
    const owner = allocate(64);
    const file = mapFile(path);
    const shared = SharedMemory.create({ size: 100 });
    const arena = new Arena();
    for (const memory of [
      owner,
      file,
      shared,
      arena.allocate(10),
      wrapPointer(owner.address, 64, { owner }),
    ]) {
      expect(faultsOf(memory), memory.kind).toBe('');
    }
    for (const memory of [file, shared, arena]) memory.release();
  });

  test('views of each layout', () => {
    const grid = array(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'd',
    );
    const views = [
      grid,
      grid.T,
      grid.slice('::-1, ::2'),
      grid.toReadonly(),
      zeros([], 'i'),
      zeros([0, 3], 'h'),
    ];
    for (const view of [...views, zeros(3, 'T{i:a:d:b:}'), zeros(2, '>q'), memoryview(grid).slice('0')]) {
      expect(faultsOf(view), `${view.format} ${view.shape}`).toBe('');
    }
  });

  test(
    'and so do the addons of examples/',
    () => {
      const producer = loadAddon('examples/addon-producer/producer.c') as Producer;
      const consumer = loadAddon('examples/addon-consumer/consumer.cc') as Consumer;
      expect(faultsOf(producer.makeGrid(3, 4, 2))).toBe('');
      expect(faultsOf(producer.makeGrid(3, 4, 1, true))).toBe('');
      expect(faultsOf(consumer.makeRamp(10))).toBe('');
    },
    COMPILING,
  );
});

describe('an exporter that breaks a rule is reported', () => {
  test.each([
    ...[
      'negative shape',
      'overflowing shape',
      'overflowing size',
      'overflowing strides',
      'strides out',
      'strides before',
    ],
    ...[
      'data out',
      'data before',
      'data far before',
      'more than the region',
      'itemsize',
      'itemsize zero',
      'dtype',
    ],
    ...[
      'no format',
      'nbytes',
      'not contiguous',
      'no region',
      '65 dimensions',
      '-1 dimensions',
      'no shape',
      'no strides',
    ],
    ...[
      'newer view',
      'short view',
      'other device',
      'borrowed',
      'no release',
      'silent refusal',
      'odd answer',
      'magic',
    ],
    ...['newer major', 'endless majors', 'short exporter', 'no acquire', 'untagged', 'other tag'],
  ])('%s', (kind) => {
    expect(faultsOf(liar.lie(kind))).toContain('BROKEN');
  });

  test('an object that offers nothing', () => {
    expect(faultsOf({})).toContain('3.1');
  });
});
