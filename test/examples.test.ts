/** The examples compile, run, and check what they show. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root: string = fileURLToPath(new URL('..', import.meta.url));

describe('the demo', () => {
  beforeAll(async () => {
    await run(process.execPath, [
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      join(root, 'examples'),
    ]);
  }, 120_000);

  it('runs its six steps in order and ends well', async () => {
    const { stdout } = await run(process.execPath, [join(root, 'examples/build/demo.js')]);
    const headings = [...stdout.matchAll(/^(\d) {2}\S.*\n─+$/gm)].map((match) => match[1]);
    expect(headings).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(stdout).toContain('All six steps hold.');
  });

  it('fails where a claim is false', async () => {
    const report = join(root, 'examples/build/report.js');
    const lie = `import { claim } from ${JSON.stringify(report)}; claim('two is three', 2 === 3);`;
    const lying = run(process.execPath, ['--input-type=module', '-e', lie]);
    await expect(lying).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('two is three') });
  });
});
