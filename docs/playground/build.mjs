// Builds the playground into static files for any web server. Needs dist.
//
//     npm run playground                 writes docs/playground/dist
//     npm run playground -- --serve      and hands it out at http://localhost:8000 until it is stopped
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

/** Writes the page and its script into a folder. */
export async function buildPlayground(folder = join(here, 'dist')) {
  mkdirSync(folder, { recursive: true });
  for (const name of ['index.html', 'playground.css']) copyFileSync(join(here, name), join(folder, name));
  await build({
    entryPoints: [join(here, 'playground.js')],
    outfile: join(folder, 'playground.js'),
    alias: { 'memoryview/core': join(root, 'dist/core.mjs') },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return folder;
}

/** Serves the files of a folder, on this machine only. */
export function serve(folder, port = 0) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    if (!/^[\w-]+\.(?:html|css|js)$/.test(name)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': `${TYPES[extname(name)]}; charset=utf-8` });
    response.end(readFileSync(join(folder, name)));
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = await buildPlayground();
  process.stdout.write(`${folder}\n`);
  if (process.argv.includes('--serve')) {
    await serve(folder, 8000);
    process.stdout.write('http://localhost:8000\n');
  }
}
