// The targets of foreign pointers: memory that lives as long as the process, and structs that a C library fills.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { allocate } from '../../dist/index.js';

/** Live blocks that are here from the first call to the last. */
export const GROUND_BLOCKS = 2;

/** Bytes of memory that any call may read and write. */
export const GROUND_BYTES = 4096;
export const ground = allocate(GROUND_BYTES, { label: 'ground' });

const SLOTS = 8;
const STREAM_BYTES = 5 * 8;
const SCHEMA_BYTES = 9 * 8;
const ARRAY_BYTES = 10 * 8;
const SLOT_BYTES = STREAM_BYTES + SCHEMA_BYTES + ARRAY_BYTES;
/** Where the `release` of each struct lies in it; null in a struct that was moved out. */
const RELEASE_OF_STREAM = 3 * 8;
const RELEASE_OF_ARRAY = 8 * 8;

/** Compiles the library as test/interop/library.ts does, which can't be imported here: the fuzz runs as plain JavaScript. */
function loadArrows() {
  // test/windows compiles it before, as there is no compiler under wine.
  const before = process.env.MEMORYVIEW_COMPILED;
  if (before !== undefined) return koffi.load(join(before, 'arrows.so'));
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-fuzz-library-'));
  const output = join(folder, 'arrows.so');
  const source = fileURLToPath(new URL('../interop/fixtures/arrows.c', import.meta.url));
  const args = ['-std=gnu11', '-O1', '-g', '-shared', '-fPIC', '-o', output, source];
  const { status, stderr, error } = spawnSync(process.env.CC ?? 'gcc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`arrows.c does not compile: ${error?.message ?? stderr}`);
  const library = koffi.load(output);
  rmSync(folder, { recursive: true });
  return library;
}

const arrows = loadArrows();
const makeText = arrows.func('void arrow_text(intptr_t, intptr_t, int64_t, int64_t)');
const makeStream = arrows.func('void arrow_stream(intptr_t, int64_t)');
const makeOddStream = arrows.func('void arrow_odd_stream(intptr_t, int64_t)');

/** Of the library's structs; no call is ever given it. */
const structs = allocate(SLOTS * SLOT_BYTES, { label: 'structs' });
const words = new BigInt64Array(structs.buffer);

/** Where a C library's Arrow stream lies: of a few columns, of ones that can't be read, or one that fails. */
export function arrowStream(random) {
  const at = random.below(SLOTS) * SLOT_BYTES;
  const stream = structs.address + BigInt(at);
  if (words[(at + RELEASE_OF_STREAM) / 8] === 0n) {
    const make = random.chance(0.1) ? makeOddStream : makeStream;
    make(stream, random.int(-3, 4));
  }
  return { stream };
}

/** Where a C library's Arrow column of texts lies. */
export function arrowText(random) {
  const at = random.below(SLOTS) * SLOT_BYTES + STREAM_BYTES;
  const schema = structs.address + BigInt(at);
  const array = schema + BigInt(SCHEMA_BYTES);
  if (words[(at + SCHEMA_BYTES + RELEASE_OF_ARRAY) / 8] === 0n) {
    const offset = random.int(0, 5);
    makeText(schema, array, offset, random.int(0, 5 - offset));
  }
  return { schema, array };
}
