/** `cdef` on installed public headers, as a preprocessor prints them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cdef } from '../../../src/format/c/cdef.js';
import { formatInfo } from '../../../src/format/info.js';

const HEADERS = [
  'zlib.h',
  'sqlite3.h',
  'png.h',
  'openssl/bn.h',
  'linux/input.h',
  'elf.h',
  'netinet/ip.h',
  'sys/stat.h',
  'dirent.h',
];
const compiler = process.env.CC?.split(' ').at(-1) ?? 'gcc';
const usable = process.platform === 'linux' && spawnSync(compiler, ['--version']).status === 0;

/** Runs a program that prints the size of each type, and the offset and size of each of its fields. */
function measured(header: string, types: readonly [c: string, format: string][]): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-headers-'));
  try {
    const rows = types.flatMap(([c, format]) => [
      `sizeof(${c}),`,
      ...(format.startsWith('T{') || format.startsWith('^T{')
        ? formatInfo(format).fields.map(({ name }) => `offsetof(${c}, ${name}), `)
        : []),
    ]);
    const source = `#include <stdio.h>\n#include <stddef.h>\n#include <${header}>
      static const unsigned long found[] = { ${rows.join('\n')} };
      int main(void) { for (size_t i = 0; i < sizeof found / sizeof *found; i++) printf("%lu\\n", found[i]); return 0; }`;
    writeFileSync(join(folder, 'a.c'), source);
    execFileSync(compiler, ['-w', '-o', join(folder, 'a'), join(folder, 'a.c')]);
    return execFileSync(join(folder, 'a'), { encoding: 'utf8' }).trim().split('\n').map(Number);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.runIf(usable || process.env.CI !== undefined)('a header that a preprocessor printed', () => {
  for (const header of HEADERS) {
    it(`<${header}>: each struct is as the compiler lays it out, or refused by its name`, (context) => {
      if (
        !existsSync(join('/usr/include', header)) &&
        !existsSync(`/usr/include/x86_64-linux-gnu/${header}`)
      ) {
        if (process.env.CI) throw new Error(`no <${header}> found: .ci/run lists the packages`);
        context.skip(`no <${header}> found`);
      }
      const text = execFileSync(compiler, ['-E', '-dD', '-include', header, '-x', 'c', '/dev/null'], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      const start = process.cpuUsage();
      const record: Readonly<Record<string, unknown>> = cdef(text);
      // A twentieth of that; where the time is quadratic, minutes.
      expect(process.cpuUsage(start).user).toBeLessThan(2e6);
      const tags = new Set(
        [...text.matchAll(/\b(struct|union|enum)\s+(\w+)\s*\{/g)].map(([, k, tag]) => `${k} ${tag}`),
      );
      const typedefs = new Set(
        [...text.matchAll(/\btypedef\b[^;{}]*?\b(\w+)\s*;/g)].map(([, name]) => name!),
      );
      const types: [string, string][] = [];
      const refused: string[] = [];
      for (const tag of tags) {
        const name = tag.slice(tag.indexOf(' ') + 1);
        const descriptor =
          Object.getOwnPropertyDescriptor(record, tag) ?? Object.getOwnPropertyDescriptor(record, name);
        if (descriptor === undefined) throw new Error(`${tag} is neither told nor refused`);
        if (typeof descriptor.value === 'string') types.push([tag, descriptor.value]);
        else {
          refused.push(tag);
          expect(() => descriptor.get?.()).toThrow(/^cdef: line \d+ of ".+" (has|begins)/);
        }
      }
      for (const name of typedefs) {
        const value = Object.getOwnPropertyDescriptor(record, name)?.value;
        if (typeof value === 'string') types.push([name, value]);
      }
      if (process.env.SHOW_HEADERS) {
        console.log(header, 'types', types.length, 'refused', refused.length, refused.join(', '));
        for (const tag of refused) {
          try {
            void (record[tag] ?? record[tag.slice(tag.indexOf(' ') + 1)]);
          } catch (error) {
            console.log(`  ${String(error)}`);
          }
        }
      }
      const ours = types.flatMap(([, format]) => {
        const info = formatInfo(format);
        return [info.itemsize, ...(/^\^?T\{/.test(format) ? info.fields.map(({ offset }) => offset) : [])];
      });
      expect(ours).toEqual(measured(header, types));
      const macros = Object.entries(record).filter(([, value]) => typeof value !== 'string');
      expect(macros.length).toBeGreaterThan(0);
    });
  }
});
