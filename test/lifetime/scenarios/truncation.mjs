// Another process truncates and rewrites a file while four workers map and read it, for as many seconds as the argument says.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { mapFile } from '../../../dist/index.js';
import { answer } from './library.mjs';

const SIZE = 4 << 20;

if (isMainThread) {
  const seconds = Number(process.argv[2] ?? 5);
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-truncation-'));
  const path = join(folder, 'file');
  writeFileSync(path, Buffer.alloc(SIZE, 1));
  const script = `
import os, random, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
full = b'\\1' * ${SIZE}
while os.getppid() == int(sys.argv[2]):
    os.ftruncate(fd, random.choice([0, 1, 4096, random.randrange(${SIZE})]))
    time.sleep(random.choice([0, 0, 0.001]))
    if random.random() < 0.2: os.pwrite(fd, full, 0)
    else: os.ftruncate(fd, ${SIZE})
`;
  const truncator = spawn('/usr/bin/env', ['python3', '-c', script, path, String(process.pid)], {
    stdio: 'ignore',
  });
  let told = 0;
  let zeros = 0;
  // The main thread only listens: its mapping is touched now and then, between turns of the loop.
  let mapping;
  const listen = () => {
    mapping?.release();
    mapping = mapFile(path, {
      onTruncated: () => {
        told++;
        listen();
      },
    });
  };
  listen();
  const timer = setInterval(() => {
    // A file that was short at the time has nothing to lose.
    if (mapping.nbytes < SIZE) listen();
    const view = mapping.view();
    // Used, or the engine would not read at all.
    for (let i = 0; i < view.length; i += 4096) if (view.get(i) === 0) zeros++;
  }, 5);
  const workers = Array.from({ length: 4 }, (_, n) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { path, seconds, n } });
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  const counts = await Promise.all(workers);
  clearInterval(timer);
  truncator.kill();
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
  answer({
    maps: sum('maps'),
    reads: sum('reads'),
    truncated: sum('truncated'),
    odd: sum('odd'),
    told,
    zeros,
  });
  rmSync(folder, { recursive: true });
  process.exit(0);
} else {
  const { path, seconds, n } = workerData;
  // From here on: what starting costs is not of interest.
  const until = Date.now() + seconds * 1000;
  const counts = { maps: 0, reads: 0, truncated: 0, odd: 0 };
  for (let round = n; Date.now() < until; round++) {
    const mode = ['r', 'c', 'r'][round % 3];
    const mapping = mapFile(path, { mode });
    const view = mapping.view();
    counts.maps++;
    const enough = Date.now() + 20;
    do {
      for (let i = 0; i < view.length; i += 1021) {
        const byte = view.get(i);
        if (byte !== 0 && byte !== 1) counts.odd++;
        counts.reads++;
      }
    } while (Date.now() < enough && round % 5 !== 0);
    // Native code reads too: a comparison and a copy of everything.
    if (round % 4 === 0) view.equals(new Uint8Array(view.length));
    if (round % 4 === 1) view.toBytes();
    if (mapping.truncated) counts.truncated++;
    mapping.release();
  }
  parentPort.postMessage(counts);
}
