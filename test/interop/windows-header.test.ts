/** memoryview.h in the shape of Windows: clang-cl's flags, and the branch that MSVC takes, with stand-ins for the C library's headers. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { compile, has, headers, root } from './addons.js';

const compiler = process.env.CLANG ?? 'clang-14';

describe.runIf(has(compiler))('memoryview.h', () => {
  test.each([
    ['as clang-cl takes it, in C', []],
    ['as clang-cl takes it, in C++', ['-x', 'c++', '-std=c++17']],
    ['as MSVC takes it, in C', ['-U__clang__', '-U__GNUC__']],
    ['as MSVC takes it, in C++', ['-U__clang__', '-U__GNUC__', '-x', 'c++', '-std=c++17']],
  ])('compiles for Windows %s', (_, flags) => {
    const source = join(mkdtempSync(join(tmpdir(), 'memoryview-windows-')), 'a.c');
    writeFileSync(
      source,
      '#include "memoryview.h"\nint main(void) { return mv_pin_module() + (mv_export_memory(0, 0, 0, 0, 0, 0) != 0); }\n',
    );
    compile(compiler, [
      ...['--target=x86_64-pc-windows-msvc', '-fms-extensions', '-fms-compatibility', '-fsyntax-only'],
      ...['-Wall', '-Wextra', '-Werror', '-DMV_NO_NODE_API', `-I${headers}`],
      ...['-isystem', join(root, 'test/interop/fixtures/windows'), ...flags, source],
    ]);
  });
});
