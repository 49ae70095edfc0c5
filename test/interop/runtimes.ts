/**
 * Other runtimes that tests start: those that test/lifetime/install-runtimes.sh installed outside of the repository.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = process.env.MEMORYVIEW_RUNTIMES || join(tmpdir(), 'memoryview-runtimes');

/** The binary of `node20`, `node22`, `node24`, `node26`, `bun` or `deno`; null where it is not installed. */
export function runtimeBinary(name: string): string | null {
  const path = join(folder, 'node_modules', name.startsWith('node') ? `${name}/bin/node` : `.bin/${name}`);
  return existsSync(path) ? path : null;
}
