/** The quick tests once more for `npm run coverage`, which counts the lines of src/ and, in an addon of its own, those of native/. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import quick from './vitest.config.js';

const config: ViteUserConfig = defineConfig({
  test: {
    ...quick.test,
    // These count nothing: the core's own tests run counted before, and the others look at files, types and packages.
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
