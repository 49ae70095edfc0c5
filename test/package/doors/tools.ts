/** Shared by the tests of the subpath exports: folders with the package and other tools, and commands that run there. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../..', import.meta.url));

/** The output of a command on both streams, and its exit status. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a command to its end, with little of this environment besides the given variables. */
export function spawnIn(cwd: string, env: NodeJS.ProcessEnv, program: string, ...args: string[]): Ended {
  const kept = ['PATH', 'HOME', 'CC', 'CXX', 'NODE_EXTRA_CA_CERTS', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY'];
  const ours = Object.fromEntries(
    kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  const all = { NO_COLOR: '1', ...ours, ...env };
  const ran = spawnSync(program, args, { cwd, encoding: 'utf8', env: all, timeout: 1_800_000 });
  return { status: ran.status, output: `${ran.error?.message ?? ''}${ran.stdout}${ran.stderr}` };
}

export function attempt(cwd: string, program: string, ...args: string[]): Ended {
  return spawnIn(cwd, {}, program, ...args);
}

/** Runs a command that has to succeed, and returns what it printed. */
export function run(cwd: string, program: string, ...args: string[]): string {
  const { status, output } = attempt(cwd, program, ...args);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${output}`);
  return output;
}

export function tarball(): string {
  const file = process.env.MEMORYVIEW_TARBALL;
  if (!file) throw new Error('MEMORYVIEW_TARBALL is not set; run the tests by "npm run test:doors"');
  return file;
}

/** Writes files into a folder: path to content. */
export function writeAll(folder: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

export function newFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `memoryview-${name}-`));
}

/** A project with the tarball and other packages installed by npm, without install scripts. */
export function project(name: string, ...packages: string[]): string {
  const folder = newFolder(name);
  writeAll(folder, { 'package.json': '{ "private": true }' });
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  run(folder, 'npm', 'install', ...quiet, tarball(), ...packages);
  return folder;
}

/** The version of a package that is installed in a folder. */
export function versionOf(folder: string, name: string): string {
  const file = join(folder, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The binary of a runtime that test/lifetime/install-runtimes.sh installed; null where it did not. */
export function runtime(name: string): string | null {
  const installed = process.env.MEMORYVIEW_RUNTIMES || join(tmpdir(), 'memoryview-runtimes');
  const path = join(installed, 'node_modules', name.startsWith('node') ? `${name}/bin/node` : `.bin/${name}`);
  return existsSync(path) ? path : null;
}
