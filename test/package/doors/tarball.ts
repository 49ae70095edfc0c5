/**
 * Packs the package once for all files of the run, as a release does, into a folder beside the local build, and names the tarball in
 * `MEMORYVIEW_TARBALL`. Where that is set already, it is the one that is tried.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './tools.js';

export default function pack(): void {
  if (process.env.MEMORYVIEW_TARBALL) return;
  const place = join(root, 'build/doors');
  const staged = join(place, 'package');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  run(root, process.execPath, 'packaging/prebuilds.mjs', 'build', 'host', '--to', 'build/prebuilds');
  run(root, process.execPath, 'packaging/pack.mjs', 'stage', staged, 'build/prebuilds');
  run(staged, 'npm', 'pack', '--ignore-scripts', `--pack-destination=${place}`);
  const { version } = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8')) as { version: string };
  process.env.MEMORYVIEW_TARBALL = join(place, `memoryview-${version}.tgz`);
}
