/**
 * One temporary folder for a run of the tests. At the end it is removed with everything in it, also the files of programs that a test
 * kills. Files that stay from run to run (runtimes, other platforms' packages) are in the system's folder.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEPT = { MEMORYVIEW_RUNTIMES: 'memoryview-runtimes', MEMORYVIEW_PLATFORMS: 'memoryview-platforms' };

export default function temporaryFolder(): () => void {
  const system = tmpdir();
  for (const [name, folder] of Object.entries(KEPT)) process.env[name] ||= join(system, folder);
  const place = mkdtempSync(join(system, 'memoryview-tests-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = place;
  return () => rmSync(place, { recursive: true, force: true, maxRetries: 3 });
}
