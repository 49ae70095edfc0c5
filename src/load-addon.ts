/**
 * Finds and loads the addon: the one that `MEMORYVIEW_ADDON` names, else the prebuilt one of this platform, else a local build.
 * The only file that knows `.node`. Where none loads it says why, and what to run.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { typeError } from './errors.js';
import { type Executable, readExecutable } from './executable.js';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
const require = createRequire(import.meta.url);

/** What keeps an addon from loading: what is wrong and what was expected, and the way out where it is not a build. */
interface Obstacle {
  readonly wrong: string;
  readonly way?: string;
  readonly cause?: unknown;
}

/**
 * Loads the addon.
 *
 * @throws TypeError `ERR_UNSUPPORTED` where none loads; its `cause` is what the runtime said
 */
export function loadAddon(): unknown {
  const named = process.env.MEMORYVIEW_ADDON;
  if (named) {
    const way = 'unset MEMORYVIEW_ADDON, or build that file anew';
    const obstacle = attempt(resolve(named), 'the file that MEMORYVIEW_ADDON names', way);
    if ('addon' in obstacle) return obstacle.addon;
    throw unsupported({ way, ...obstacle });
  }
  const target = targetName();
  const prebuilt = resolve(root, 'prebuilds', target, 'memoryview.node');
  let obstacle: Obstacle | null = null;
  if (existsSync(prebuilt)) {
    const tried = attempt(
      prebuilt,
      `prebuilds/${target}/memoryview.node`,
      'reinstall the package ("npm ci")',
    );
    if ('addon' in tried) return tried.addon;
    obstacle = tried;
  }
  const local = localBuild();
  if (local !== null && 'addon' in local) return local.addon;
  throw unsupported(local ?? obstacle ?? { wrong: nothingFound(target) });
}

/** The folder of a prebuilt addon for the running process. */
function targetName(): string {
  return `${process.platform}-${process.arch}${libc() === 'musl' ? '-musl' : ''}`;
}

/**
 * The C library of the running process. Its loader tells, which the head of its binary names: reading it takes 0.1 to 0.6 ms,
 * a report of the process ten times that.
 */
function libc(): 'glibc' | 'musl' | null {
  if (process.platform !== 'linux') return null;
  try {
    const loader = readExecutable(process.execPath)?.interpreter;
    if (loader) return /\/ld-musl-/.test(loader) ? 'musl' : 'glibc';
  } catch {
    // Not to be read: by permission, or because the file was replaced.
  }
  return glibcVersion() === null && existsSync('/etc/alpine-release') ? 'musl' : 'glibc';
}

function glibcVersion(): string | null {
  try {
    const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: unknown } };
    const version = header?.glibcVersionRuntime;
    return typeof version === 'string' ? version : null;
  } catch {
    return null; // Deno has no reports
  }
}

type Attempt = Obstacle | { readonly addon: unknown };

/**
 * Loads one file, unless its head says that it can't be loaded: a file that is cut off can end the process.
 *
 * @param whole - how to get the file anew, where that is not by a build
 */
function attempt(file: string, name: string, whole?: string): Attempt {
  const way = whole === undefined ? {} : { way: whole };
  try {
    const head = readExecutable(file);
    if (head === null) return { wrong: `${name} is corrupted, expected a native addon`, ...way };
    const { size, needed } = head;
    if (size < needed) {
      return { wrong: `${name} is cut off after ${size} bytes, expected at least ${needed}`, ...way };
    }
    const wrong = misfitOf(head, name);
    if (wrong !== null) return { wrong };
    return { addon: require(file) as unknown };
  } catch (cause) {
    return explained(cause, name);
  }
}

/** Loads what node-gyp built beside the sources; null where there is nothing. */
function localBuild(): Attempt | null {
  let file: string;
  try {
    const bindings = require('bindings') as (options: object) => string;
    file = bindings({ bindings: 'memoryview', module_root: root, path: true });
  } catch {
    return null;
  }
  return attempt(file, file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file);
}

/** What the head of a whole file says against it. */
function misfitOf({ system, arch }: Executable, name: string): string | null {
  if (system !== process.platform) return `${name} is for ${system}, expected ${process.platform}`;
  if (arch === null || arch === process.arch) return null;
  return `${name} is for ${arch}, expected ${process.arch}, the architecture of this runtime`;
}

/** Tells the cause of a refusal from what the runtime and the system's loader said. */
function explained(cause: unknown, name: string): Obstacle {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === 'ERR_DLOPEN_DISABLED') {
    return {
      wrong: 'the runtime forbids native addons, expected it to load one',
      way: 'start it without --no-addons; under --permission, with --allow-addons',
      cause,
    };
  }
  if (/requires (ffi|read) access/i.test(text)) {
    return {
      wrong: 'the runtime may not load native addons, expected the permission',
      way: 'start it with --allow-ffi and --allow-read',
      cause,
    };
  }
  const glibc = /GLIBC_(\d[\d.]*)\S* not found/.exec(text);
  if (glibc !== null) {
    const here = glibcVersion();
    return {
      wrong: `${name} needs glibc ${glibc[1]}, expected ${here === null ? 'an older one' : `at most ${here}`}, this system's`,
      cause,
    };
  }
  const other = otherLibc(text);
  if (other !== null)
    return { wrong: `${name} was built for ${other}, expected ${libc()}, this runtime's C library`, cause };
  return { wrong: `${name} does not load (${text.split('\n')[0]}), expected it to`, cause };
}

/** The C library whose parts the system's loader did not find, where it is not the running one. */
function otherLibc(text: string): string | null {
  if (libc() === 'glibc') return /\b(ld|libc\.)-?musl-/.test(text) ? 'musl' : null;
  return /\bld-linux-|symbol not found/.test(text) ? 'glibc' : null;
}

function nothingFound(target: string): string {
  if (process.platform === 'win32') return 'Windows is not supported yet, expected Linux or macOS';
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    return `platform "${process.platform}" is not supported, expected Linux or macOS`;
  }
  return `no native addon found for ${target}, expected a prebuilt or a local one`;
}

function unsupported({ wrong, way, cause }: Obstacle): TypeError {
  const build = `run npx node-gyp rebuild --directory="${root}" (needs make, Python and a compiler of C++20)`;
  const ways: Record<string, string> = { win32: 'use it in WSL', linux: build, darwin: build };
  const out = way ?? ways[process.platform];
  const error = typeError('ERR_UNSUPPORTED', `memoryview: ${wrong}${out === undefined ? '' : `; ${out}`}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}
