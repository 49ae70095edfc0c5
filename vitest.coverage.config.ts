/** The quick tests for `npm run coverage`, which counts the lines of src/, and in a separate addon those of native/. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import quick from './vitest.config.js';

const config: ViteUserConfig = defineConfig({
  test: {
    ...quick.test,
    // These reach no counted lines: the core's own tests ran before, and the others check files, types and packages.
    exclude: [
      ...(quick.test?.exclude ?? []),
      'test/native/core.test.ts',
      'test/{documents,package,types}/**',
      'test/{architecture,readme}.test.ts',
    ],
    // The counted addon is compiled without optimization and counts each line: a copy of 1 GiB takes it half a minute.
    testTimeout: 300_000,
    setupFiles: ['test/native/counted/setup.mjs'],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['json-summary'],
      reportOnFailure: true,
    },
  },
});

export default config;
