/**
 * `npm run test:doors`: the packed tarball against other people's tools, which are installed from npm into temporary folders: compilers,
 * bundlers, package managers, test runners. Minutes, and only for releases and nights.
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
