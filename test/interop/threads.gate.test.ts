/** The protocol on many threads at once, without Node, under the sanitizers. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPILING, compile, headers, root } from './addons.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-race-'));

const foreign = process.platform === 'darwin' ? /(_linux|win32)\.cc$/ : /(_darwin|win32)\.cc$/;
const sources = ['native/core', 'native/capi'].flatMap((at) =>
  readdirSync(join(root, at))
    .filter((file) => file.endsWith('.cc') && !foreign.test(file))
    .map((file) => join(root, at, file)),
);
// Of the kernels, reads of files ask only from which size on copies go past the caches.
sources.push(join(root, 'native/core/kernels/stream_limits.cc'));

test.each([
  ['address,undefined', ['-fno-sanitize-recover=all']],
  ['thread', []],
])(
  'acquires, releases and ends race without an error of -fsanitize=%s',
  (sanitizer, extra) => {
    const program = join(folder, `race-${sanitizer}`);
    compile(process.env.CXX ?? 'g++', [
      ...['-std=c++20', '-g', '-O1', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-DMV_NO_NODE_API'],
      ...[`-fsanitize=${sanitizer}`, ...extra, `-I${headers}`, '-o', program],
      ...[join(root, 'test/interop/fixtures/race.cc'), ...sources, '-lpthread', '-ldl'],
    ]);
    const { NODE_OPTIONS: _, LD_PRELOAD: __, ...env } = process.env;
    const ran = spawnSync(program, [], {
      encoding: 'utf8',
      env: { ...env, ASAN_OPTIONS: 'detect_leaks=1', TSAN_OPTIONS: 'halt_on_error=1' },
    });
    expect(ran.stderr).toBe('');
    expect(ran.status).toBe(0);
  },
  COMPILING,
);
