/**
 * Runs the runtime-neutral suite in Debian's Chromium, headless: each test file bundled for pages, over the library's own build for
 * browsers, in a page of its own that a server on this machine hands out.
 *
 *     node test/matrix/chromium/run.mjs [test/view/slice.test.ts …]     prints what came of these files, or of all
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { webPlugin } from '../../../packaging/web.mjs';
import { REFUSED } from '../refused.mjs';
import { AREAS, areaOf } from '../table.mjs';
import { BROWSER, FLAGS } from './browser.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const here = 'test/matrix/chromium';

/** The files that can't run in a page, with reasons; each counts as one skip. */
const NOT_FOR_PAGES = [
  [/^test\/interop\//, 'formats of other libraries have no build for browsers'],
  [/^test\/readme\.test\.ts$/, 'runs the documentation’s programs in Node'],
  [
    /^test\/memory\/(?:mapped-file|file-range|shared-memory|foreign)/,
    'files, shared memory and pointers need the system',
  ],
  [/^test\/view\/file-transfer/, 'files need the system'],
  [/^test\/bulk\/thread-pool/, 'a page has no thread pool'],
];

/** The test files of the areas, or those that were asked for. */
function filesOf(wanted) {
  if (wanted.length > 0) return wanted;
  return AREAS.flatMap(({ paths }) =>
    paths.flatMap((path) =>
      path.endsWith('/') ? readdirSync(join(root, path)).map((name) => `${path}${name}`) : [path],
    ),
  ).filter((path) => path.endsWith('.test.ts') && !path.endsWith('.gate.test.ts'));
}

const NODE_MODULE = (node) => `
  const here = require(${JSON.stringify(node)});
  module.exports = new Proxy({ ...here }, {
    get: (names, name) => (name in names || typeof name === 'symbol' || name === '__esModule' || name === 'default'
      ? names[name] : () => here.missing(name)),
  });`;

/** For the tests themselves: Vitest's interface and Node's modules as a page has them, and addresses of the server for those of files. */
const suite = {
  name: 'suite',
  setup({ onLoad, onResolve }) {
    const isTest = (importer) => relative(root, importer).startsWith('test');
    onResolve({ filter: /^vitest$/ }, () => ({ path: join(root, here, 'vitest.ts') }));
    onResolve({ filter: /^memoryview$/ }, () => ({ path: join(root, 'src/index.ts') }));
    onResolve({ filter: /^node:/ }, ({ path, importer, namespace }) =>
      namespace === 'file' && isTest(importer) ? { path, namespace: 'node' } : undefined,
    );
    onResolve({ filter: /\/src\/interop\/[\w-]+\.js$/ }, ({ path }) => ({ path, namespace: 'node' }));
    onLoad({ filter: /.*/, namespace: 'node' }, () => ({
      contents: NODE_MODULE(`./${here}/node.mjs`),
      loader: 'js',
      resolveDir: root,
    }));
    onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, ({ path }) => {
      const at = JSON.stringify(`/${relative(root, path)}`);
      const text = readFileSync(path, 'utf8').replaceAll('import.meta.url', `(location.origin + ${at})`);
      return { contents: text, loader: 'ts' };
    });
  },
};

/** Bundles the files for pages; answers the folder. */
async function bundled(files) {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-chromium-'));
  await build({
    absWorkingDir: root,
    entryPoints: [...files, `${here}/page.mjs`, 'src/web/owners-here.ts'],
    outbase: '.',
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    supported: { using: false },
    plugins: [suite, webPlugin(root)],
    inject: [`${here}/globals.ts`],
    legalComments: 'none',
    logLevel: 'error',
  });
  return folder;
}

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>tests</title><body>
<script type="module">import '/src/web/owners-here.js'; import '/${here}/page.js';</script>`;

/** Serves the page, the bundle, and the files of the repository that tests read. */
function served(folder) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const isScript = path.endsWith('.js');
    try {
      const body = path === '/' ? PAGE : readFileSync(join(isScript ? folder : root, path));
      response.setHeader(
        'content-type',
        path === '/' ? 'text/html' : isScript ? 'text/javascript' : 'text/plain',
      );
      // Gives the page SharedArrayBuffer.
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
      response.end(path.endsWith('.gz') ? gunzipSync(body) : body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** Tests that ask Node rather than the library; each may fail in a page, and counts as skipped then. */
const OF_NODE = [
  [
    /@@exporter|@@borrowed|has no handle and no exporter|every member of \w+ > has a row/,
    'needs other addons',
  ],
  [/is exported to native code as the memory/, 'formats of other libraries have no build for browsers'],
  [
    /^test\/memory\/(?:accounting.*(?:the channels publish|while a channel has listeners)|arena.*diagnostics channels)/,
    'needs Node’s diagnostics channels',
  ],
  [/throws its own errors unchanged/, 'a page can’t tell a proxy from its target'],
  [/memory of an arena whose ArrayBuffer other code has moved/, 'arenas use slabs only over native memory'],
  [/by allocation site/, 'a bundle has no stack frames of its own'],
  [
    /bytes that were moved until they are dropped/,
    'other code moves the engine’s memory without the library',
  ],
  [
    /can be inspected|inspect of a view|bytes 01 02 03 04|as coloured as|shortens a large view/,
    'needs Node’s util and process',
  ],
  [/UTF-16 of the other byte order|copy and toBytes > are copies/, 'needs methods of Node’s Buffer'],
];

/** A test that skips itself without a reason; it counts as one that did not pass. */
const CONDITION = 'its own condition, without a reason';

const reasonOf = (test) => OF_NODE.find(([pattern]) => pattern.test(test))?.[1];

/** Runs the files; answers what reporter.mjs answers for the other runtimes. */
export async function runInChromium(wanted = []) {
  const all = filesOf(wanted);
  const reasons = new Map(
    all.flatMap((file) => {
      const found = NOT_FOR_PAGES.find(([pattern]) => pattern.test(file));
      return found === undefined ? [] : [[file, found[1]]];
    }),
  );
  const files = all.filter((file) => !reasons.has(file));
  const folder = await bundled(files);
  const server = await served(folder);
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: [...FLAGS, '--js-flags=--expose-gc'],
  });
  const areas = Object.fromEntries(AREAS.map(({ name }) => [name, { passed: 0, failed: 0, skipped: 0 }]));
  const skipped = [...reasons].map(([test, reason]) => ({ test, reason }));
  const failures = [];
  try {
    for (const file of files) {
      const page = await browser.newPage();
      const thrown = [];
      page.on('pageerror', (error) => thrown.push(error.message));
      await page.goto(`${origin}/?file=${file}`);
      const ran = await page
        .waitForFunction(() => window.ran !== undefined, null, { timeout: 300_000 })
        .then(() => page.evaluate(() => window.ran))
        .catch((error) => ({ broken: `${error.message}\n${thrown.join('\n')}`, tests: [] }));
      await page.close();
      if (ran.refused) skipped.push({ test: file, reason: REFUSED });
      else if (ran.broken !== '') failures.push({ test: file, message: ran.broken });
      const area = areas[areaOf(file)];
      for (const { name, state, note, refused, message, vectors } of ran.tests) {
        const test = `${file}: ${name}`;
        if (state === 'pass') area.passed += vectors?.passed ?? 1;
        else if (state === 'skip' || refused || reasonOf(test) !== undefined) {
          area.skipped++;
          skipped.push({
            test,
            reason: refused ? REFUSED : (note ?? reasonOf(test) ?? CONDITION),
          });
        } else {
          area.failed += vectors?.failed ?? 1;
          area.passed += vectors?.passed ?? 0;
          failures.push({ test, message });
        }
      }
    }
    return {
      runtime: { name: 'Chromium', version: browser.version(), engine: 'javascript' },
      areas,
      skipped,
      failures,
    };
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { runtime, areas, skipped, failures } = await runInChromium(process.argv.slice(2));
  for (const { test, message } of failures)
    process.stdout.write(`${test}\n    ${message.split('\n').slice(0, 4).join('\n    ')}\n`);
  process.stdout.write(
    `${runtime.name} ${runtime.version} ${JSON.stringify(areas)}; ${failures.length} failed, ${skipped.length} skipped\n`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}
