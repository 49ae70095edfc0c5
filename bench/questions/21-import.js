/** What does the import add to the start of a process? */
import { spawnSync } from 'node:child_process';
import { median, quick, reportLimit } from '../harness.js';

export async function ask() {
  const cwd = new URL('..', import.meta.url).pathname;
  const started = (code) => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd });
    if (status !== 0) throw new Error(String(stderr));
    return performance.now() - start;
  };
  const with_ = [];
  const without = [];
  for (let i = 0; i < (quick ? 11 : 31); i++) {
    with_.push(started("import 'memoryview'"));
    without.push(started("import 'data:text/javascript,'"));
  }
  reportLimit(21, "import 'memoryview', above an empty module", median(with_) - median(without), 12, 'ms');
}
