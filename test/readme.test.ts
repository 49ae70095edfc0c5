/** The code in the documents is compiled, type-checked and run against dist, and shows what its comments say. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { programsOf } from './documents/programs.js';

const run = promisify(execFile);
const root: string = fileURLToPath(new URL('..', import.meta.url));
// Inside the package, so that `import … from 'memoryview'` finds it by its own name.
const folder: string = join(root, 'examples/build/documents');
const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

const checks: string = relative(folder, join(root, 'test/documents/expectations.js'));
const programs: { document: string; line: number; source: string; file: string }[] = DOCUMENTS.flatMap(
  (document) =>
    programsOf(document, readFileSync(join(root, document), 'utf8'), checks).map((program) => ({
      ...program,
      document,
      file: `${document.replaceAll(/\W+/g, '-')}-${program.line}`,
    })),
);

/** Compiles all programs at once; the settings are the library's own. */
async function compile(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, source } of programs) writeFileSync(join(folder, `${file}.ts`), source);
  const settings = {
    extends: relative(folder, join(root, 'tsconfig.json')),
    compilerOptions: {
      noEmit: false,
      declaration: false,
      isolatedDeclarations: false,
      noUnusedLocals: false,
      rootDir: relative(folder, root),
      outDir: 'out',
    },
    include: [],
    files: programs.map(({ file }) => `${file}.ts`),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => {
    throw new Error(`the documents' code does not compile:\n${error.stdout}`);
  });
}

describe('the code in the documents', () => {
  beforeAll(compile, 120_000);

  for (const { document, line, file } of programs) {
    it(`${document}:${line} runs and shows what its comments say`, async () => {
      const compiled = join(folder, 'out', relative(root, folder), `${file}.js`);
      // A folder of its own, because a program that fails leaves files behind.
      await run(process.execPath, [compiled], { cwd: folder });
    });
  }
});

describe('README.md', () => {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n');

  it('has its first code by line 12', () => {
    expect(lines.findIndex((line) => line.startsWith('```ts'))).toBeLessThan(12);
  });

  it('stays under 200 lines', () => {
    expect(lines.length).toBeLessThanOrEqual(200);
  });
});

describe('the documents', () => {
  for (const document of [...DOCUMENTS, 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md']) {
    it(`${document} names only files that exist`, () => {
      const text = readFileSync(join(root, document), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) =>
        join(dirname(document), link!),
      );
      const paths = [...text.matchAll(/`((?:src|native|test|docs|examples)\/[^`]*)`/g)].map(
        ([, path]) => path!,
      );
      const missing = [...links, ...paths].filter((path) => !existsSync(join(root, path)));
      expect(missing).toEqual([]);
    });
  }
});
