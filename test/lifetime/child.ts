/**
 * Runs a lifetime scenario in a process of its own, because these tests are about crashes, exits and resident size.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { simulated } from '../refusal.js';

/** The end of a scenario's process, and the last line that it printed as JSON (null if there is none). */
export interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly answer: Record<string, unknown> | null;
  readonly output: string;
}

const folder = fileURLToPath(new URL('./scenarios/', import.meta.url));

/** The command lines by which each runtime runs a module with `gc()` exposed. */
const FLAGS: Record<string, readonly string[]> = {
  node: ['--expose-gc'],
  bun: ['--expose-gc'],
  deno: ['run', '--allow-all', '--v8-flags=--expose-gc'],
};

/**
 * Runs `scenarios/<name>.mjs`.
 *
 * @param binary - the runtime; this Node by default
 * @param flavour - how it wants its flags
 */
export function runScenario(
  name: string,
  args: readonly string[] = [],
  {
    binary = process.execPath,
    flavour = 'node',
    env = {},
    timeout = 120_000,
  }: { binary?: string; flavour?: string; env?: Record<string, string>; timeout?: number } = {},
): Outcome {
  const ran = spawnSync(binary, [...(FLAGS[flavour] ?? []), `${folder}${name}.mjs`, ...args], {
    encoding: 'utf8',
    timeout,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const output = `${ran.stdout ?? ''}${ran.stderr ?? ''}`;
  return { status: ran.status, signal: ran.signal, answer: lastJson(ran.stdout ?? ''), output };
}

/**
 * Whether optimized code of a V8 may read a stale length of a TypedArray over a detached ArrayBuffer: up to 12.4, at a place where
 * buffers that can be resized were seen too, as memory of the engine's own has them. The items are gone all the same.
 */
export function staleLengths(v8: string): boolean {
  const [major = 0, minor = 0] = v8.split('.').map(Number);
  return simulated && (major < 12 || (major === 12 && minor <= 4));
}

function lastJson(text: string): Record<string, unknown> | null {
  const line = text.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return null;
  const parsed: unknown = JSON.parse(line);
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
}
