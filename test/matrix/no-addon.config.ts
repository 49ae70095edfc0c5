/** The matrix's run without the addon: the quick tests of vitest.config.ts, with the memory of refused tests collected. */
import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.config.js';

const config: ViteUserConfig = mergeConfig(
  base,
  defineConfig({ test: { setupFiles: ['test/native/without-external.setup.mjs'] } }),
);

export default config;
