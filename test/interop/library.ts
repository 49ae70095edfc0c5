/** Compiles a plain C library, which knows nothing of Node, for a test to call through koffi. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { compile, compiledBefore, root } from './addons.js';

/** A C function, called with numbers, and with addresses as bigints. */
export type Native = (...args: (number | bigint)[]) => unknown;

/**
 * Compiles and loads `test/interop/fixtures/<name>.c`.
 *
 * @param prototypes - of the functions that are called, with `intptr_t` for addresses
 */
export function loadLibrary(name: string, prototypes: readonly string[]): Record<string, Native> {
  const library = koffi.load(libraryFile(name));
  return Object.fromEntries(
    prototypes.map((prototype) => {
      const called = library.func(prototype) as Native & { info?: unknown };
      return [/(\w+)\(/.exec(prototype)![1]!, called];
    }),
  );
}

/** The compiled `test/interop/fixtures/<name>.c`. */
export function libraryFile(name: string): string {
  return compiledBefore === undefined ? compiled(name) : join(compiledBefore, `${name}.so`);
}

function compiled(name: string): string {
  const output = join(mkdtempSync(join(tmpdir(), 'memoryview-library-')), `${name}.so`);
  compile(process.env.CC ?? 'gcc', [
    ...['-std=gnu11', '-O1', '-g', '-shared', '-fPIC', '-Wall', '-Wextra', '-Werror'],
    ...(process.env.MEMORYVIEW_SANITIZED ? ['-fsanitize=address'] : []),
    ...['-o', output, join(root, `test/interop/fixtures/${name}.c`), '-lpthread'],
  ]);
  return output;
}
