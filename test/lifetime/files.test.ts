/**
 * Mapped files and shared memory in processes of their own: events that end a process, events that must not, and what a process leaves
 * behind. MEMORYVIEW_TRUNCATION_SECONDS makes the race longer.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, type TestContext, test } from 'vitest';
import { SharedMemory } from '../../src/index.js';
import { type Outcome, runScenario } from './child.js';
import { RUNTIMES, type Runtime, runtimeBinary } from './runtimes.js';

const SECONDS = Number(process.env.MEMORYVIEW_TRUNCATION_SECONDS ?? 5);
const ci = process.env.CI === 'true';
const sanitized = process.env.MEMORYVIEW_SANITIZED === '1';
const scenarios = fileURLToPath(new URL('./scenarios/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'memoryview-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

test(`another process truncates a file for ${SECONDS} s while four workers read it: no worker crashes, truncated is seen`, {
  timeout: 60_000 + SECONDS * 2000,
}, () => {
  const { status, signal, answer, output } = runScenario('truncation', [String(SECONDS)], {
    timeout: 60_000 + SECONDS * 2000,
  });
  expect({ status, signal }, output).toEqual({ status: 0, signal: null });
  expect(answer?.maps).toBeGreaterThan(20);
  expect(answer?.truncated).toBeGreaterThan(0);
  expect(answer?.told).toBeGreaterThan(0);
  expect(answer?.odd).toBe(0);
  console.log(`truncation, ${SECONDS} s: ${JSON.stringify(answer)}`);
});

test('opening 512 MiB costs no reading: resident size stays flat', () => {
  const { status, answer, output } = runScenario('open-cost');
  expect(status, output).toBe(0);
  // Reading the file would add 512. A sanitizer's allocator keeps what was freed: 20 were seen there without a byte read.
  expect(answer?.grown).toBeLessThan(64);
  console.log(`open 512 MiB: ${JSON.stringify(answer)}`);
});

/** Runs a scenario where a file system of 1 MiB is mounted; null where the user may not mount. */
function onSmallDisk(name: string): Outcome | null {
  const mounted = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$1" --expose-gc "$2" "$0"';
  const script = ['sh', '-c', mounted, folder, process.execPath, `${scenarios}${name}.mjs`];
  for (const flags of [['-m'], ['-rm']]) {
    if (spawnSync('unshare', [...flags, 'true']).status !== 0) continue;
    const ran = spawnSync('unshare', [...flags, ...script], { encoding: 'utf8', timeout: 60_000 });
    const output = `${ran.stdout}${ran.stderr}`;
    const last = ran.stdout.trim().split('\n').at(-1) ?? '';
    const answer = last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : null;
    return { status: ran.status, signal: ran.signal, answer, output };
  }
  return null;
}

test('a full disk under a sparse mapping loses the bytes that do not fit, and flush says ENOSPC', (context) => {
  const outcome = onSmallDisk('full-disk');
  if (outcome === null) {
    if (ci)
      throw new Error('mounting a file system is not allowed here: run as root, or allow user namespaces');
    context.skip('mounting a file system is not allowed here');
  }
  expect(outcome?.status, outcome?.output).toBe(0);
  const full = { code: 'ENOSPC', syscall: 'msync', path: true };
  expect(outcome?.answer).toEqual({
    whole: false,
    truncated: true,
    nines: 8 << 20,
    flush: full,
    flushAsync: full,
    told: 1,
  });
});

test('a listener of SIGBUS takes the handler’s place until the next file is mapped', () => {
  const { status, answer, output } = runScenario('sigbus-listener', []);
  expect(status, output).toBe(0);
  expect(answer).toEqual({ read: 0, truncated: true, again: 0 });
});

describe('a SIGBUS that is not ours', () => {
  const library = join(folder, 'sigbus.so');
  const source = fileURLToPath(new URL('../fixtures/sigbus.c', import.meta.url));
  const built =
    spawnSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O1', '-o', library, source]).status === 0;
  const run = (context: TestContext, how: string): Outcome => {
    if (!built && !ci) context.skip('there is no C compiler');
    if (sanitized) context.skip('the sanitizer has a handler of its own');
    expect(built, 'a C compiler is needed here').toBe(true);
    return runScenario('sigbus', [library, how]);
  };

  test('reaches the handler that was there before, and ours goes on', (context) => {
    const { status, signal, answer, output } = run(context, 'handled');
    expect({ status, signal }, output).toEqual({ status: 0, signal: null });
    expect(answer).toEqual({ ours: 0, caught: 1, count: 1, after: 0 });
  });

  test('ends the process where there was none, as it always did', (context) => {
    const { signal, output } = run(context, 'default');
    expect(signal, output).toBe('SIGBUS');
  });
});

describe('names of shared memory', () => {
  let names = 0;
  const fresh = (): string => `mv-names-${process.pid}-${names++}`;
  const there = (name: string): boolean => existsSync(`/dev/shm/${name}`);

  test.each([
    ['process.exit', 'exit', 7],
    ['an uncaught error', 'uncaught', 1],
    ['the end of the program', 'end', 0],
    ['process.exit while a worker has it', 'worker-alive', 7],
    ['the termination of the worker that created it, and process.exit', 'worker-terminated', 7],
  ])('are gone after %s', (_what, how, expected) => {
    const name = fresh();
    const { status, output } = runScenario('shared-names', [name, how]);
    expect(output).toContain('created');
    expect(status, output).toBe(expected);
    expect(there(name)).toBe(false);
  });

  test('stay with persist', () => {
    const name = fresh();
    const { status, output } = runScenario('shared-names', [name, 'persist']);
    expect(status, output).toBe(7);
    expect(there(name)).toBe(true);
    SharedMemory.open(name).unlink();
    expect(there(name)).toBe(false);
  });

  test('stay after a kill -9 of the creator, and can be opened, unlinked and created anew', async () => {
    const name = fresh();
    const child = spawn(process.execPath, [`${scenarios}shared-names.mjs`, name, 'wait'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (text) => {
      complaint += text;
    });
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
    expect(child.exitCode, complaint).toBeNull();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(there(name)).toBe(true);
    const left = SharedMemory.open(name);
    expect(left.view().count(3)).toBe(10_000);
    left.unlink();
    expect(there(name)).toBe(false);
    const anew = SharedMemory.create({ name, size: 20_000 });
    expect(anew.view().count(0)).toBe(20_000);
    expect(left.view().count(3)).toBe(10_000);
    anew.unlink();
  });
});

for (const { name, flavour } of RUNTIMES) describe(name, () => onRuntime({ name, flavour }));

function onRuntime({ name, flavour }: Runtime): void {
  const run = (context: TestContext, scenario: string, args: readonly string[] = []): Outcome => {
    const binary = runtimeBinary(name);
    if (sanitized) context.skip('the sanitized addon runs in the Node of the suite only');
    if (binary === null) {
      if (ci) throw new Error(`${name} is missing: run test/lifetime/install-runtimes.sh`);
      context.skip(`${name} is not installed; test/lifetime/install-runtimes.sh does it`);
    }
    return runScenario(scenario, args, { binary: binary ?? '', flavour });
  };

  test('files, shared memory and foreign pointers work', (context) => {
    const { status, answer, output } = run(context, 'elsewhere');
    expect(status, output).toBe(0);
    expect(answer).toEqual({
      before: 7,
      after: 0,
      kept: 7,
      truncated: true,
      told: 1,
      written: 9,
      shared: 5,
      foreign: 8,
      released: [
        [true, 64],
        [true, 32],
      ],
      npy: 8,
      blocks: 0,
    });
  });

  test('a file of 12 GiB is mapped whole, or refused with the way out', (context) => {
    const { status, answer, output } = run(context, 'large-file');
    expect(status, output).toBe(0);
    const refused = { whole: false, code: 'ERR_OUT_OF_MEMORY', names: true, part: 41 };
    if (name === 'node20') expect(answer).toEqual(refused);
    else if (flavour === 'node') expect(answer).toEqual({ whole: true, typed: 42, part: 41 });
    else expect([refused, { whole: true, typed: 42, part: 41 }]).toContainEqual(answer);
  });

  test('a file that is truncated in a loop does not crash its readers', (context) => {
    const { status, signal, answer, output } = run(context, 'truncation', ['2']);
    expect({ status, signal }, output).toEqual({ status: 0, signal: null });
    expect(answer?.truncated).toBeGreaterThan(0);
    expect(answer?.odd).toBe(0);
  });
}
