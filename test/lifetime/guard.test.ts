/** The debug mode MEMORYVIEW_GUARD=1 stops native code that uses a stale or stray pointer. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Outcome, runScenario } from './child.js';

// AddressSanitizer handles faults itself, with a report of its own.
const sanitized = process.env.MEMORYVIEW_SANITIZED === '1';
const guarded = (what: string): Outcome => runScenario('guard', [what], { env: { MEMORYVIEW_GUARD: '1' } });

test.each([
  [
    'stale',
    /touched 0x[0-9a-f]+, in released memory: block \d+ \(heap, 1000 bytes at 0x[0-9a-f]+, label "victim"\)/,
  ],
  ['overrun', /touched 0x[0-9a-f]+, 24 bytes past the end of live memory: block \d+ \(heap, 1000 bytes/],
  ['underrun', /touched 0x[0-9a-f]+, 5000 bytes before live memory: block \d+ \(heap, 1000 bytes/],
  [
    'arena',
    /touched 0x[0-9a-f]+, in released memory: block \d+ \(arena, 16 bytes at 0x[0-9a-f]+, label "part"\)/,
  ],
])('a %s access faults at once, and the message names block, label and allocation stack', (what, message) => {
  const { signal, output } = guarded(what);
  if (!sanitized) expect(signal, output).toBe('SIGSEGV');
  expect(output).toMatch(/^memoryview guard: native code/m);
  expect(output).toMatch(message);
  expect(output).toMatch(/at culprit \(.*guard\.mjs/);
  expect(output).not.toContain('survived');
});

test('a program that keeps to its memory does not notice the guard', () => {
  const { status, output } = guarded('none');
  expect({ status, output: output.trim() }).toEqual({ status: 0, output: 'survived' });
});

test('WebAssembly’s own faults go on to the engine', () => {
  const { status, output } = guarded('wasm');
  expect({ status, output: output.trim() }).toEqual({ status: 0, output: 'trapped\nsurvived' });
});

test('a label can neither end its line nor steer a terminal', () => {
  const { output } = guarded('label');
  expect(output).toContain('label "two\\x0alines, \\x1b[31mred, \\x22quoted\\x22, \\xc2\\x9bm, é")');
});

test('a program that runs out of memory is told which limit the guard may have met', (context) => {
  if (process.platform !== 'linux') context.skip('vm.max_map_count is Linux’s');
  if (sanitized) context.skip('the sanitizer maps more than the limit of this test');
  const scenario = fileURLToPath(new URL('./scenarios/guard.mjs', import.meta.url));
  const limited = `ulimit -d 2000000; exec "${process.execPath}" "${scenario}" refused`;
  const env = { ...process.env, MEMORYVIEW_GUARD: '1' };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', limited], { encoding: 'utf8', env });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(
    /^ERR_OUT_OF_MEMORY allocate: the system refused 2147483648 bytes.*vm\.max_map_count/m,
  );
});
