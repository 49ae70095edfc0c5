/**
 * What `npm test` runs: quick tests. A file named `*.gate.test.ts` is slow (an install, a sanitizer, an emulator, a long race) and belongs
 * to `npm run test:gate`, which vitest.gate.config.ts configures.
 */
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take ten seconds or more. They begin first, so that none runs alone at the end. */
const SLOW = ['native/core', 'examples', 'fuzz/api', 'readme', 'lifetime/loops', 'interop/duckdb'];

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const slow = SLOW.flatMap((name) =>
      files.filter((file) => file.moduleId.endsWith(`/test/${name}.test.ts`)),
    );
    const rest = files.filter((file) => !slow.includes(file));
    return [...slow, ...(await super.sort(rest))];
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/*.gate.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    pool: 'forks',
    // By default Vitest keeps one core for itself, half of a machine with two.
    maxWorkers: '100%',
    sequence: { sequencer: SlowFirst },
    execArgv: ['--expose-gc'],
    testTimeout: 60_000,
  },
});

export default config;
