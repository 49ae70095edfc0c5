// Workers whose thread is being terminated as they begin work on the thread pool, where the engine makes no promise. The addon's function is
// called behind a call that ends the thread; JavaScript goes on up to the next function of its own. The argument says which work.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const NBYTES = 4096;

/** The addon's function for each work, and what calls it. */
const WORK = {
  copy: {
    native: 'copyItemsLater',
    begin: ({ allocate }) => allocate(NBYTES).view().copyAsync(),
  },
  flush: {
    native: 'flushAsync',
    begin: ({ mapFile }, { path }) => mapFile(path, { mode: 'r+' }).flushAsync(),
  },
  read: {
    native: 'transferLater',
    begin: ({ allocate }, { fd }) => allocate(NBYTES).view().readFrom(fd, { position: 0 }),
  },
  write: {
    native: 'transferLater',
    begin: ({ allocate }, { fd }) => allocate(NBYTES).view().writeTo(fd, { position: 0 }),
  },
  pull: {
    native: 'nextArrayLater',
    begin: ({ allocate, fromArrow, toArrowStream }) =>
      fromArrow(toArrowStream([{ x: allocate(NBYTES).view('d') }])).nextAsync(),
  },
};

if (isMainThread) {
  const { account, answer, settle } = await import('./library.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-work-'));
  const path = join(folder, 'bytes');
  writeFileSync(path, new Uint8Array(NBYTES));
  const fd = openSync(path, 'r+');
  const codes = [];
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { kind: process.argv[2], path, fd } });
    codes.push(await new Promise((resolve) => worker.once('exit', resolve)));
  }
  for (let turn = 0; turn < 200 && account.stats().blocks !== 0; turn++) await settle(1);
  closeSync(fd);
  rmSync(folder, { recursive: true });
  const { blocks, bytes, pinned, inFlight } = account.stats();
  answer({ codes, blocks, bytes, pinned, inFlight });
} else {
  const { native, begin } = WORK[workerData.kind];
  // The library takes the addon's functions once, when it is loaded.
  const file = process.env.MEMORYVIEW_ADDON || '../../../build/Release/memoryview.node';
  const addon = createRequire(import.meta.url)(file);
  const original = addon[native];
  addon[native] = (...given) => {
    process.reallyExit(7);
    return original(...given);
  };
  const library = await import('../../../dist/index.js');
  const arrow = await import('../../../dist/interop/arrow.js');
  await begin({ ...library, ...arrow }, workerData);
}
