/** Runs one test file in a page, and leaves the results in `window.ran`. */
import { startTests } from '@vitest/runner';
import { getTests } from '@vitest/runner/utils';
import { isRefusal } from '../refused.mjs';

async function run() {
  const path = new URLSearchParams(location.search).get('file');
  const files = await startTests([path], {
    config: {
      root: '/',
      setupFiles: [],
      name: undefined,
      passWithNoTests: true,
      testNamePattern: undefined,
      allowOnly: true,
      sequence: { shuffle: false, concurrent: false, seed: 1, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: {},
      maxConcurrency: 1,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    // The memory of a refused test is garbage; later tests count from nothing, as after a test that passed.
    onAfterRunTask: async (test) => {
      if (test.result?.state !== 'fail') return;
      for (let turn = 0; turn < 3; turn++) {
        globalThis.gc?.();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    importFile: (file) => import(`/${file.replace(/\.ts$/, '.js')}`),
  });
  const errorsOf = (task) => task.result?.errors ?? [];
  const text = (errors) =>
    errors
      .map((error) => `${Reflect.get(Object(error), 'message')}\n${Reflect.get(Object(error), 'stack')}`)
      .join('\n');
  return {
    refused: files.some((file) => errorsOf(file).some((error) => isRefusal(error))),
    broken: files.map((file) => text(errorsOf(file))).join('\n'),
    tests: files.flatMap((file) =>
      getTests(file).map((task) => {
        const errors = errorsOf(task);
        return {
          name: task.fullTestName ?? task.name,
          state: task.mode === 'skip' ? 'skip' : (task.result?.state ?? 'skip'),
          note: task.result?.note,
          refused: errors.length > 0 && errors.every((error) => isRefusal(error)),
          message: text(errors),
          vectors: Reflect.get(task.meta, 'vectors'),
        };
      }),
    ),
  };
}

Object.assign(window, { ran: run() });
