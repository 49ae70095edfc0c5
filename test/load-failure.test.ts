/** The reasons why an addon does not load, derived from the messages of runtimes and of the system's loader. */
import { afterEach, describe, expect, test } from 'vitest';
import { libc } from '../src/c-library.js';
import { failureOf, nothingFound, unsupported } from '../src/load-failure.js';

const NAME = 'prebuilds/linux-x64/memoryview.node';
const { platform, arch } = process;

function pretend(system: string, machine: string): void {
  Object.defineProperty(process, 'platform', { value: system });
  Object.defineProperty(process, 'arch', { value: machine });
}
afterEach(() => pretend(platform, arch));

const failed = (message: string): string =>
  unsupported(failureOf(Object.assign(new Error(message)), NAME)).message;

describe('a failed load names its cause and the remedy', () => {
  test('where the runtime forbids addons', () => {
    const cause = Object.assign(new Error('Cannot load native addon'), { code: 'ERR_DLOPEN_DISABLED' });
    const error = unsupported(failureOf(cause, NAME));
    expect(error.message).toBe(
      'memoryview: the runtime forbids native addons, expected it to load one; start it without --no-addons; under --permission, with --allow-addons',
    );
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', cause });
  });

  test('where Deno lacks a permission', () => {
    expect(failed('Requires ffi access to "x.node", run again with the --allow-ffi flag')).toContain(
      'start it with --allow-ffi and --allow-read',
    );
  });

  test.runIf(libc() === 'glibc')('where the C library is older, or another one', () => {
    expect(failed("/lib/libc.so.6: version `GLIBC_2.99' not found (required by x.node)")).toMatch(
      /needs glibc 2\.99, expected at most 2\.\d+, this system's; run npx node-gyp rebuild/,
    );
    expect(failed('Error loading shared library libc.musl-x86_64.so.1: cannot open')).toContain(
      "was built for musl, expected glibc, this runtime's C library",
    );
  });

  test('where a shared library is missing, or for another reason', () => {
    expect(failed('librt.so.1: cannot open shared object file: No such file or directory')).toContain(
      `${NAME} needs librt.so.1, expected this system to have it; install the package that has it`,
    );
    expect(failed('file too short\nat somewhere')).toContain(
      `${NAME} does not load (file too short), expected it to`,
    );
    expect(unsupported(failureOf('thrown text', NAME)).message).toContain('(thrown text)');
  });
});

describe('a missing addon', () => {
  const missing = (target: string): string => unsupported(nothingFound(target)).message;

  test('is built where a compiler can be had', () => {
    pretend('linux', 'riscv64');
    expect(missing('linux-riscv64')).toMatch(
      /^memoryview: no native addon found for linux-riscv64, expected a prebuilt or a local one; run npx node-gyp rebuild --directory=".+" \(needs make, Python and a compiler of C\+\+20\)$/,
    );
    expect(missing('linux-x64-musl')).toContain(
      'install a compiler (Alpine: apk add build-base python3), then',
    );
  });

  test('comes with the package on Windows for x64 only', () => {
    pretend('win32', 'x64');
    expect(missing('win32-x64')).toContain('; reinstall the package ("npm ci")');
    pretend('win32', 'arm64');
    expect(missing('win32-arm64')).toContain(
      'expected win32-x64; use the Node for x64, which Windows 11 runs there',
    );
    pretend('win32', 'ia32');
    expect(missing('win32-ia32')).toContain('no native addon found for win32-ia32, expected win32-x64');
  });

  test('has no remedy on another system', () => {
    pretend('freebsd', 'x64');
    expect(missing('freebsd-x64')).toBe(
      'memoryview: platform "freebsd" is not supported, expected Linux, macOS or Windows',
    );
  });
});
