/** C++ allocations that fail: a preloaded library lets each one of each operation fail once. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { simulated } from '../refusal.js';
import { runScenario } from './child.js';

test('whichever allocation fails, the call throws an error with its code, and the next one works', (context) => {
  if (process.platform !== 'linux') context.skip('the library is preloaded as on Linux');
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('the sanitizer has an allocator of its own');
  if (simulated) context.skip('memory of the engine’s has other operations');
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-failed-'));
  const [library, order] = [join(folder, 'fail.so'), join(folder, 'order')];
  const source = fileURLToPath(new URL('../fixtures/fail_allocation.cc', import.meta.url));
  const flags = ['-std=c++20', '-O1', '-fPIC', '-shared', '-o', library, source, '-ldl'];
  if (spawnSync(process.env.CXX ?? 'g++', flags, { stdio: 'inherit', shell: true }).status !== 0) {
    if (process.env.CI) throw new Error('no C++ compiler found: install g++ or set CXX');
    context.skip('no C++ compiler found: install g++ or set CXX');
  }
  writeFileSync(order, Buffer.alloc(24));
  const env = { LD_PRELOAD: library, MEMORYVIEW_FAIL: order };
  const { status, answer, output } = runScenario('failed-allocations', [], { env });
  expect(status, output).toBe(0);
  const left = { blocks: 0, bytes: 0, pinned: 0, inFlight: 0 };
  expect(answer).toMatchObject({ wrong: [], left, enough: true });
});
