/**
 * The behaviour of a program for which no addon loads. Each case is a copy of the package in a folder of its own, without the sources that
 * a local build would need, and a process that imports it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = readFileSync(join(root, 'build/Release/memoryview.node'));
const here = `${process.platform}-${process.arch}${existsSync('/etc/alpine-release') ? '-musl' : ''}`;
const elf = process.platform === 'linux' && process.arch === 'x64' && !here.endsWith('-musl');

const place = mkdtempSync(join(tmpdir(), 'memoryview-load-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const folder = join(place, 'memoryview');
cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
cpSync(join(root, 'package.json'), join(folder, 'package.json'));
for (const dependency of ['bindings', 'file-uri-to-path']) {
  const from = join(root, 'node_modules', dependency);
  cpSync(from, join(folder, 'node_modules', dependency), { recursive: true });
}

/** The standard error of the processes. */
const warnings: string[] = [];

const IMPORT = `import(process.argv[1]).then(
  ({ zeros }) => console.log(JSON.stringify({ nbytes: zeros([2, 2]).nbytes })),
  ({ name, code, message, cause }) => console.log(JSON.stringify({ name, code, message, cause: String(cause) })),
);`;

/**
 * Leaves the package these addons only (path in the package to content), and imports it in a process of its own; `before` runs
 * ahead of the import.
 */
function imported(
  addons: Record<string, Buffer | string>,
  {
    flags = [],
    env = {},
    before = '',
  }: { flags?: string[]; env?: Record<string, string>; before?: string } = {},
): Record<string, unknown> {
  for (const stale of ['prebuilds', 'build']) rmSync(join(folder, stale), { recursive: true, force: true });
  for (const [path, content] of Object.entries(addons)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const { MEMORYVIEW_ADDON: _addon, LD_PRELOAD: _preload, ...rest } = process.env;
  const ran = spawnSync(
    process.execPath,
    [...flags, '--input-type=commonjs', '-e', `${before};${IMPORT}`, join(folder, 'dist/index.js')],
    { encoding: 'utf8', env: { ...rest, NODE_OPTIONS: '', MEMORYVIEW_ENGINE: 'native', ...env } },
  );
  warnings.push(...ran.stderr.split('\n'));
  expect(ran.stderr).not.toMatch(/fatal|core dumped/i);
  if (ran.status !== 0) throw new Error(`the process ended with ${ran.status ?? ran.signal}: ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Record<string, unknown>;
}

function pretend(facts: Record<string, string>): string {
  return Object.entries(facts)
    .map(([name, value]) => `Object.defineProperty(process, '${name}', { value: ${JSON.stringify(value)} })`)
    .join(';');
}

const LOADED = { nbytes: 32 };
const PREBUILT = `prebuilds/${here}/memoryview.node`;
const LOCAL = 'build/Release/memoryview.node';
const BUILD = `run npx node-gyp rebuild --directory="${folder}/native" (needs make, Python and a compiler of C++20)`;

// Nothing here loads the sanitized addon, nor would a process without its runtime library.
const again = process.env.MEMORYVIEW_SANITIZED === '1';

describe.skipIf(again)('the addon that is loaded', () => {
  test('is the prebuilt one of this platform, whatever a local build is', () => {
    expect(imported({ [PREBUILT]: built, [LOCAL]: 'no addon' })).toEqual(LOADED);
  });

  test('is the local build where there is no prebuilt one', () => {
    expect(imported({ [LOCAL]: built })).toEqual(LOADED);
  });

  test('is the local build where the prebuilt one does not load', () => {
    expect(imported({ [PREBUILT]: 'no addon', [LOCAL]: built })).toEqual(LOADED);
  });

  test('is the one that MEMORYVIEW_ADDON names before all others', () => {
    expect(
      imported(
        { [PREBUILT]: 'no addon', 'other.node': built },
        { env: { MEMORYVIEW_ADDON: join(folder, 'other.node') } },
      ),
    ).toEqual(LOADED);
  });

  test.skipIf(!elf)('is one for musl where the loader of the runtime is musl’s', () => {
    const addons = { [PREBUILT]: 'for glibc', 'prebuilds/linux-x64-musl/memoryview.node': built };
    const runtime = join(folder, 'runtime');
    writeFileSync(runtime, executable('/lib/ld-musl-x86_64.so.1'));
    expect(imported(addons, { before: pretend({ execPath: runtime }) })).toEqual(LOADED);
  });
});

test.skipIf(again)('without an addon the engine takes its place, with one warning that says why', () => {
  const look = `process.on('warning', ({ code, message }) => console.error(code, message))`;
  expect(imported({}, { env: { MEMORYVIEW_ENGINE: '' }, before: look })).toEqual(LOADED);
  expect(imported({ [PREBUILT]: 'no addon' }, { env: { MEMORYVIEW_ENGINE: '' } })).toEqual(LOADED);
  expect(
    warnings.filter((line) => line.startsWith('MEMORYVIEW_ENGINE memoryview: no native addon found')),
  ).toHaveLength(1);
});

describe.skipIf(again)('a load failure is ERR_UNSUPPORTED and says', () => {
  const failing = (message: string): object => ({ name: 'TypeError', code: 'ERR_UNSUPPORTED', message });

  test('that there is no addon, and the command that builds one', () => {
    expect(imported({})).toMatchObject(
      failing(`memoryview: no native addon found for ${here}, expected a prebuilt or a local one; ${BUILD}`),
    );
  });

  test.skipIf(process.platform !== 'linux')(
    'that there is none for musl, though there is one for glibc',
    () => {
      const runtime = join(folder, 'runtime');
      writeFileSync(runtime, executable('/lib/ld-musl-x86_64.so.1'));
      expect(
        imported(
          { 'prebuilds/linux-x64/memoryview.node': built },
          { before: pretend({ execPath: runtime, arch: 'x64' }) },
        ),
      ).toMatchObject(
        failing(
          `memoryview: no native addon found for linux-x64-musl, expected a prebuilt or a local one; install a compiler (Alpine: apk add build-base python3), then ${BUILD.replace(/ \(needs.*/, '')}`,
        ),
      );
    },
  );

  test('that the addon for Windows is missing, and the remedy', () => {
    const found = 'memoryview: no native addon found for win32';
    const before = pretend({ platform: 'win32', arch: 'x64' });
    expect(imported({}, { before })).toMatchObject(
      failing(`${found}-x64, expected a prebuilt or a local one; reinstall the package ("npm ci")`),
    );
    expect(imported({}, { before: pretend({ platform: 'win32', arch: 'arm64' }) })).toMatchObject(
      failing(`${found}-arm64, expected win32-x64; use the Node for x64, which Windows 11 runs there`),
    );
  });

  test.skipIf(process.platform === 'win32').each(['x64', 'arm64'])(
    'that the addon for Windows on %s is one of another system',
    (arch) => {
      const prebuilt = `prebuilds/win32-${arch}/memoryview.node`;
      const before = pretend({ platform: 'win32', arch });
      const system = process.platform;
      expect(imported({ [prebuilt]: built }, { before })).toMatchObject(
        failing(`memoryview: ${prebuilt} is for ${system}, expected win32; reinstall the package ("npm ci")`),
      );
    },
  );

  test('that a platform is not supported', () => {
    expect(imported({}, { before: pretend({ platform: 'sunos' }) })).toMatchObject(
      failing('memoryview: platform "sunos" is not supported, expected Linux, macOS or Windows'),
    );
  });

  test('that the runtime was told to load no addons', () => {
    const told = imported({ [PREBUILT]: built }, { flags: ['--no-addons'] });
    expect(told).toMatchObject(
      failing(
        'memoryview: the runtime forbids native addons, expected it to load one; start it without --no-addons; under --permission, with --allow-addons',
      ),
    );
    expect(told.cause).toMatch(/disabled/);
  });

  test('that a file is no addon at all', () => {
    expect(imported({ [PREBUILT]: 'a page of a captive portal'.repeat(100) })).toMatchObject(
      failing(
        `memoryview: ${PREBUILT} is corrupted, expected a native addon; reinstall the package ("npm ci")`,
      ),
    );
  });

  test.skipIf(process.platform !== 'linux')('that a file is cut off, at whatever byte', () => {
    for (const size of [100, 5000, built.length >> 1, built.length - 1]) {
      expect(imported({ [PREBUILT]: built.subarray(0, size) })).toMatchObject(
        failing(
          `memoryview: ${PREBUILT} is cut off after ${size} bytes, expected at least ${built.length}; reinstall the package ("npm ci")`,
        ),
      );
    }
  });

  test.skipIf(!elf)('that an addon is for another architecture', () => {
    const other = Buffer.from(built);
    other.writeUInt16LE(183, 18);
    expect(imported({ [PREBUILT]: other })).toMatchObject(
      failing(
        `memoryview: ${PREBUILT} is for arm64, expected x64, the architecture of this runtime; ${BUILD}`,
      ),
    );
  });

  test.skipIf(process.platform === 'darwin')('that an addon is for another system', () => {
    const other = Buffer.alloc(4096);
    other.writeUInt32LE(0xfeedfacf, 0);
    expect(imported({ [PREBUILT]: other })).toMatchObject(
      failing(`memoryview: ${PREBUILT} is for darwin, expected linux; ${BUILD}`),
    );
  });

  test.skipIf(!elf)('that the system’s glibc is too old', () => {
    const newer = Buffer.from(built);
    const at = newer.indexOf('\0GLIBC_2.34\0');
    expect(at).toBeGreaterThan(0);
    newer.write('GLIBC_9.34', at + 1);
    const header = (process.report.getReport() as { header: { glibcVersionRuntime: string } }).header;
    const told = imported({ [PREBUILT]: newer });
    expect(told).toMatchObject(
      failing(
        `memoryview: ${PREBUILT} needs glibc 9.34, expected at most ${header.glibcVersionRuntime}, this system's; ${BUILD}`,
      ),
    );
    expect(told.cause).toMatch(/GLIBC_9\.34/);
  });

  test.skipIf(!elf)('that an addon was built for the other C library', (context) => {
    const library = join(place, 'libc.so');
    const addon = join(place, 'musl.node');
    const compiler = process.env.CC ?? 'gcc';
    const named = '-Wl,-soname,libc.musl-x86_64.so.1';
    if (
      spawnSync(compiler, ['-shared', '-nostdlib', named, '-o', library, '-xc', '/dev/null']).status !== 0
    ) {
      if (process.env.CI) throw new Error('no C compiler found: install gcc or set CC');
      context.skip('no C compiler found: install gcc or set CC');
    }
    const linked = ['-shared', '-nostdlib', '-Wl,--no-as-needed', '-o', addon, '-xc', '/dev/null'];
    expect(spawnSync(compiler, [...linked, '-xnone', library]).status).toBe(0);
    expect(imported({ [PREBUILT]: readFileSync(addon) })).toMatchObject(
      failing(
        `memoryview: ${PREBUILT} was built for musl, expected glibc, this runtime's C library; ${BUILD}`,
      ),
    );
  });

  test.skipIf(!elf)('that the system lacks a library, and where it comes from', () => {
    const lacking = Buffer.from(built);
    const at = lacking.indexOf('\0libstdc++.so.6\0');
    expect(at).toBeGreaterThan(0);
    lacking.write('libnone++', at + 1);
    const told = imported({ [PREBUILT]: lacking });
    expect(told).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      cause: expect.stringMatching(/cannot open shared object/),
    });
    expect(told.message).toMatch(
      /needs libnone\+\+\.so\.6, expected this system to have it; install the package that has it \(librt\.so\.1: "libc6" on Debian, "glibc" on Fedora\), or take a base image that does$/,
    );
  });

  test("the runtime's message about a library that is not an addon", () => {
    const library = Buffer.from(built);
    for (const entry of ['napi_register_module_v1', '_register_memoryview']) {
      for (let at = library.indexOf(entry); at >= 0; at = library.indexOf(entry)) library.write('none', at);
    }
    const told = imported({ [LOCAL]: library });
    expect(told).toMatchObject({ code: 'ERR_UNSUPPORTED', cause: expect.stringMatching(/self-register/) });
    expect(told.message).toMatch(
      /^memoryview: build\/Release\/memoryview\.node does not load \(.+\), expected it to; run npx/,
    );
  });

  test('that a local build is corrupted, and the command that builds it anew', () => {
    expect(imported({ [LOCAL]: 'no addon' })).toMatchObject(
      failing(`memoryview: ${LOCAL} is corrupted, expected a native addon; ${BUILD}`),
    );
  });

  test('that the file of MEMORYVIEW_ADDON is not there', () => {
    const missing = join(folder, 'missing.node');
    expect(imported({ [PREBUILT]: built }, { env: { MEMORYVIEW_ADDON: missing } })).toMatchObject(
      failing(
        `memoryview: the file that MEMORYVIEW_ADDON names does not load (ENOENT: no such file or directory, open '${missing}'), expected it to; unset MEMORYVIEW_ADDON, or build that file anew`,
      ),
    );
  });
});

describe.skipIf(again)('a bundle', () => {
  const KEEP_OUT =
    'keep memoryview external, or copy its folder prebuilds beside the bundle (docs/bundling.md)';

  /** Bundles a program that prints as {@link IMPORT} does, in a folder with these files beside it, and runs it. */
  function ran(format: 'cjs' | 'esm', addons: Record<string, Buffer | string>): Record<string, unknown> {
    for (const stale of ['prebuilds', 'build']) rmSync(join(folder, stale), { recursive: true, force: true });
    const out = mkdtempSync(join(place, 'bundle-'));
    const file = join(out, format === 'cjs' ? 'bundle.cjs' : 'bundle.mjs');
    const contents = IMPORT.replace('process.argv[1]', JSON.stringify('./dist/index.mjs'));
    const { errors, warnings } = buildSync({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      platform: 'node',
      format,
      outfile: file,
      logLevel: 'silent',
    });
    expect(errors).toEqual([]);
    expect(warnings.filter(({ id }) => id !== 'unresolved-import')).toEqual([]);
    for (const [path, content] of Object.entries(addons)) {
      mkdirSync(dirname(join(out, path)), { recursive: true });
      writeFileSync(join(out, path), content);
    }
    const { MEMORYVIEW_ADDON: _addon, LD_PRELOAD: _preload, ...rest } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
      cwd: place,
      encoding: 'utf8',
      env: { ...rest, NODE_OPTIONS: '', MEMORYVIEW_ENGINE: 'native' },
    });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  test.each(['cjs', 'esm'] as const)('(%s) loads the addon whose prebuilds lie beside it', (format) => {
    expect(ran(format, { [PREBUILT]: built })).toEqual(LOADED);
    expect(ran(format, { 'memoryview.node': built })).toEqual(LOADED);
  });

  test.each(['cjs', 'esm'] as const)('(%s) without an addon says how bundlers take it along', (format) => {
    expect(ran(format, {})).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: `memoryview: this bundle has no native addon for ${here}, expected one in it or beside it; ${KEEP_OUT}`,
    });
  });

  test('with an addon that does not load never advises a build', () => {
    expect(ran('cjs', { [PREBUILT]: 'no addon' })).toMatchObject({
      message: expect.stringMatching(/is corrupted, expected a native addon; keep memoryview external/),
    });
  });
});

/** The head of an ELF program that a loader is to run: a header, one segment, and the loader's path. */
function executable(loader: string): Buffer {
  const file = Buffer.alloc(256);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(62, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(3, 64);
  file.writeBigUInt64LE(160n, 64 + 8);
  file.writeBigUInt64LE(BigInt(loader.length + 1), 64 + 32);
  file.write(loader, 160);
  return file;
}
