/** Runs the compiler over the type tests, so that a wrong type fails here as a wrong value does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace(/package\.json$/, 'bin/tsc');

/** The compiler's errors for a project, one per line. */
function errorsOf(project: string): string[] {
  const ran = spawnSync(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', project], {
    encoding: 'utf8',
  });
  if (ran.error) throw ran.error;
  return ran.stdout.split('\n').filter((line) => line.includes('error TS'));
}

describe('the type tests', () => {
  it('compile', () => {
    expect(errorsOf(folder)).toEqual([]);
  });

  it('are really checked: a wrong expectation is an error', () => {
    const wrong = mkdtempSync(join(tmpdir(), 'types-'));
    try {
      const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] };
      const project = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.mts'] };
      writeFileSync(join(wrong, 'tsconfig.json'), JSON.stringify(project));
      writeFileSync(
        join(wrong, 'wrong.mts'),
        `import { zeros } from ${JSON.stringify(join(root, 'src/index.js'))};\n` +
          "zeros(1, 'q').get(0) satisfies number;\n" +
          "zeros(1, 'd').get(0) satisfies number;\n" +
          "// @ts-expect-error nothing is wrong here\nzeros(1, 'd').set(0, 1);\n",
      );
      const errors = errorsOf(wrong);
      expect(errors.map((line) => /wrong\.mts\((\d+),/.exec(line)?.[1])).toEqual(['2', '4']);
    } finally {
      rmSync(wrong, { recursive: true });
    }
  });
});
