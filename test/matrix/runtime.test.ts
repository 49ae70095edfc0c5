/** Records for the matrix the runtime of the tests, as a worker sees it. */
import { expect, test } from 'vitest';
import { RUNTIMES } from './table.mjs';

declare module 'vitest' {
  interface TaskMeta {
    runtime?: { readonly name: string; readonly version: string };
  }
}

function runtimeHere(): { name: string; version: string } {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return { name: 'Bun', version: bun };
  return deno === undefined ? { name: 'Node', version: node! } : { name: 'Deno', version: deno };
}

test('the tests run on a runtime that the library is meant for', ({ task }) => {
  const runtime = runtimeHere();
  task.meta.runtime = runtime;
  const known = RUNTIMES.map(({ name, major }) => `${name} ${major}`);
  expect(known).toContain(`${runtime.name} ${runtime.version.split('.')[0]}`);
});
