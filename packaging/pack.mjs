/**
 * Makes the package out of the checkout, and the checkout out of the package again. npm calls it, by the scripts of package.json.
 *
 *     node packaging/pack.mjs before     dist, the prebuild of this machine, native/binding.gyp; the scripts leave package.json
 *     node packaging/pack.mjs after      package.json is as it was
 *     node packaging/pack.mjs prepare    after a build in a checkout; where npm prepares a git dependency, the same as `before`, but
 *                                        with the local build as the prebuild
 *
 * The package has no binding.gyp at its root and no script, because npm, pnpm and yarn take either for a package that has to be built at
 * its installation. A checkout needs both.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = join(root, 'package.json');
const kept = join(root, 'build/package.json');

switch (process.argv[2]) {
  case 'before':
    restoreManifest();
    run('build.mjs');
    run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
    run('packaging/prebuilds.mjs', 'build', 'host');
    run('packaging/prebuilds.mjs', 'check');
    addSources();
    stripManifest();
    break;
  case 'after':
    restoreManifest();
    break;
  case 'prepare':
    // Set where npm prepares a git dependency in a clone of its own, which nobody develops in.
    if (process.env._PACOTE_NO_PREPARE_ === undefined) break;
    run('packaging/prebuilds.mjs', 'adopt');
    addSources();
    stripManifest();
    break;
  default:
    console.error(`pack: "${process.argv[2] ?? ''}" given, expected before, after or prepare`);
    process.exitCode = 1;
}

/** Puts what a build needs into native/: binding.gyp with its paths from there, and the headers of node-addon-api. */
function addSources() {
  const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8').replaceAll('native/', '');
  const headers = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  const from = /"<!@?\(node -p [^"]*node-addon-api[^"]*\)"/;
  writeFileSync(join(root, 'native/binding.gyp'), gyp.replace(from, '"node-addon-api"'));
  if (!from.test(gyp)) return;
  mkdirSync(join(root, 'native/node-addon-api'), { recursive: true });
  for (const file of ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md']) {
    cpSync(join(headers, file), join(root, 'native/node-addon-api', file));
  }
}

function stripManifest() {
  const text = readFileSync(manifest, 'utf8');
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, text);
  const { scripts: _scripts, devDependencies: _tools, ...packed } = JSON.parse(text);
  writeFileSync(manifest, `${JSON.stringify(packed, null, 2)}\n`);
}

/** Puts package.json back, also where an earlier packing was interrupted. */
function restoreManifest() {
  if (!existsSync(kept)) return;
  if (!('scripts' in JSON.parse(readFileSync(manifest, 'utf8')))) cpSync(kept, manifest);
  rmSync(kept);
}

function run(...args) {
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error(`pack: node ${args.join(' ')} ended with ${signal ?? status}`);
    process.exit(1);
  }
}
