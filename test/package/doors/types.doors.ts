/** The declarations in the tarball, checked and not skipped, with each TypeScript that they are for and each way to resolve a package. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attempt, project, versionOf, writeAll } from './tools.js';

const COMPILERS = { ts55: '5.5', ts59: '5.9', ts6: '6', ts7: '7' };
const SUBPATHS = ['adapters', 'arrow', 'core', 'dlpack', 'npy', 'pointer', 'testing'];

const esm = `import { MemoryView, zeros } from 'memoryview';
import { fromArrow } from 'memoryview/arrow';
import { fromDLPack } from 'memoryview/dlpack';
import { loadNpy } from 'memoryview/npy';
${SUBPATHS.map((name) => `import * as ${name} from 'memoryview/${name}';`).join('\n')}
export const all: object[] = [${SUBPATHS.join(', ')}];
const points: MemoryView<'T{<I:id:<d:score:}'> = zeros(3, 'T{<I:id:<d:score:}');
export const point: { id: number; score: number } = points.get(0);
export const one: number = loadNpy('a.npy', { format: 'f' }).get(0);
export const two: bigint = fromDLPack(1n, { format: 'q' }).get(0);
export const three: number = fromArrow({ schema: 1n, array: 2n }, { format: 'd' }).values!.get(0);
{ using view = zeros([2, 2]); view.get(0, 0) satisfies number; }
// @ts-expect-error a double is no bigint
export const wrong: bigint = zeros(3).get(0);\n`;
const cjs = `import library = require('memoryview');
import { loadNpy } from 'memoryview/npy';
const view: library.MemoryView<'d'> = library.zeros([2, 3]);
export const value: number = view.get(0, 1);
export const load = loadNpy;\n`;
const both = `import * as imported from 'memoryview';
import type { MemoryView } from 'memoryview' with { 'resolution-mode': 'require' };
export const required: MemoryView<'d'> = imported.zeros(3);\n`;
const node10 =
  "import { zeros } from 'memoryview';\nimport { loadNpy } from 'memoryview/npy';\nexport const all = [zeros(3).get(0) satisfies number, loadNpy];\n";

let place: string;
beforeAll(() => {
  const compilers = Object.entries(COMPILERS).map(([name, version]) => `${name}@npm:typescript@${version}`);
  place = project('types', '@types/node@20', ...compilers);
  writeAll(place, { 'esm.mts': esm, 'cjs.cts': cjs, 'both.mts': both, 'node10.ts': node10 });
  console.log(
    `types: ${Object.keys(COMPILERS)
      .map((name) => versionOf(place, name))
      .join(', ')}`,
  );
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** What a compiler says of files. */
function checked(compiler: string, files: string[], ...flags: string[]): string {
  const tsc = join(place, 'node_modules', compiler, 'bin/tsc');
  const all = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--target',
    'es2022',
    '--lib',
    'es2022,esnext.disposable',
  ];
  return attempt(place, process.execPath, tsc, ...all, ...flags, ...files).output.trim();
}

describe.each(Object.keys(COMPILERS))('%s', (compiler) => {
  test.each(['node16', 'nodenext'])('compiles both doors under %s', (module) => {
    expect(checked(compiler, ['esm.mts', 'cjs.cts', 'both.mts'], '--module', module)).toBe('');
  });

  test('compiles under bundler', () => {
    expect(checked(compiler, ['esm.mts'], '--module', 'esnext', '--moduleResolution', 'bundler')).toBe('');
  });
});

test('TypeScript 5.9 finds the subpaths under node10', () => {
  expect(checked('ts59', ['node10.ts'], '--module', 'commonjs', '--moduleResolution', 'node10')).toBe('');
});

test('without Node’s types the error names them', () => {
  rmSync(join(place, 'node_modules/@types'), { recursive: true });
  expect(checked('ts59', ['esm.mts'], '--module', 'nodenext')).toContain(
    "Cannot find type definition file for 'node'",
  );
});
