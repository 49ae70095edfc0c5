/**
 * Asks the real CPython and numpy: one process answers a whole batch of cases.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../contract/vectors.js';
import type { Case } from './case.js';

/** The oracle's outcome, or the name of the rule under which the contract differs. */
export type Answer = Outcome & { readonly rule?: string; readonly pyerror?: string };

const SCRIPT = fileURLToPath(new URL('./oracle.py', import.meta.url));
const PYTHONS = ['/usr/bin/python3', 'python3'];

/** The Python that has numpy, with the versions of both; null if there is none. */
export function findPython(): { readonly command: string; readonly versions: string } | null {
  for (const command of PYTHONS) {
    const { status, stdout } = spawnSync(command, [SCRIPT, '--version'], { encoding: 'utf8' });
    if (status === 0) return { command, versions: stdout.trim() };
  }
  return null;
}

/** Answers cases, in their order. */
export function ask(command: string, cases: readonly Case[]): Answer[] {
  const input = cases.map((one) => JSON.stringify(one)).join('\n');
  const { status, signal, error, stdout, stderr } = spawnSync(command, [SCRIPT], {
    input: `${input}\n`,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0)
    throw new Error(`the oracle failed: ${error?.message ?? signal ?? status} ${stderr.slice(-2000)}`);
  const answers = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Answer => JSON.parse(line));
  if (answers.length !== cases.length) throw new Error(`${answers.length} answers to ${cases.length} cases`);
  return answers;
}
