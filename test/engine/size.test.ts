/** The size that `memoryview/core` adds to a program's bundle, minified and gzipped. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const core = fileURLToPath(new URL('../../dist/core.mjs', import.meta.url));

/** Bytes of a program that exports these names of the library, as a bundler makes it for a page. */
async function bytesOf(names: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from ${JSON.stringify(core)};`, resolveDir: '/' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    write: false,
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

it.each([
  ['formats and struct', '{ struct, formatInfo, range, ellipsis, newAxis }', 16_000],
  ['C declarations', '{ cdef, cStruct }', 19_200],
  ['views and memory', '{ memoryview, allocate, zeros, array, Arena, MemoryView, memory }', 52_500],
  ['all there is', '*', 76_500],
])('a page that uses %s gets no more than its part', async (_, names, most) => {
  expect(await bytesOf(names)).toBeLessThan(most);
});
