/** Memory for secrets: no copy of it stays where other code could read it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Arena, allocate } from '../../src/index.js';
import { thrown } from '../memory/thrown.js';
import { simulated } from '../refusal.js';
import { runScenario } from './child.js';

test('a secret is locked, in no core dump, and nowhere once it is released, collected, or its thread or process ends', (context) => {
  if (process.platform !== 'linux') context.skip('the memory of a process is read as on Linux');
  if (simulated) context.skip('memory of the engine’s can’t be wiped');
  if (process.env.MEMORYVIEW_SANITIZED === '1') {
    context.skip('AddressSanitizer keeps freed memory, and its shadow is too large to be searched');
  }
  const library = join(mkdtempSync(join(tmpdir(), 'memoryview-secret-')), 'at-exit.so');
  const source = fileURLToPath(new URL('../fixtures/at_exit.c', import.meta.url));
  if (spawnSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O1', '-o', library, source]).status !== 0) {
    if (process.env.CI) throw new Error('no C compiler found: install gcc or set CC');
    context.skip('no C compiler found: install gcc or set CC');
  }
  const { status, answer, output } = runScenario('secret', [library]);
  expect(status, output).toBe(0);
  expect(answer).toEqual({
    control: 1,
    cleared: 0,
    live: 1,
    released: 0,
    collected: 0,
    worker: { live: 1, after: 0 },
    exposed: { live: 1, after: 0 },
    locked: true,
    undumped: true,
  });
  expect(output).toContain('at exit: 0 of 48 bytes left');
});

test('a secret has the alignment and the zeros of other memory', (context) => {
  if (simulated) context.skip('memory of the engine’s can’t be wiped');
  const memory = allocate(100, { secret: true, alignment: 65536, zero: false, label: 'key' });
  expect(memory.address % 65536n).toBe(0n);
  expect(memory.view().count(0)).toBe(100);
  memory.release();
  expect(memory.released).toBe(true);
});

test('an arena holds no secrets, and the option is a boolean', () => {
  expect(thrown(() => new Arena().allocate(8, { secret: true })).code).toBe('ERR_UNSUPPORTED');
  expect(thrown(() => allocate(8, { secret: 1 as unknown as boolean })).code).toBe('ERR_INVALID_ARG');
});
