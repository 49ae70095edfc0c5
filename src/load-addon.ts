/**
 * Finds and loads the addon: the one that `MEMORYVIEW_ADDON` names, else the prebuilt one of this platform, else a local build. In a
 * bundle: the one that the bundler included, else one that lies beside the bundle.
 * This is the only file that knows `.node`. If no addon loads, `load-failure.ts` says why.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { targetName } from './c-library.js';
import { codeFolder, isBundled, requireFrom, requireHere } from './code-folder.js';
import { type Executable, readExecutable } from './executable.js';
import { failureOf, type LoadFailure, nothingFound, unsupported } from './load-failure.js';

const root = resolve(codeFolder, '..');

/**
 * Loads the addon.
 *
 * @throws TypeError `ERR_UNSUPPORTED` where none loads; its `cause` is the runtime's own error
 */
export function loadAddon(): unknown {
  const named = process.env.MEMORYVIEW_ADDON;
  if (named) {
    const remedy = 'unset MEMORYVIEW_ADDON, or build that file anew';
    const obstacle = attempt(resolve(named), 'the file that MEMORYVIEW_ADDON names', remedy);
    if ('addon' in obstacle) return obstacle.addon;
    throw unsupported({ remedy, ...obstacle });
  }
  const target = targetName();
  const prebuilt = resolve(root, 'prebuilds', target, 'memoryview.node');
  let obstacle: LoadFailure | null = null;
  if (codeFolder !== '' && existsSync(prebuilt)) {
    const name = `prebuilds/${target}/memoryview.node`;
    const load = (): unknown => requirePrebuilt(target) ?? requireFrom(prebuilt)(prebuilt);
    const tried = attempt(prebuilt, name, REINSTALL, load);
    if ('addon' in tried) return tried.addon;
    obstacle = tried;
  }
  // The prebuilt addon comes first, because trying it takes less time than finding out whether this is a bundle.
  const other = existsSync(join(root, BUILT)) || !isBundled() ? localBuild() : ofBundle(target);
  if (other !== null && 'addon' in other) return other.addon;
  throw unsupported(other ?? obstacle ?? nothingFound(target));
}

const BUILT = 'build/Release/memoryview.node';
const REINSTALL = 'reinstall the package ("npm ci")';

/**
 * Loads a prebuilt addon. Each path is a literal, and the calls are in a `try`. Bundlers then include the files that exist, and skip
 * the others without an error.
 */
function requirePrebuilt(target: string): unknown {
  try {
    switch (target) {
      case 'linux-x64':
        return requireHere('../prebuilds/linux-x64/memoryview.node');
      case 'linux-arm64':
        return requireHere('../prebuilds/linux-arm64/memoryview.node');
      case 'linux-x64-musl':
        return requireHere('../prebuilds/linux-x64-musl/memoryview.node');
      case 'linux-arm64-musl':
        return requireHere('../prebuilds/linux-arm64-musl/memoryview.node');
      case 'darwin-x64':
        return requireHere('../prebuilds/darwin-x64/memoryview.node');
      case 'darwin-arm64':
        return requireHere('../prebuilds/darwin-arm64/memoryview.node');
      case 'win32-x64':
        return requireHere('../prebuilds/win32-x64/memoryview.node');
      case 'win32-arm64':
        return requireHere('../prebuilds/win32-arm64/memoryview.node');
    }
  } catch (cause) {
    if (!isNotFound(cause)) throw cause;
  }
  return undefined;
}

/** Whether a `require` failed because there is no such file: Node, bundlers and single executables each say it in their own way. */
function isNotFound(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const code: unknown = Reflect.get(cause, 'code');
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_UNKNOWN_BUILTIN_MODULE') return true;
  return /cannot find module|dynamic(ally)? require|require is not defined/i.test(cause.message);
}

const KEEP_OUT =
  'keep memoryview external, or copy its folder prebuilds beside the bundle (docs/bundling.md)';

/** Loads the addon that the bundler included, else the one beside the bundle or the program. */
function ofBundle(target: string): Attempt {
  try {
    const addon = requirePrebuilt(target);
    if (isAddon(addon)) return { addon };
  } catch (cause) {
    return { remedy: KEEP_OUT, ...failureOf(cause, `the bundled addon for ${target}`) };
  }
  const folders = [codeFolder, dirname(process.argv[1] ?? ''), dirname(process.execPath)];
  for (const folder of folders.filter((folder) => folder !== '')) {
    for (const file of [
      join(folder, 'prebuilds', target, 'memoryview.node'),
      join(folder, 'memoryview.node'),
    ]) {
      if (existsSync(file)) return withRemedy(attempt(file, file), KEEP_OUT);
    }
  }
  return {
    wrong: `this bundle has no native addon for ${target}, expected one in it or beside it`,
    remedy: KEEP_OUT,
  };
}

/** Whether a bundler put the addon there, and not an empty module or the path of a file. */
function isAddon(loaded: unknown): boolean {
  return loaded !== null && typeof loaded === 'object' && 'setTransfer' in loaded;
}

function withRemedy(tried: Attempt, remedy: string): Attempt {
  return 'addon' in tried ? tried : { remedy, ...tried };
}

type Attempt = LoadFailure | { readonly addon: unknown };

/**
 * Loads one file, unless its head says that it can't be loaded: loading a truncated file can end the process.
 *
 * @param whole - the remedy for a damaged file, where it is not a build
 * @param load - loads it with a `require` that bundlers follow
 */
function attempt(
  file: string,
  name: string,
  whole?: string,
  load: () => unknown = () => requireFrom(file)(file),
): Attempt {
  const remedy = whole === undefined ? {} : { remedy: whole };
  try {
    const head = readExecutable(file);
    if (head === null) return { wrong: `${name} is corrupted, expected a native addon`, ...remedy };
    if (head.truncated !== null) {
      const { size, needed } = head.truncated;
      return { wrong: `${name} is cut off after ${size} bytes, expected at least ${needed}`, ...remedy };
    }
    const wrong = misfitOf(head, name);
    if (wrong !== null) return { wrong };
    return { addon: load() };
  } catch (cause) {
    return failureOf(cause, name);
  }
}

/** Loads the addon that node-gyp built, in a checkout or in the folder `native` of the package; null if there is none. */
function localBuild(): Attempt | null {
  for (const folder of [root, join(root, 'native')]) {
    const file = builtIn(folder);
    if (file !== null) return attempt(file, file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file);
  }
  return null;
}

/** The usual place of a build, else that which `bindings` finds; its search takes 1.5 ms. */
function builtIn(folder: string): string | null {
  const usual = join(folder, BUILT);
  if (existsSync(usual)) return usual;
  try {
    // Not the `require` that bundlers follow: a bundle has no local build.
    const bindings = requireFrom(join(codeFolder, 'load.js'))('bindings') as (options: object) => string;
    return bindings({ bindings: 'memoryview', module_root: folder, path: true });
  } catch {
    return null;
  }
}

/** Why a complete file does not fit this process, by its head. */
function misfitOf({ system, arch }: Executable, name: string): string | null {
  if (system !== process.platform) return `${name} is for ${system}, expected ${process.platform}`;
  if (arch === null || arch === process.arch) return null;
  return `${name} is for ${arch}, expected ${process.arch}, the architecture of this runtime`;
}
