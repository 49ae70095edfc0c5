/**
 * One temporary folder for a run of the tests. At the end it is removed with everything in it, also the files of programs that a test
 * kills. Files that stay from run to run (runtimes, other platforms' packages) are in the system's folder.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEPT = { MEMORYVIEW_RUNTIMES: 'memoryview-runtimes', MEMORYVIEW_PLATFORMS: 'memoryview-platforms' };

const MADE = 'MEMORYVIEW_TESTS_FOLDER';

export default function temporaryFolder(): () => void {
  const system = tmpdir();
  // vitest calls this once for each of its projects. A folder in a folder would make paths longer than a browser's socket may have.
  if (process.env[MADE] === system) return () => {};
  for (const [name, folder] of Object.entries(KEPT)) process.env[name] ||= join(system, folder);
  const place = mkdtempSync(join(system, 'memoryview-tests-'));
  for (const name of [MADE, 'TMPDIR', 'TEMP', 'TMP']) process.env[name] = place;
  return () => rmSync(place, { recursive: true, force: true, maxRetries: 3 });
}
