/**
 * Puts the headers of node-addon-api into vendor/node-addon-api, which a tarball carries: whoever builds from one has no development
 * dependencies. `binding.gyp` takes the installed package first, so in a checkout the folder changes nothing.
 *
 *     node packaging/headers.mjs
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const from = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
const to = join(fileURLToPath(new URL('..', import.meta.url)), 'vendor/node-addon-api');

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
for (const file of ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md']) {
  cpSync(join(from, file), join(to, file));
}
