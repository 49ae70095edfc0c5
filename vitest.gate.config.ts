/**
 * The slow tests, `*.gate.test.ts`, and the random ones of the quick tests again with many more cases; one file at a time, since each of
 * them starts compilers or threads of its own.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import quick from './vitest.config.js';

const config: ViteUserConfig = defineConfig({
  test: {
    ...quick.test,
    include: [
      'test/**/*.gate.test.ts',
      'test/fuzz/api.test.ts',
      'test/oracle/oracle.test.ts',
      'test/format/c/compilers.test.ts',
      'test/format/c/hostile.test.ts',
      'test/interop/arrow-random.test.ts',
      'test/view/file-transfer.test.ts',
    ],
    exclude: ['**/node_modules/**'],
    env: {
      FUZZ_CALLS: process.env.FUZZ_CALLS ?? '100000',
      CDEF_SAMPLES: process.env.CDEF_SAMPLES ?? '10000',
      TRANSFER_ROUNDS: process.env.TRANSFER_ROUNDS ?? '2000',
      CDEF_MUTATIONS: process.env.CDEF_MUTATIONS ?? '200000',
      ARROW_SCHEMAS: process.env.ARROW_SCHEMAS ?? '10000',
      ARROW_MUTATIONS: process.env.ARROW_MUTATIONS ?? '10000',
      ORACLE_CASES: process.env.ORACLE_CASES ?? '20000',
    },
    fileParallelism: false,
  },
});

export default config;
