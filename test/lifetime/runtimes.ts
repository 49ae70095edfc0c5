/** Other runtimes that tests start: those that install-runtimes.sh installed outside of the repository. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = process.env.MEMORYVIEW_RUNTIMES || join(tmpdir(), 'memoryview-runtimes');

/** A runtime by the name of its folder or command, and how it wants its flags. */
export interface Runtime {
  readonly name: string;
  readonly flavour: 'node' | 'bun' | 'deno';
}

/** All runtimes that the library is meant for. */
export const RUNTIMES: readonly Runtime[] = [
  { name: 'node20', flavour: 'node' },
  { name: 'node22', flavour: 'node' },
  { name: 'node24', flavour: 'node' },
  { name: 'node26', flavour: 'node' },
  { name: 'bun', flavour: 'bun' },
  { name: 'deno', flavour: 'deno' },
];

/** The binary of a runtime; null where it is not installed. */
export function runtimeBinary(name: string): string | null {
  const path = join(folder, 'node_modules', name.startsWith('node') ? `${name}/bin/node` : `.bin/${name}`);
  return existsSync(path) ? path : null;
}
