/** Runs a shell script of this folder, and describes its end in a few lines. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SHOWN = 25;

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  /** How it ended, then the end of stderr, then that of stdout: a reporter may cut what is long, and a compiler's log comes first. */
  readonly ending: string;
}

export function runScript(name: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Ran {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const ran = spawnSync('sh', [script, ...args], { encoding: 'utf8', env, maxBuffer: 2 ** 28 });
  const { status, signal, error, stdout, stderr } = ran;
  const ended = `${name} ended with ${error?.message ?? signal ?? status}`;
  return {
    status,
    stdout,
    ending: [ended, lastLines('stderr', stderr), lastLines('stdout', stdout)].join('\n'),
  };
}

function lastLines(name: string, text: string): string {
  const lines = text.trimEnd().split('\n');
  const shown = lines.slice(-SHOWN);
  const cut = lines.length > shown.length ? `, the last ${SHOWN} of ${lines.length} lines` : '';
  return [`${name}${cut}:`, ...shown.map((line) => `  ${line.slice(0, 500)}`)].join('\n');
}
