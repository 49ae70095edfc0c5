/** The quick tests once more for `npm run coverage`, which counts the lines of src/ and, in an addon of its own, those of native/. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import quick from './vitest.config.js';

const config: ViteUserConfig = defineConfig({
  test: {
    ...quick.test,
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
