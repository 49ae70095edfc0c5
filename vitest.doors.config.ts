/**
 * `npm run test:doors`: the packed tarball with compilers, bundlers, package managers and test runners, which npm installs into temporary
 * folders. It takes minutes, and runs only for releases and at night.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/package/doors/*.doors.ts'],
    globalSetup: ['test/temporary-folder.ts', 'test/package/doors/tarball.ts'],
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});

export default config;
