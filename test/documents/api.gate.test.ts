/** docs/api equals the output of `npm run docs:api` from the TSDoc in src/. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root: string = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const pagesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .sort();

it('docs/api is what npm run docs:api makes of the sources', { timeout: 120_000 }, (context) => {
  if (process.env.MEMORYVIEW_SANITIZED === '1') context.skip('nothing here runs the sanitized addon');
  const typedoc = join(root, 'docs/typedoc/node_modules/typedoc/bin/typedoc');
  if (!existsSync(typedoc)) {
    if (process.env.CI) throw new Error('typedoc is missing: npm ci --prefix docs/typedoc');
    context.skip('typedoc is not installed; npm ci --prefix docs/typedoc does it');
  }
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-api-'));
  try {
    execFileSync(process.execPath, [typedoc, '--options', 'docs/typedoc/typedoc.json', '--out', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const made = pagesIn(folder);
    expect(made).toEqual(pagesIn(join(root, 'docs/api')));
    for (const file of made) {
      expect(
        readFileSync(join(folder, file), 'utf8') === read(`docs/api/${file}`),
        `${file}: npm run docs:api`,
      ).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
