/**
 * numpy's own tests of `np.save`, `np.load`, archives and DLPack, with this library between its writers and its readers
 * (test/interop/numpy). Each failure is listed here with its reason.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { root } from './addons.js';
import { outputOfPython, python } from './python.js';

const folder = `${root}test/interop/numpy/`;

/** Whether the suite can run; in CI it must. */
const missing: string | null = ((): string | null => {
  if (process.env.CI !== undefined) return null;
  if (python === null) return 'no python3 with numpy was found';
  const { status } = spawnSync(python, ['-c', 'import pytest, hypothesis']);
  return status === 0 ? null : 'python3 has no pytest and hypothesis';
})();

interface Outcome {
  /** Names of the tests that failed. */
  readonly failed: readonly string[];
  readonly passed: number;
  /** The line that the bridge prints at the end. */
  readonly bridge: string;
}

function suite(command: string, args: readonly string[], more: readonly string[]): Outcome {
  const ran = spawnSync(command, [...args, ...['-p', 'no:cacheprovider', '-q', '--tb=line'], ...more], {
    encoding: 'utf8',
    timeout: 280_000,
    env: {
      ...process.env,
      PYTHONPATH: folder,
      MEMORYVIEW_NODE: process.execPath,
      MEMORYVIEW_BRIDGE: `${folder}bridge.mjs`,
      MEMORYVIEW_ENGINE: 'native',
    },
  });
  const said = `${ran.stdout}${ran.stderr}`;
  const passed = /(\d+) passed/.exec(ran.stdout)?.[1];
  const bridge = /^bridge: (.*)$/m.exec(ran.stdout)?.[1];
  if (passed === undefined || bridge === undefined)
    throw new Error(`${command} ended with ${ran.status}: ${said}`);
  const failed = Array.from(ran.stdout.matchAll(/^(?:FAILED|ERROR) (?:\S*?::)?(\S+)/gm), ([, name]) => name!);
  return { failed, passed: Number(passed), bridge };
}

const files = (module: string, chosen: string): Outcome =>
  suite(
    python!,
    ['-m', 'pytest', '-p', 'numpy_bridge', '-W', 'error::pytest.PytestUnhandledThreadExceptionWarning'],
    ['-k', chosen, '--pyargs', module],
  );

describe.skipIf(missing !== null)(
  `numpy's own tests${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('of the .npy format pass with files that were read and written here', () => {
      // The two that are left out make files of 2 and 4 GiB.
      const { failed, passed, bridge } = files(
        'numpy.lib.tests.test_format',
        'not large_file_support and not large_archive',
      );
      expect(failed).toEqual([
        // Compares the bytes of two headers: numpy leaves room in its own for an axis that grows.
        'test_memmap_roundtrip',
        // Expects that numpy refuses its own file of a type with metadata; written here, the file has none, and numpy reads it.
        'test_metadata_dtype[dt0-True]',
      ]);
      expect(passed).toBeGreaterThanOrEqual(39);
      const { objects } = JSON.parse(bridge) as { objects: readonly string[] };
      // Python objects are refused by that name.
      expect(objects.length).toBeGreaterThan(0);
    }, 300_000);

    test('of np.save, np.savez and np.load pass', () => {
      // Left out: text files, and an archive of 2 GiB.
      const chosen =
        '(TestSaveLoad or TestSavezLoad or test_load_ or npz or npy or TestPathUsage) and not test_big_arrays';
      const { failed, passed, bridge } = files('numpy.lib.tests.test_io', chosen);
      expect(failed).toEqual([]);
      expect(passed).toBeGreaterThanOrEqual(30);
      const { objects, lenient } = JSON.parse(bridge) as { objects: string[]; lenient: string[] };
      expect(objects).toEqual(['TestSaveLoad::test_array_object', 'TestSavezLoad::test_array_object']);
      expect(lenient).toEqual([]);
    }, 300_000);

    test('of DLPack pass with tensors that were views here', () => {
      const library = outputOfPython(
        'import sysconfig; print(sysconfig.get_config_var("LIBDIR") + "/" + sysconfig.get_config_var("INSTSONAME"))',
      );
      const module = outputOfPython('import numpy; print("core" if numpy.__version__ < "2" else "_core")');
      const { failed, passed, bridge } = suite(
        process.execPath,
        [`${folder}dlpack.mjs`, library],
        ['--pyargs', `numpy.${module}.tests.test_dlpack`],
      );
      // Expects the array back at once; here the view owns it until the next turn of the event loop, or its release.
      const counted = failed.filter((name) => !name.includes('test_from_dlpack_refcount'));
      expect(counted).toEqual([]);
      expect(passed).toBeGreaterThanOrEqual(57);
      expect(bridge).toMatch(/^\d+ tensors, 0 alive$/);
    }, 300_000);
  },
);
