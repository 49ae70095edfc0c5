/** The table of calls that take a view states what happens, as far as this runtime and the packages that are installed can tell. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the table of calls that take a view is what this runtime answers', async () => {
  const checked = promisify(execFile)(process.execPath, ['docs/make-consumers.mjs', '--check']);
  await expect(checked).resolves.toMatchObject({ stderr: '' });
});
