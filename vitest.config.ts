/**
 * What `npm test` runs: quick tests. A file named `*.gate.test.ts` is slow (an install, a sanitizer, an emulator, a long race) and belongs
 * to `npm run test:gate`, which vitest.gate.config.ts configures.
 */
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/*.gate.test.ts'],
    pool: 'forks',
    // Vitest leaves one core to itself by default, half of a machine with two.
    maxWorkers: '100%',
    execArgv: ['--expose-gc'],
    testTimeout: 60_000,
  },
});

export default config;
