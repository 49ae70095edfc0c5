/**
 * Compiles addons for the tests as their authors would: one source file, Node's headers, the header of this package, and nothing to
 * link. Under the sanitizers of test/native the addons are instrumented too.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** For hooks that compile (ms): a C++ file takes seconds, under a sanitizer on a busy machine many. */
export const COMPILING: number = 180_000;

/** The folder of this package's C header. */
export const headers: string = join(root, 'native/include');

function findNodeHeaders(): string {
  const { npm_config_nodedir: nodedir, XDG_CACHE_HOME: cache } = process.env;
  const candidates = [
    ...(nodedir === undefined ? [] : [join(nodedir, 'include/node')]),
    join(dirname(process.execPath), '../include/node'),
    '/usr/include/node',
    join(cache ?? join(homedir(), '.cache'), 'node-gyp', process.versions.node, 'include/node'),
    join(homedir(), 'Library/Caches/node-gyp', process.versions.node, 'include/node'),
  ];
  const found = candidates.find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found === undefined) {
    throw new Error(`no node_api.h in ${candidates.join(', ')}; run "npx node-gyp install"`);
  }
  return found;
}

/** A folder of libraries and addons that were compiled before, where the tests run without a compiler; test/windows makes one. */
export const compiledBefore: string | undefined = process.env.MEMORYVIEW_COMPILED;

/** The folder of Node's own headers. */
export const nodeHeaders: string = compiledBefore ?? findNodeHeaders();

/** Runs a compiler. @throws with everything that it printed */
export function compile(compiler: string, args: readonly string[]): void {
  const ran = spawnSync(compiler, args, {
    encoding: 'utf8',
    // A compiler needs no sanitizer of the addon's, and rustc does not start with one.
    env: { ...process.env, LD_PRELOAD: '' },
  });
  if (ran.status === 0) return;
  throw new Error(`${compiler} ${args.join(' ')}: ${ran.error?.message ?? ''}\n${ran.stdout}${ran.stderr}`);
}

/** Whether a program can be run; in CI all that the tests need must be there. */
export function has(program: string): boolean {
  return process.env.CI !== undefined || spawnSync(program, ['--version']).status === 0;
}

const STRICT = ['-Wall', '-Wextra', '-Wpedantic', '-Werror'];
const folder = mkdtempSync(join(tmpdir(), 'memoryview-addons-'));
const require = createRequire(import.meta.url);

/**
 * Compiles one source file into an addon.
 *
 * @param source - its path from the root of the checkout
 * @param extra - further arguments for the compiler
 * @returns the path of the addon
 */
export function buildAddon(source: string, extra: readonly string[] = []): string {
  const isC = source.endsWith('.c');
  const name = `${basename(source).replace(/\.\w+$/, '')}.node`;
  if (compiledBefore !== undefined) return join(compiledBefore, name);
  const output = join(folder, name);
  compile(isC ? (process.env.CC ?? 'gcc') : (process.env.CXX ?? 'g++'), [
    isC ? '-std=gnu11' : '-std=c++17',
    ...STRICT,
    ...['-O2', '-g', '-shared', '-fPIC', '-DNAPI_VERSION=9', `-I${headers}`],
    ...['-isystem', nodeHeaders],
    ...(process.env.MEMORYVIEW_SANITIZED ? ['-fsanitize=address'] : []),
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-lpthread', '-ldl']),
    ...['-o', output, join(root, source)],
    ...extra,
  ]);
  return output;
}

/** Compiles an addon and loads it. */
export function loadAddon(source: string): object {
  return require(buildAddon(source)) as object;
}

/** Objects of the example addons; they carry an exporter under a symbol. */
export type Carrier = Record<symbol, unknown>;

/** examples/addon-producer. */
export interface Producer {
  makeGrid(rows: number, columns: number, step?: number, readonly?: boolean): Carrier;
  release(grid: object): void;
  ledger(): [made: number, freed: number];
}

/** examples/addon-consumer. */
export interface Consumer {
  sumGrid(grid: unknown): number;
  sumPoints(points: unknown): number;
  sumAligned(grid: unknown): number;
  addressOf(grid: unknown): bigint;
  double(grid: unknown): void;
  hold(grid: unknown): void;
  letGo(): number;
  makeRamp(n: number): Carrier;
}

/** examples/addon-holder. */
export interface Holder {
  hold(grid: unknown): object;
  finish(job: object): number;
}
