/**
 * The further checks of test:windows: native/core's own tests as a program, the packed tarball, workers at random, and hostile arguments.
 * Each prints a line, and throws if it fails.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CORE = 'build/native/win32';

/** The folder of what run.mjs compiled for tests, as wine has it. */
export const COMPILED = 'Z:\\w\\suite\\build\\compiled';

/** native/core without Node: its handlers of exceptions, sections of two processes, files. */
export function coreTests({ root, place, run, headers }) {
  const flags = `-O2 -static -D_WIN32_WINNT=0x0A00 -idirafter ${headers}`;
  const compiler = process.env.MINGW_CXX || 'x86_64-w64-mingw32-g++-posix';
  must(
    'make',
    [
      '-s',
      '-j2',
      '-f',
      'test/native/Makefile',
      'SYSTEM=win32',
      `CXX=${compiler}`,
      `OUT=${CORE}`,
      `FLAGS=${flags}`,
      `${CORE}/core-test`,
    ],
    root,
  );
  copyFileSync(join(root, CORE, 'core-test.exe'), join(place, 'core-test.exe'));
  const { status, stdout, stderr } = run(['core-test.exe', '100']);
  if (status !== 0 || !stdout.includes('native/core: all passed')) {
    throw new Error(`the core's tests ended with ${status}:\n${stdout}${stderr}`);
  }
  console.log(`native/core as a program: ${stdout.match(/ passed$/gm).length - 1} files of tests passed`);
}

/**
 * The package as npm installs it for Windows without running scripts.
 *
 * @param nodes - the Nodes that load it, by version
 */
export function tarball({ root, place, run, nodes }) {
  const folder = join(place, 'installed');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const prebuilds = join(folder, 'prebuilds');
  cpSync(join(root, 'build/prebuilds/win32-x64'), join(prebuilds, 'win32-x64'), { recursive: true });
  must(process.execPath, ['packaging/pack.mjs', 'stage', join(folder, 'staged'), prebuilds], root);
  must('npm', ['pack', '--silent', '--ignore-scripts', join(folder, 'staged')], folder);
  const [packed] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  must(
    'npm',
    [
      'install',
      '--silent',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--os=win32',
      '--cpu=x64',
      `./${packed}`,
    ],
    folder,
  );
  writeFileSync(
    join(folder, 'use.mjs'),
    `import { mapFile, memory, zeros } from 'memoryview';
import { writeFileSync } from 'node:fs';
const view = zeros([2, 3]);
view.set(1, 2, 7);
writeFileSync('some.bin', Buffer.alloc(100_000, 3));
const file = mapFile('some.bin', { mode: 'r+', byteOffset: 70_000 });
console.log(memory.engine, view.T.get(2, 1), file.view().count(3));
file.release();`,
  );
  for (const [major, node] of Object.entries(nodes)) {
    const { stdout, stderr } = run([node, 'use.mjs'], { cwd: '/w/installed' });
    if (stdout.trim() !== 'native 7 30000')
      throw new Error(`the installed package printed ${stdout}${stderr} in Node ${major}`);
  }
  console.log(
    `the tarball, installed with --ignore-scripts, loads its addon in Node ${Object.keys(nodes).join(', ')}`,
  );
}

/** @param seconds - how long */
export function stress({ run, node }, seconds) {
  const { status, stdout, stderr } = run([node, '--expose-gc', 'test/lifetime/stress.mjs', String(seconds)], {
    cwd: '/w/suite',
  });
  if (status !== 0) throw new Error(`the workers ended with ${status}:\n${stdout}${stderr}`);
  console.log(`workers at random, ${seconds} s: ${stdout.trim().split('\n').at(-1)}`);
}

/** @param seconds - how long; rounds of calls follow each other meanwhile */
export function fuzz({ run, node }, seconds) {
  const end = Date.now() + 1000 * seconds;
  let calls = 0;
  for (let seed = 1; Date.now() < end; seed++) {
    const { status, stdout, stderr } = run(
      [node, 'test/fuzz/api.mjs', '--calls', '20000', '--seed', String(seed)],
      { cwd: '/w/suite', env: { MEMORYVIEW_COMPILED: COMPILED } },
    );
    if (status !== 0)
      throw new Error(`the API fuzz with seed ${seed} ended with ${status}:\n${stdout}${stderr}`);
    calls += 20_000;
  }
  console.log(`hostile arguments, ${seconds} s: ${calls} calls, no fault`);
}

function must(program, args, cwd) {
  const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? status}\n${stderr}`);
}
