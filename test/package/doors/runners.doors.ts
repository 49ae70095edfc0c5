/**
 * Test runners with the installed package: two files each, from CommonJS and from ES modules, with the module cache reset in the middle, and
 * what memoryview/testing has for each. Then what reloads modules without a test runner.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attempt, project, run, runtime, versionOf, writeAll } from './tools.js';

let place: string;

const VIEWS = `const m = zeros([2, 2]); m.set(1, 1, 3); expect(m).toBeInstanceOf(MemoryView); expect(m.T).toEqualView([[0, 0], [0, 3]]);
  expect(memoryview(new Float32Array([1, 2])).toArray()).toEqual([1, 2]); expect(zeros(3).asTypedArray()).toBeInstanceOf(Float64Array);
  expect(() => zeros(3).get(7)).toThrow(RangeError);`;
const COPY = 'const copied = await zeros([50, 50]).copyAsync(); expect(copied.shape).toEqual([50, 50]);';
const AGAIN = `expect(again.MemoryView).not.toBe(MemoryView); const m = again.zeros(2); m.set(0, 5);
  expect(memoryview(m).get(0)).toBe(5); expect(memory.stats().blocks).toBe(again.memory.stats().blocks);`;
const NAMES = 'allocate, memory, MemoryView, memoryview, zeros';

const jestCjs = `const { ${NAMES} } = require('memoryview');
const { failOnLeaks } = require('memoryview/testing');
test('views', () => { ${VIEWS} });
test('copies', async () => { ${COPY} });
test('reset modules', () => { jest.resetModules(); const again = require('memoryview'); ${AGAIN} });
describe('leaks', () => { failOnLeaks(); test('none', () => { allocate(64).release(); }); });\n`;
const jestEsm = `import { jest } from '@jest/globals';
import { ${NAMES} } from 'memoryview';
import { matchers } from 'memoryview/testing';
expect.extend(matchers);
test('views', () => { ${VIEWS} });
test('copies', async () => { ${COPY} allocate(1).release(); });
test('reset modules', async () => { jest.resetModules(); const again = await import('memoryview'); ${AGAIN} });\n`;
const vitest = `import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ${NAMES} } from 'memoryview';
import { failOnLeaks, matchers } from 'memoryview/testing';
expect.extend(matchers);
test('views', () => { ${VIEWS} });
test('copies', async () => { ${COPY} });
test('reset modules', async () => { vi.resetModules(); const again = await import('memoryview'); expect(again.memory.stats().blocks).toBe(memory.stats().blocks); });
describe('leaks', () => { failOnLeaks({ beforeEach, afterEach }); test('none', () => { allocate(64).release(); }); });\n`;
const node = (open: string): string => `${open}
test('views', async () => { const m = zeros([2, 2]); m.set(1, 1, 3); assertViewEqual(m.T, [[0, 0], [0, 3]]); assert(m instanceof MemoryView);
  assert.throws(() => assertViewEqual(m, [[0, 0], [0, 4]]), /differ at \\[1, 1\\]: 3, expected 4/); m.obj.release(); });\n`;
const nodeEsm = node(`import assert from 'node:assert';
import { afterEach, beforeEach, test } from 'node:test';
import { MemoryView, zeros } from 'memoryview';
import { assertViewEqual, failOnLeaks } from 'memoryview/testing';
failOnLeaks({ beforeEach, afterEach });`);
const nodeCjs = node(`const assert = require('node:assert');
const { afterEach, beforeEach, test } = require('node:test');
const { MemoryView, zeros } = require('memoryview');
const { assertViewEqual, failOnLeaks } = require('memoryview/testing');
failOnLeaks({ beforeEach, afterEach });`);
const mocha = node(`const assert = require('node:assert');
const { MemoryView, zeros } = require('memoryview');
const { assertViewEqual, failOnLeaks } = require('memoryview/testing');
failOnLeaks();
const test = it;`);

beforeAll(() => {
  place = project('runners', 'jest@30', 'vitest@4', 'mocha@11');
  writeAll(place, {
    'jest-cjs/a.test.js': jestCjs,
    'jest-cjs/b.test.js': jestCjs,
    'jest-esm/a.test.mjs': jestEsm,
    'jest-esm/b.test.mjs': jestEsm,
    'vitest/a.test.mjs': vitest,
    'vitest/b.test.mjs': vitest,
    'node/a.test.mjs': nodeEsm,
    'node/b.test.cjs': nodeCjs,
    'mocha/a.cjs': mocha,
    'mocha/b.cjs': mocha,
  });
  console.log(
    `runners: ${['jest', 'vitest', 'mocha'].map((name) => `${name} ${versionOf(place, name)}`).join(', ')}`,
  );
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const inPackage = (path: string): string => join(place, 'node_modules', path);

describe('Jest', () => {
  test.each(['node20', 'node24'])('runs CommonJS tests (%s)', (name) => {
    const binary = runtime(name) ?? process.execPath;
    expect(run(place, binary, inPackage('jest/bin/jest.js'), '--rootDir', 'jest-cjs')).toMatch(
      /Tests: +8 passed, 8 total/,
    );
  });

  test('runs ES module tests', () => {
    const args = ['--rootDir', 'jest-esm', '--testMatch', '**/*.test.mjs'];
    const output = run(
      place,
      process.execPath,
      '--experimental-vm-modules',
      inPackage('jest/bin/jest.js'),
      ...args,
    );
    expect(output).toMatch(/Tests: +6 passed, 6 total/);
  });

  test('fails a test that leaves memory', () => {
    const leaking = `const { allocate } = require('memoryview');
require('memoryview/testing').failOnLeaks();
test('leaks', () => { globalThis.kept = allocate(64, { label: 'forgotten' }); });\n`;
    writeAll(place, { 'jest-leak/a.test.js': leaking });
    const { status, output } = attempt(
      place,
      process.execPath,
      inPackage('jest/bin/jest.js'),
      '--rootDir',
      'jest-leak',
    );
    expect(status).toBe(1);
    expect(output).toContain('the test left 1 block of native memory (64 bytes)');
  });
});

describe('Vitest', () => {
  test.each(['threads', 'forks', 'vmThreads'])('runs tests in its pool "%s"', (pool) => {
    const args = ['run', '--root', 'vitest', '--pool', pool];
    expect(run(place, process.execPath, inPackage('vitest/vitest.mjs'), ...args)).toMatch(/Tests +8 passed/);
  });
});

describe('node:test and Mocha', () => {
  test('node:test runs both kinds of modules', () => {
    expect(run(place, process.execPath, '--test', 'node/a.test.mjs', 'node/b.test.cjs')).toMatch(/pass 2\b/);
  });

  test('Mocha runs CommonJS tests', () => {
    expect(
      run(place, process.execPath, inPackage('mocha/bin/mocha.js'), 'mocha/a.cjs', 'mocha/b.cjs'),
    ).toMatch(/2 passing/);
  });
});

describe('a program that loads the package again', () => {
  const prints = (name: string, source: string, ...flags: string[]): string => {
    writeAll(place, { [name]: source });
    return run(place, process.execPath, ...flags, name).trim();
  };

  test('clears the cache of modules fifty times, as development servers do', () => {
    const source = `let last; let old = [];
for (let round = 0; round < 50; round++) {
  for (const key of Object.keys(require.cache)) if (!key.endsWith('.node')) delete require.cache[key];
  last = require('memoryview');
  const view = last.zeros(4); view.set(0, round); old.push(view);
}
console.log(old.every((view, i) => last.memoryview(view).get(0) === i), last.memory.stats().byKind.heap.blocks === 50);\n`;
    expect(prints('reset.cjs', source)).toBe('true true');
    expect(prints('reset-all.cjs', source.replace("if (!key.endsWith('.node')) ", ''))).toBe('true true');
  });

  test('loads it in a vm context', () => {
    const source = `const vm = require('node:vm');
const context = vm.createContext({ require, console, process });
console.log(vm.runInContext("const { zeros, memoryview } = require('memoryview'); zeros(3).get(1) === 0 && memoryview(new Float32Array([7])).get(0) === 7", context));\n`;
    expect(prints('vm.cjs', source)).toBe('true');
  });

  test('runs with frozen intrinsics, without code from strings, and under permissions that allow addons', () => {
    const source =
      "const { zeros } = require('memoryview'); console.log(zeros([2, 2]).T.toArray().length);\n";
    expect(prints('flags.cjs', source, '--frozen-intrinsics', '--no-warnings')).toBe('2');
    expect(prints('flags.cjs', source, '--disallow-code-generation-from-strings')).toBe('2');
    const [permission, ...rest] = ['--experimental-permission', '--allow-fs-read=*', '--no-warnings'];
    const { output } = attempt(place, process.execPath, permission!, ...rest, 'flags.cjs');
    expect(output).toContain('2');
    const newer = runtime('node24');
    if (newer === null) throw new Error('node24 is missing: run test/lifetime/install-runtimes.sh');
    const allowed = ['--permission', '--allow-addons', '--allow-fs-read=*', '--no-warnings', 'flags.cjs'];
    expect(run(place, newer, ...allowed).trim()).toBe('2');
    const refused = attempt(
      place,
      newer,
      ...allowed.filter((flag) => flag !== '--allow-addons' && flag !== '--no-warnings'),
    );
    expect(refused.output).toContain('under --permission, with --allow-addons');
  });
});
