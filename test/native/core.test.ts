/** native/core by its own tests, which know no Node: as it is built, under ASan with UBSan and LSan, and under TSan. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('./run.sh', import.meta.url));
const compiler = spawnSync(process.env.CXX ?? 'g++', ['--version']).status === 0;

for (const mode of ['plain', 'asan', 'tsan']) {
  test(`the core passes its own tests (${mode})`, { timeout: 180_000 }, (context) => {
    if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
    if (!compiler) {
      if (process.env.CI) throw new Error('no C++ compiler found: install g++ or set CXX');
      context.skip('no C++ compiler found: install g++ or set CXX');
    }
    const { status, stdout, stderr } = spawnSync('sh', [script, mode, '200'], { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toContain('native/core: all passed');
  });
}
