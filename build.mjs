/**
 * Builds the JavaScript of dist: the four entry points with what they share in one file, since an import of seventy small
 * modules costs tens of milliseconds. The declarations, a file for each module, are tsc's.
 */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
rmSync(join(root, 'dist'), { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: ['index', 'interop/npy', 'interop/dlpack', 'interop/arrow'].map((name) => `src/${name}.ts`),
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: true,
  legalComments: 'none',
  // Bundling renames classes that name themselves.
  keepNames: true,
  logLevel: 'warning',
});
