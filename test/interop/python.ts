/** The real CPython with numpy, as a peer: a missing one fails in CI and is named elsewhere. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const CANDIDATES = [process.env.MEMORYVIEW_PYTHON, '/usr/bin/python3', 'python3'];

function found(): string | null {
  for (const binary of CANDIDATES) {
    if (binary && spawnSync(binary, ['-c', 'import numpy']).status === 0) return binary;
  }
  return null;
}

/** The interpreter that has numpy, or null. */
export const python: string | null = found();

/** Runs a script with arguments; its outcome. */
export function runPython(script: string, args: readonly string[] = []): SpawnSyncReturns<string> {
  if (python === null) throw new Error('no python3 with numpy was found');
  return spawnSync(python, ['-c', script, ...args], {
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 2 ** 28,
  });
}

/** Runs a script that must succeed; what it printed. */
export function outputOfPython(script: string, args: readonly string[] = []): string {
  const { status, stdout, stderr } = runPython(script, args);
  if (status !== 0) throw new Error(`python3 ended with status ${status}: ${stderr}`);
  return stdout.trim();
}

/** `test` with a Python that has numpy: named as skipped where there is none, a failure in CI. */
export function testWithPython(name: string, run: () => void | Promise<void>, timeout?: number): void {
  if (python === null && process.env.CI !== 'true') {
    test(`${name} (skipped: no python3 with numpy was found)`, () => {
      expect(python).toBeNull();
    });
  } else {
    test(name, run, timeout);
  }
}
