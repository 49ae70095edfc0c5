/**
 * Compiles the addon for Windows x64 on Linux, with Debian's mingw-w64 (apt-get install g++-mingw-w64-x86-64-posix). zig compiles for
 * Windows too, but its linker has no delayed imports. zig's addon for arm64 finds Node-API by node_imports.mjs.
 *
 * Node-API is imported from "node.exe" at the first call, so that `delay_load.cc` can answer with the module of a renamed host.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { namesOfNodeApi } from './node_imports.mjs';
import { optimization, running, sourcesOf } from './zig.mjs';

const TRIPLET = 'x86_64-w64-mingw32';

/** The compiler variant that has C++ threads, whatever the system's default is. */
const compiler = () =>
  [process.env.MINGW_CXX, `${TRIPLET}-g++-posix`, `${TRIPLET}-g++`].find(
    (name) => name && spawnSync(name, ['--version']).status === 0,
  );

/** Compiles and links; the parameters are those of `compile` in zig.mjs. */
export async function compileForWindows({ root, headers, place, out }) {
  const compile = compiler();
  if (compile === undefined) {
    throw new Error(`mingw: no ${TRIPLET}-g++ found; install g++-mingw-w64-x86-64-posix`);
  }
  const work = join(place, 'win32-x64');
  mkdirSync(work, { recursive: true });
  const run = (program, ...args) => running(program, args, { cwd: root });
  const addonApi = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  const flags = [
    ...['-DNDEBUG', '-D_WIN32_WINNT=0x0A00', '-ffunction-sections', '-fdata-sections'],
    ...['-DNAPI_VERSION=9', '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=memoryview'],
    ...['-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-DBUILDING_NODE_EXTENSION'],
    ...['-Inative/include', '-isystem', addonApi, '-idirafter', headers],
  ];
  const objects = [];
  const extra = ['packaging/delay_load.cc', 'packaging/no_demangler.c'];
  const left = [...sourcesOf(root, 'win32'), ...extra].map((source) => {
    const object = join(work, `${source.replaceAll('/', '-')}.o`);
    objects.push(object);
    const language = source.endsWith('.c') ? ['-xc'] : ['-std=c++20', '-fno-rtti'];
    return ['-c', ...language, optimization(source), ...flags, source, '-o', object];
  });
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let args = left.shift(); args !== undefined; args = left.shift()) await run(compile, ...args);
    }),
  );
  const names = join(work, 'node.def');
  const imports = join(work, 'libnode_delay.a');
  writeFileSync(names, definition(headers));
  await run(`${TRIPLET}-dlltool`, '-d', names, '-y', imports, '-D', 'node.exe');
  await run(
    compile,
    ...['-shared', '-static', '-s', '-Wl,--gc-sections', '-Wl,--no-insert-timestamp', '-o', out],
    ...[...objects, imports, '-ldelayimp', '-ladvapi32'],
  );
}

/** The names that node.exe exports, as a linker's definition file. */
function definition(headers) {
  return ['LIBRARY node.exe', 'EXPORTS', ...namesOfNodeApi(headers)].join('\n');
}
