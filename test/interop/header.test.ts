/** The C header by itself: it compiles everywhere without a warning, with Node's headers and without. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { include } from '../../src/index.js';
import { compile, has, headers, nodeHeaders } from './addons.js';

const STRICT = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', `-I${headers}`];
const folder = mkdtempSync(join(tmpdir(), 'memoryview-header-'));

const COMPILERS = [
  ['gcc', 'c11'],
  ['gcc', 'c17'],
  ['g++', 'c++17'],
  ['g++', 'c++20'],
  ['clang-14', 'c11'],
  ['clang++-14', 'c++17'],
  ['clang++-14', 'c++20'],
] as const;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe.each(COMPILERS)('%s -std=%s', (compiler, standard) => {
  const isC = standard.startsWith('c1');
  const object = join(folder, 'header.o');
  const name = `header-${standard}.${isC ? 'c' : 'cc'}`;

  test.runIf(has(compiler))(
    `compiles the C header with Node's headers, without, and for older Node-APIs`,
    () => {
      const source = write(name, '#include "memoryview.h"\nint main(void) { return 0; }\n');
      const args = [`-std=${standard}`, ...STRICT, '-c', '-o', object, source];
      compile(compiler, [...args, '-isystem', nodeHeaders, '-DNAPI_VERSION=9']);
      compile(compiler, [...args, '-isystem', nodeHeaders, '-DNAPI_VERSION=8']);
      compile(compiler, [...args, '-isystem', nodeHeaders, '-DMV_NO_NODE_API']);
      compile(compiler, args);
    },
  );

  test.runIf(has(compiler) && !isC)('runs a typed array over an exported vector', () => {
    const source = write(
      name,
      `#include "memoryview.hpp"
       using Points = mv::array<const float, mv::shape<-1, 3>, mv::c_contig>;
       int main() {
         mv_exporter* exporter = mv::export_container(std::vector<float>{0, 1, 2, 3, 4, 5}, {2, 3});
         Points points;
         const bool ok = points.acquire(exporter, "test") == MV_OK;
         exporter->drop(exporter);
         Points moved = std::move(points);
         mv::array<double> other;
         mv_error error;
         const bool refused = other.acquire(moved ? exporter : nullptr, "test", &error) == MV_UNSATISFIABLE;
         return ok && refused && !points && moved(1, 2) == 5 && moved.size() == 6 ? 0 : 1;
       }\n`,
    );
    const program = join(folder, `array-${standard}`);
    compile(compiler, [
      `-std=${standard}`,
      ...STRICT,
      '-fno-exceptions',
      '-fno-rtti',
      '-o',
      program,
      source,
      '-ldl',
    ]);
    compile(program, []);
  });
});

test('the include export names the folder of the header', () => {
  expect(include).toBe(headers);
});
