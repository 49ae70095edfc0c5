/** What does it cost to allocate memory, touch each page and release it, against `mmap` from C? The same C function touches both. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { allocate } from 'memoryview';
import { compare } from '../harness.js';

const MIB = 1024 * 1024;
const SOURCE = `
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
void touch(uint64_t address, size_t nbytes) {
  volatile char *bytes = (volatile char *)(uintptr_t)address;
  for (size_t at = 0; at < nbytes; at += 4096) bytes[at] = 1;
}
void mapped(size_t nbytes, int advice) {
  void *pages = mmap(NULL, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return;
  if (advice >= 0) madvise(pages, nbytes, advice);
  touch((uint64_t)(uintptr_t)pages, nbytes);
  munmap(pages, nbytes);
}
`;
const MADV_HUGEPAGE = 14;

export async function ask() {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-bench-'));
  try {
    writeFileSync(join(folder, 'pages.c'), SOURCE);
    const library = join(folder, 'pages.so');
    execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, join(folder, 'pages.c')]);
    await asked(koffi.load(library));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function asked(library) {
  const touch = library.func('void touch(uint64_t address, size_t nbytes)');
  const mapped = library.func('void mapped(size_t nbytes, int advice)');
  const peer = (nbytes, advice) => (n) => {
    for (let i = 0; i < n; i++) mapped(nbytes, advice);
  };
  for (const nbytes of [MIB, 32 * MIB, 1024 * MIB]) {
    await compare(
      26,
      `allocate(${nbytes / MIB} MiB) + touch + release`,
      (n) => {
        for (let i = 0; i < n; i++) {
          const memory = allocate(nbytes);
          touch(memory.address, nbytes);
          memory.release();
        }
      },
      [
        { name: 'mmap by C', bar: 1.1, run: peer(nbytes, -1) },
        { name: 'mmap by C, huge pages advised', bar: null, run: peer(nbytes, MADV_HUGEPAGE) },
      ],
    );
  }
}
