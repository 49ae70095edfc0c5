/** The runtime-neutral suite with the prebuilds of other platforms, on runtimes of theirs that this machine can run. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingTools, type Platform, runOn, told } from '../../matrix/platforms.mjs';
import { root, run } from './tools.js';

const PLATFORMS: readonly Platform[] = ['linux-arm64', 'linux-x64-musl'];

for (const name of PLATFORMS) {
  test(`${name} passes all runtime-neutral tests`, { timeout: 3_600_000 }, (context) => {
    const missing = missingTools(name);
    if (missing.length > 0) context.skip(`${missing.join(' and ')} not found`);
    const prebuilds = join(root, 'build/prebuilds');
    run(root, process.execPath, 'packaging/prebuilds.mjs', 'build', name, '--to', prebuilds);
    const result = runOn(name, prebuilds);
    console.log(told(name, result));
    expect(result.failures).toEqual([]);
  });
}
