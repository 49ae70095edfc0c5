/**
 * Where this package's JavaScript lies, and how it requires a file beside it. The sources are ES modules; dist is CommonJS, where
 * `build.mjs` replaces the first two constants by CommonJS's own `__dirname` and `require`, because bundlers follow only those.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package's JavaScript, or of the bundle that it is part of; empty where the bundle does not know its folder. */
export const codeFolder: string = dirname(fileURLToPath(import.meta.url));

/** Requires a file by its path from {@link codeFolder}. Bundlers see the literal argument of each call. */
export const requireHere: (path: string) => unknown = createRequire(import.meta.url);

/** `createRequire`. Node 20 takes 0.4 ms to load `node:module`, so dist loads it at the first call. */
export const requireFrom = (file: string): NodeJS.Require => createRequire(file);

let bundled: boolean | null = null;

/** Whether a bundler took this code out of its package, so that nothing of the package lies beside it. */
export function isBundled(): boolean {
  bundled ??= nameOfPackage() !== 'memoryview';
  return bundled;
}

function nameOfPackage(): unknown {
  try {
    const text = readFileSync(resolve(codeFolder, '../package.json'), 'utf8');
    return (JSON.parse(text) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}
