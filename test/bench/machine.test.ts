/** The description of the benchmarks' machine, and the number of threads of their plain copies. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bytesOfSize, caches, machine } from '../../bench/machine.js';
import { streamOf, streamThreads } from '../../bench/stream.js';

it('reads sizes as sysfs writes them', () => {
  expect(['48K', '2048K\n', '32M', '512', '1G'].map(bytesOfSize)).toEqual([
    49152, 2097152, 33554432, 512, 1073741824,
  ]);
  expect(bytesOfSize('much')).toBeNaN();
});

it('lists the caches of data from the nearest on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-caches-'));
  try {
    const made = [
      ['index3', 'Unified', '3', '480M'],
      ['index0', 'Data', '1', '48K'],
      ['index1', 'Instruction', '1', '64K'],
      ['index2', 'Unified', '2', '2048K'],
    ] as const;
    for (const [name, type, level, size] of made) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'type'), `${type}\n`);
      writeFileSync(join(folder, name, 'level'), `${level}\n`);
      writeFileSync(join(folder, name, 'size'), `${size}\n`);
    }
    mkdirSync(join(folder, 'power'));
    expect(caches(folder)).toEqual([
      { level: 1, nbytes: 48 * 1024 },
      { level: 2, nbytes: 2 * 1024 ** 2 },
      { level: 3, nbytes: 480 * 1024 ** 2 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('knows no caches where the system does not describe them', () => {
  expect(caches('/no/such/folder')).toEqual([]);
});

it('describes this machine in words', () => {
  const { node, system } = machine();
  expect(node).toBe(process.version.slice(1));
  expect(system).toBe(`${process.platform} ${process.arch}`);
});

it('takes threads for a STREAM copy as the addon does for its own', () => {
  const mib = 1024 ** 2;
  expect([4096, 7 * mib, 8 * mib, 64 * mib].map((nbytes) => streamThreads(nbytes, 2))).toEqual([1, 1, 2, 2]);
  expect(streamThreads(1024 * mib, 64)).toBe(4);
});

it('measures a STREAM copy with every thread that it takes', async () => {
  const side = await streamOf(8 * 1024 ** 2, 0.1);
  try {
    expect(side.sample()).toBeGreaterThan(0);
  } finally {
    await side.end();
  }
});
