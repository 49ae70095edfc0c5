/** What does it cost to open a large file and read its first byte? */
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { mapFile } from 'memoryview';
import { compare, optional } from '../harness.js';

const NBYTES = 512 * 1024 * 1024;

export async function ask() {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-bench-'));
  try {
    const path = join(folder, 'data');
    writeFileSync(path, 'x');
    truncateSync(path, NBYTES);
    await opened(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function opened(path) {
  let _total = 0;
  const peers = [];
  // Not a dependency: its installation compiles it (npm install --no-save @raygun-nickj/mmap-io).
  const mmapIo = optional('@raygun-nickj/mmap-io');
  if (mmapIo !== null) {
    const { map, PROT_READ, MAP_SHARED } = mmapIo.default ?? mmapIo;
    peers.push({
      name: 'mmap-io',
      bar: 0.5,
      run: (n) => {
        for (let i = 0; i < n; i++) {
          const fd = openSync(path);
          _total += map(NBYTES, PROT_READ, MAP_SHARED, fd)[0];
          closeSync(fd);
        }
      },
    });
  }
  const libc = koffi.load(null);
  const mmap = libc.func('void *mmap(void *, size_t, int, int, int, int64)');
  const munmap = libc.func('int munmap(void *, size_t)');
  peers.push({
    name: 'koffi mmap + view',
    bar: null,
    run: (n) => {
      for (let i = 0; i < n; i++) {
        const fd = openSync(path);
        const pointer = mmap(null, NBYTES, 1, 1, fd, 0);
        _total += new Uint8Array(koffi.view(pointer, NBYTES))[0];
        munmap(pointer, NBYTES);
        closeSync(fd);
      }
    },
  });
  await compare(
    19,
    'mapFile of 512 MiB, open and first byte',
    (n) => {
      for (let i = 0; i < n; i++) {
        const file = mapFile(path);
        _total += file.view().get(0);
        file.release();
      }
    },
    peers,
  );
}
