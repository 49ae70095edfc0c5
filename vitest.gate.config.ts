/**
 * The slow tests, `*.gate.test.ts`, and the random ones of the quick tests with many more cases. Most occupy both cores or compare times,
 * so they run alone; those that use one core run side by side afterwards.
 */
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';
import quick from './vitest.config.js';

/** Files whose tests use one core and measure no time. */
const SIDE_BY_SIDE = [
  'test/fuzz/api.test.ts',
  'test/oracle/oracle.test.ts',
  'test/format/c/{compilers,hostile,headers.gate}.test.ts',
  'test/interop/{adapters,npz-programs,numpy-suite}.gate.test.ts',
  'test/interop/arrow-random.test.ts',
  'test/view/file-transfer.test.ts',
];

/** Files that do not load the addon, so it can't be a sanitized one. */
const WITHOUT_ADDON = [
  'test/documents/api.gate.test.ts',
  'test/{engine,native}/**',
  'test/format/c/**',
  'test/playground.gate.test.ts',
];

const skipped = process.env.MEMORYVIEW_SANITIZED === '1' ? WITHOUT_ADDON : [];
const { include: _quick, exclude: _slow, ...shared } = quick.test ?? {};

const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    env: {
      FUZZ_CALLS: process.env.FUZZ_CALLS ?? '100000',
      CDEF_SAMPLES: process.env.CDEF_SAMPLES ?? '10000',
      TRANSFER_ROUNDS: process.env.TRANSFER_ROUNDS ?? '2000',
      CDEF_MUTATIONS: process.env.CDEF_MUTATIONS ?? '200000',
      ARROW_SCHEMAS: process.env.ARROW_SCHEMAS ?? '10000',
      ARROW_MUTATIONS: process.env.ARROW_MUTATIONS ?? '10000',
      ORACLE_CASES: process.env.ORACLE_CASES ?? '20000',
    },
    projects: [
      project('alone', 0, {
        include: ['test/**/*.gate.test.ts'],
        exclude: [...SIDE_BY_SIDE, ...skipped],
        maxWorkers: 1,
      }),
      project('side by side', 1, { include: SIDE_BY_SIDE, exclude: skipped, maxWorkers: 2 }),
    ],
  },
});

function project(
  name: string,
  groupOrder: number,
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration {
  return { extends: true, test: { ...test, name, sequence: { groupOrder } } };
}

export default config;
