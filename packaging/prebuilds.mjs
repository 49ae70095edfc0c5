/**
 * Builds the addon for systems without a compiler, and checks what was built.
 *
 *     node packaging/prebuilds.mjs build [target…]   prebuilds/<platform>-<arch>[-musl]/memoryview.node; all on Linux x64, else the host's
 *     node packaging/prebuilds.mjs build host        the one of this machine
 *     node packaging/prebuilds.mjs check [--all]     before packing: fails where one is missing, stale or not fit to travel
 *     node packaging/prebuilds.mjs drop-stale        after a local build, which an older prebuild would hide
 *     node packaging/prebuilds.mjs adopt             makes the local build the prebuild of this machine, for a package that stays here
 *
 * node-gyp and the system's compiler build the host's prebuild: on x64 g++ makes faster transposed copies than zig's clang 16. mingw-w64
 * builds the one for Windows (packaging/mingw.mjs), and zig the others (packaging/zig.mjs). The build runs on a copy of the sources, so
 * that the local build stays. A prebuild is not built again if its sources have not changed (sources.sha256 beside it). `--to folder` names
 * another folder than prebuilds/. `build host --arch arm64` cross-compiles on Linux with Debian's g++-aarch64-linux-gnu, or with the
 * compilers that CC and CXX name.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readMachO } from './mach-o.mjs';
import { compileForWindows } from './mingw.mjs';
import { readPe } from './pe.mjs';
import { compile } from './zig.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = [
  'binding.gyp',
  'native',
  'packaging/glibc_floor.c',
  'packaging/no_demangler.c',
  'packaging/exports.map',
  'packaging/delay_load.cc',
];

/** Files that packing, or a build there, adds to native/. */
const GENERATED = /^native\/(binding\.gyp|node-addon-api|build)/;

/** Every target that a release has; .github/workflows/checks.yml builds them. */
const RELEASED = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-arm64-musl',
  'linux-x64',
  'linux-x64-musl',
  'win32-x64',
];

/** Targets that are built only by name. win32-arm64 was never run, so the package leaves such a system to the TypeScript engine. */
const NAMED_ONLY = ['win32-arm64'];

/** The newest glibc that a prebuild may need (2018): that of the oldest systems on which Node 20 runs. */
const GLIBC_FLOOR = [2, 28];

/** The libraries that every system with that C library, or every Windows, has. */
const SYSTEM_LIBRARIES = {
  glibc: /^(lib(c|m|dl|rt|pthread)\.so\.\d+|ld-linux-[\w-]+\.so\.\d+)$/,
  musl: /^libc(\.musl-\w+)?\.so(\.\d+)?$/,
  windows: /^(KERNEL32|ADVAPI32|msvcrt)\.dll$/,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { arch: { type: 'string' }, to: { type: 'string' }, all: { type: 'boolean' } },
});
const folder = resolve(values.to ?? join(root, 'prebuilds'));
const failures = [];

const [command, ...targets] = positionals;
switch (command) {
  case 'build':
    await buildAll();
    break;
  case 'adopt':
    adopt();
    break;
  case 'check':
    checkAll(values.all === true);
    break;
  case 'drop-stale':
    dropStale();
    break;
  default:
    failures.push(`"${command}" given, expected build, check, drop-stale or adopt`);
}
for (const failure of failures) console.error(`prebuilds: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;

// --- building ---------------------------------------------------------------------------------------------------------

async function buildAll() {
  const host = `${process.platform}-${values.arch ?? process.arch}${libcOfHost() === 'musl' ? '-musl' : ''}`;
  const crossing = host === 'linux-x64';
  const all = crossing ? RELEASED : [host];
  const known = crossing ? [...RELEASED, ...NAMED_ONLY] : all;
  const wanted = values.arch !== undefined ? ['host'] : targets.length > 0 ? targets : all;
  for (const name of wanted) {
    const target = name === 'host' ? host : name;
    if (target === host) build(values.arch ?? process.arch);
    else if (crossing && known.includes(target)) await cross(target);
    else fail(`target "${target}" given, expected ${known.join(', ')}`);
  }
}

/** Builds for another platform. */
async function cross(target) {
  const stamp = hashOfSources();
  if (isFresh(target, stamp)) return console.log(`prebuilds: ${target} is of these sources already`);
  const to = join(folder, target);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const out = join(to, 'memoryview.node');
  const copy = join(root, 'build/prebuild', target);
  rmSync(copy, { recursive: true, force: true });
  for (const source of SOURCES) cpSync(join(root, source), join(copy, source), { recursive: true });
  const build = target === 'win32-x64' ? compileForWindows : (options) => compile(target, options);
  await build({ root: copy, headers: headersFolder(), place: join(root, 'build/zig'), out });
  rmSync(copy, { recursive: true, force: true });
  writeFileSync(join(to, 'sources.sha256'), `${stamp}\n`);
  check(target, stamp);
}

function build(arch) {
  const libc = libcOfHost();
  const target = `${process.platform}-${arch}${libc === 'musl' ? '-musl' : ''}`;
  const to = join(folder, target);
  const stamp = hashOfSources();
  if (isFresh(target, stamp)) return console.log(`prebuilds: ${target} is of these sources already`);

  const work = join(root, 'build/prebuild', target);
  rmSync(work, { recursive: true, force: true });
  for (const source of SOURCES) cpSync(join(root, source), join(work, source), { recursive: true });
  const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const args = [
    'rebuild',
    '--loglevel=warn',
    '--jobs=max',
    `--directory=${work}`,
    `--arch=${arch}`,
    ...headers(),
  ];
  run(process.execPath, [gyp, ...args, '--', `-Dprebuild=${libc}`], tools(arch));

  const built = join(work, 'build/Release/memoryview.node');
  if (process.platform === 'darwin') run('strip', ['-x', built]);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  cpSync(built, join(to, 'memoryview.node'));
  writeFileSync(join(to, 'sources.sha256'), `${stamp}\n`);
  rmSync(work, { recursive: true, force: true });
  check(target, stamp);
}

/** A local build may need a newer glibc, so nothing checks it. */
function adopt() {
  const target = `${process.platform}-${process.arch}${libcOfHost() === 'musl' ? '-musl' : ''}`;
  const to = join(folder, target);
  mkdirSync(to, { recursive: true });
  cpSync(join(root, 'build/Release/memoryview.node'), join(to, 'memoryview.node'));
  writeFileSync(join(to, 'sources.sha256'), `${hashOfSources()}\n`);
}

/** The folder of node_api.h. */
function headersFolder() {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folders = [
    process.env.NODE_HEADERS ?? '',
    join(dirname(dirname(process.execPath)), 'include/node'),
    '/usr/include/node',
    join(cache, 'node-gyp', process.versions.node, 'include/node'),
  ];
  const found = folders.find((place) => place !== '' && existsSync(join(place, 'node_api.h')));
  return found ?? fail('no node_api.h found; run "npx node-gyp install", or set NODE_HEADERS to its folder');
}

/** The folder of Node's headers, if they are installed beside the running Node; otherwise node-gyp downloads them. */
function headers() {
  const prefix = dirname(dirname(process.execPath));
  const there = existsSync(join(prefix, 'include/node/node_api.h'));
  return there && !process.env.npm_config_nodedir ? [`--nodedir=${prefix}`] : [];
}

/** The environment in which node-gyp compiles. On Linux it compiles by sized-cxx.sh; binding.gyp has the compiler's other options. */
function tools(arch) {
  const env = crossTools(arch);
  if (process.platform !== 'linux') return env;
  return { ...env, MEMORYVIEW_CXX: env.CXX ?? 'g++', CXX: join(root, 'packaging/sized-cxx.sh') };
}

/** The environment in which node-gyp finds a compiler for another architecture. */
function crossTools(arch) {
  if (arch === process.arch || process.platform !== 'linux' || process.env.CXX) return process.env;
  const triplet = { arm64: 'aarch64-linux-gnu', x64: 'x86_64-linux-gnu' }[arch];
  if (triplet === undefined) fail(`arch "${arch}" given, expected x64 or arm64`);
  const tools = { CC: `${triplet}-gcc`, CXX: `${triplet}-g++`, AR: `${triplet}-ar` };
  if (spawnSync(tools.CXX, ['--version']).status !== 0) fail(`no ${tools.CXX} found; install g++-${triplet}`);
  return { ...process.env, ...tools };
}

/** The C library of this system, or the name of a system that has only one. */
function libcOfHost() {
  if (process.platform === 'darwin') return 'darwin';
  if (process.platform === 'win32') fail('the prebuild for Windows is built on Linux x64 only');
  if (process.platform !== 'linux') fail(`platform "${process.platform}", expected linux or darwin`);
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

function hashOfSources() {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((source) => {
    if (statSync(join(root, source)).isFile()) return [source];
    const files = readdirSync(join(root, source), { recursive: true }).map((file) => join(source, file));
    return files.filter((file) => !GENERATED.test(file));
  });
  for (const file of files.sort()) {
    if (statSync(join(root, file)).isFile()) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function run(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env });
  if (status !== 0) fail(`${[program, ...args].join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function fail(message) {
  console.error(`prebuilds: ${message}`);
  process.exit(1);
}

// --- checking ---------------------------------------------------------------------------------------------------------

function checkAll(released) {
  const stamp = hashOfSources();
  const there = existsSync(folder) ? readdirSync(folder) : [];
  if (there.length === 0) {
    failures.push('none are there, and the package would load nowhere; run "npm run build:prebuilds"');
  }
  const missing = released ? RELEASED.filter((target) => !there.includes(target)) : [];
  if (missing.length > 0) failures.push(`${missing.join(', ')} missing, expected all that a release has`);
  for (const target of there) check(target, stamp);
}

function check(target, stamp) {
  const file = join(folder, target, 'memoryview.node');
  if (!existsSync(file)) return failures.push(`${target} has no memoryview.node`);
  if (!isFresh(target, stamp)) {
    failures.push(`${target} was built from other sources; run "npm run build:prebuilds"`);
  }
  const bytes = readFileSync(file);
  for (const path of new Set([root, homedir(), dirname(dirname(process.execPath))])) {
    if (path.length > 5 && bytes.includes(path))
      failures.push(`${target} names ${path}, a folder of this machine`);
  }
  if (target.startsWith('linux-')) checkElf(target, file, bytes);
  else if (target.startsWith('win32-')) checkPe(target, bytes);
  else checkMachO(target, bytes);
  console.log(`prebuilds: ${relative(root, file)}, ${bytes.length} bytes`);
}

function checkMachO(target, bytes) {
  const { arch, exported, signed } = readMachO(bytes);
  if (`darwin-${arch}` !== target) failures.push(`${target} is for ${arch}`);
  // macOS runs nothing unsigned on arm64.
  if (!signed && arch === 'arm64') failures.push(`${target} is not signed`);
  const foreign = exported.filter((name) => !/^_n(api|ode_api)_/.test(name));
  if (foreign.length > 0 || exported.length === 0)
    failures.push(
      `${target} shows ${foreign.join(', ') || 'nothing'}, expected Node-API's entry points only`,
    );
}

function checkPe(target, bytes) {
  const { arch, exported, needed } = readPe(bytes);
  if (`win32-${arch}` !== target) failures.push(`${target} is for ${arch}`);
  const foreign = exported.filter((name) => !/^n(api|ode_api)_/.test(name));
  if (foreign.length > 0 || exported.length === 0)
    failures.push(
      `${target} shows ${foreign.join(', ') || 'nothing'}, expected Node-API's entry points only`,
    );
  // The import of node.exe must be delayed: a plain import would fail in a host with another name.
  for (const library of needed) {
    if (!SYSTEM_LIBRARIES.windows.test(library))
      failures.push(`${target} needs ${library}, expected none but the system's`);
  }
}

/** The libraries and versions that an ELF file needs. */
function checkElf(target, file, bytes) {
  const arch = { 62: 'x64', 183: 'arm64' }[bytes.readUInt16LE(18)];
  if (!target.startsWith(`linux-${arch}`)) failures.push(`${target} is for ${arch ?? 'another processor'}`);
  const { status, stdout } = spawnSync('readelf', ['--wide', '--dynamic', '--dyn-syms', file], {
    encoding: 'utf8',
  });
  if (status !== 0) return failures.push(`${target} can't be read; readelf (binutils) is needed`);
  const libc = target.endsWith('-musl') ? 'musl' : 'glibc';
  for (const [, library] of stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
    if (!SYSTEM_LIBRARIES[libc].test(library))
      failures.push(`${target} needs ${library}, expected none but ${libc}'s`);
  }
  if (/\((RPATH|RUNPATH)\)/.test(stdout)) failures.push(`${target} has a path to look for libraries in`);
  const shown = [...stdout.matchAll(/ (?:GLOBAL|WEAK|UNIQUE) +DEFAULT +\d+ (\S+)/g)].map(([, name]) => name);
  const foreign = shown.filter((name) => !/^n(api|ode_api)_/.test(name));
  if (foreign.length > 0)
    failures.push(`${target} shows ${foreign.join(', ')}, expected Node-API's entry points only`);
  const versions = [...stdout.matchAll(/ UND (\w+)@GLIBC_(\d+)\.(\d+)/g)];
  for (const [, name, major, minor] of versions) {
    const [most, least] = GLIBC_FLOOR;
    if (Number(major) > most || Number(minor) > least) {
      failures.push(
        `${target} needs ${name} of glibc ${major}.${minor}, expected at most ${most}.${least}; see packaging/glibc_floor.c`,
      );
    }
  }
  const newest = Math.max(...versions.map(([, , , minor]) => Number(minor)));
  if (libc === 'glibc') console.log(`prebuilds: ${target} needs glibc 2.${newest} or later`);
}

function isFresh(target, stamp) {
  const file = join(folder, target, 'sources.sha256');
  return existsSync(file) && readFileSync(file, 'utf8').trim() === stamp;
}

function dropStale() {
  const stamp = hashOfSources();
  for (const target of existsSync(folder) ? readdirSync(folder) : []) {
    if (isFresh(target, stamp)) continue;
    rmSync(join(folder, target), { recursive: true });
    console.log(`prebuilds: ${target} was built from other sources and is gone`);
  }
}
