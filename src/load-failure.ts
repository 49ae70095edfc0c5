/** Says why no addon loads: the fault, the expected state, and the command to run. Loaded only after a load has failed. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { glibcVersion, libc } from './c-library.js';
import { codeFolder } from './code-folder.js';
import { typeError } from './errors.js';

const root = resolve(codeFolder, '..');
const REINSTALL = 'reinstall the package ("npm ci")';

/** Why an addon can't load: the fault with the expected value, and the remedy where it is not a build. */
export interface LoadFailure {
  readonly wrong: string;
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** Finds the cause of a refusal in the messages of the runtime and the system's loader. */
export function failureOf(cause: unknown, name: string): LoadFailure {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === 'ERR_DLOPEN_DISABLED') {
    return {
      wrong: 'the runtime forbids native addons, expected it to load one',
      remedy: 'start it without --no-addons; under --permission, with --allow-addons',
      cause,
    };
  }
  if (/requires (ffi|read) access/i.test(text)) {
    return {
      wrong: 'the runtime may not load native addons, expected the permission',
      remedy: 'start it with --allow-ffi and --allow-read',
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
  const library = /\b(lib[\w.+-]+\.so[.\d]*): cannot open shared object/.exec(text)?.[1];
  if (library !== undefined) {
    return {
      wrong: `${name} needs ${library}, expected this system to have it`,
      remedy:
        'install the package that has it (librt.so.1: "libc6" on Debian, "glibc" on Fedora), or take a base image that does',
      cause,
    };
  }
  return { wrong: `${name} does not load (${text.split('\n')[0]}), expected it to`, cause };
}

/** The C library whose parts the system's loader did not find, where it is not the running one. */
function otherLibc(text: string): string | null {
  if (libc() === 'glibc') return /\b(ld|libc\.)-?musl-/.test(text) ? 'musl' : null;
  return /\bld-linux-|symbol not found/.test(text) ? 'glibc' : null;
}

export function nothingFound(target: string): LoadFailure {
  const { platform, arch } = process;
  if (platform === 'win32' && arch !== 'x64') {
    const remedy = arch === 'arm64' ? { remedy: 'use the Node for x64, which Windows 11 runs there' } : {};
    return { wrong: `no native addon found for ${target}, expected win32-x64`, ...remedy };
  }
  if (platform !== 'linux' && platform !== 'darwin' && platform !== 'win32') {
    return { wrong: `platform "${platform}" is not supported, expected Linux, macOS or Windows` };
  }
  const wrong = `no native addon found for ${target}, expected a prebuilt or a local one`;
  if (!target.endsWith('-musl')) return { wrong };
  return { wrong, remedy: `install a compiler (Alpine: apk add build-base python3), then ${buildCommand()}` };
}

/**
 * Names the folder with binding.gyp: the checkout, or `native` in the package. At the package's root a package manager would build it at
 * each install.
 */
function buildCommand(): string {
  const sources = existsSync(join(root, 'binding.gyp')) ? root : join(root, 'native');
  return `run npx node-gyp rebuild --directory="${sources}"`;
}

export function unsupported({ wrong, remedy, cause }: LoadFailure): TypeError {
  const build = `${buildCommand()} (needs make, Python and a compiler of C++20)`;
  const built = process.platform === 'linux' || process.platform === 'darwin';
  const out = remedy ?? (built ? build : process.platform === 'win32' ? REINSTALL : undefined);
  const error = typeError('ERR_UNSUPPORTED', `memoryview: ${wrong}${out === undefined ? '' : `; ${out}`}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}
