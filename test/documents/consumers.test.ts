/** The table of calls that take a view agrees with this runtime and the installed packages. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the table of calls that take a view is what this runtime answers', async () => {
  const checked = promisify(execFile)(process.execPath, ['docs/make-consumers.mjs', '--check']);
  await expect(checked).resolves.toMatchObject({ stderr: '' });
});
