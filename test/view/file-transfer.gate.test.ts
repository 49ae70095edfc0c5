/** A file of more than 2 GiB, which Node's own read ends the process over, read into one block. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allocate } from '../../src/index.js';
import { simulated } from '../refusal.js';

const SIZE = 3 * 2 ** 30;

test.skipIf(simulated)(
  '3 GiB of a sparse file arrive in one block, and go back',
  { timeout: 280_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memoryview-3gib-'));
    const file = join(folder, 'sparse');
    const memory = allocate(SIZE);
    try {
      const fd = openSync(file, 'w');
      ftruncateSync(fd, SIZE);
      writeSync(fd, 'begin', 0);
      writeSync(fd, 'middle', 2 ** 31 - 3);
      writeSync(fd, 'end!', SIZE - 4);
      closeSync(fd);
      const view = memory.view();
      let pieces = 0;
      expect(await view.readFrom(file, { onProgress: () => pieces++ })).toBe(SIZE);
      expect(pieces).toBe(SIZE / 2 ** 24);
      const text = (at: number, length: number): string => view.slice(`${at}:${at + length}`).decode();
      expect([text(0, 5), text(2 ** 31 - 3, 6), text(SIZE - 4, 4)]).toEqual(['begin', 'middle', 'end!']);
      const tail = view.slice(`${2 ** 31}:`);
      expect(await tail.writeTo(file, { position: 2 ** 31 })).toBe(2 ** 30);
    } finally {
      memory.release();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
