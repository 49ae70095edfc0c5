/**
 * Turns the checkout into the package for `npm pack`, and back. The scripts of package.json call it.
 *
 *     node packaging/pack.mjs before     dist, the prebuild of this machine, native/binding.gyp; the scripts leave package.json
 *     node packaging/pack.mjs after      package.json is as it was
 *     node packaging/pack.mjs stage folder prebuilds     the package in a folder of its own, with these prebuilds; the checkout stays
 *     node packaging/pack.mjs prepare    after a build in a checkout; where npm prepares a git dependency, the same as `before`, but
 *                                        with the local build as the prebuild
 *
 * The package has no binding.gyp at its root and no scripts, because npm, pnpm and yarn would then build it at its installation. A checkout
 * needs both.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = join(root, 'package.json');
const kept = join(root, 'build/package.json');

switch (process.argv[2]) {
  case 'before':
    restoreManifest();
    run('build.mjs');
    run('packaging/prebuilds.mjs', 'build', 'host');
    run('packaging/prebuilds.mjs', 'check');
    addSources(root);
    keepManifest();
    stripManifest(root);
    break;
  case 'stage':
    stage(process.argv[3], process.argv[4]);
    break;
  case 'after':
    restoreManifest();
    break;
  case 'prepare':
    // npm sets this when it prepares a git dependency, in a clone that is not used for development.
    if (process.env._PACOTE_NO_PREPARE_ === undefined) break;
    run('packaging/prebuilds.mjs', 'adopt');
    addSources(root);
    stripManifest(root);
    break;
  default:
    console.error(`pack: "${process.argv[2] ?? ''}" given, expected before, after, stage or prepare`);
    process.exitCode = 1;
}

function stage(folder, prebuilds) {
  mkdirSync(folder, { recursive: true });
  const { files } = JSON.parse(readFileSync(manifest, 'utf8'));
  const taken = files.filter((entry) => entry !== 'prebuilds' && !entry.startsWith('!'));
  for (const entry of [...taken, 'package.json', 'README.md', 'LICENSE']) {
    cpSync(join(root, entry), join(folder, entry), { recursive: true });
  }
  cpSync(prebuilds, join(folder, 'prebuilds'), { recursive: true });
  addSources(folder);
  stripManifest(folder);
}

/**
 * Adds the files that a build needs to native/: binding.gyp with paths from there, and node-addon-api's headers, which are not a
 * dependency. The headers have 0.3 MB and serve only platforms without a prebuild, so they are compressed; the build unpacks them.
 */
function addSources(folder) {
  const require = createRequire(import.meta.url);
  const headers = dirname(require.resolve('node-addon-api/package.json'));
  const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8');
  const installed = `"<!(node -p \\"require('node-addon-api').include_dir\\")"`;
  if (!gyp.includes(installed)) throw new Error(`pack: binding.gyp has no ${installed}`);
  const moved = gyp.replace(installed, '"<!(node node-addon-api/unpack.cjs)"').replaceAll('native/', '');
  writeFileSync(join(folder, 'native/binding.gyp'), moved);
  const place = join(folder, 'native/node-addon-api');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  cpSync(join(headers, 'LICENSE.md'), join(place, 'LICENSE.md'));
  const texts = ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h'].map((file) => {
    return [file, readFileSync(join(headers, file), 'utf8')];
  });
  writeFileSync(
    join(place, 'headers.json.gz'),
    gzipSync(JSON.stringify(Object.fromEntries(texts)), { level: 9 }),
  );
  cpSync(join(root, 'packaging/unpack.cjs'), join(place, 'unpack.cjs'));
}

function keepManifest() {
  mkdirSync(dirname(kept), { recursive: true });
  cpSync(manifest, kept);
}

function stripManifest(folder) {
  const file = join(folder, 'package.json');
  const { scripts: _scripts, devDependencies: _tools, ...packed } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify(packed, null, 2)}\n`);
}

/** Restores package.json, also after an interrupted packing. */
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
