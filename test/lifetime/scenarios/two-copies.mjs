// This package's JavaScript loaded twice over one addon, as by a bundler that inlines it twice or a test runner that resets modules.
import { cpSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answer, settle } from './library.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
process.env.MEMORYVIEW_ADDON ||= join(root, 'build/Release/memoryview.node');
const folder = mkdtempSync(join(tmpdir(), 'memoryview-two-copies-'));
const load = async (name) => {
  const to = join(folder, name);
  cpSync(join(root, 'dist'), join(to, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(to, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
  return await import(join(to, 'dist/index.mjs'));
};
const copies = [await load('one'), await load('other')];
const code = (call) => {
  try {
    call();
    return 'ok';
  } catch (error) {
    return error.code ?? String(error);
  }
};
const within = (promise) =>
  Promise.race([
    promise.then(() => 'settled'),
    new Promise((resolve) => setTimeout(resolve, 3000, 'never').unref()),
  ]);

const seen = [];
for (const [i, mine] of copies.entries()) {
  const theirs = copies[1 - i];
  const memory = mine.allocate(64);
  let done;
  const borrowed = memory.borrow(() => new Promise((resolve) => (done = resolve)));
  const waiting = memory.release({ wait: true });
  setTimeout(done, 10);
  const released = await within(waiting);
  await borrowed;

  let ended = 0;
  mine.wrapPointer(theirs.allocate(4096).address, 16, { release: () => ended++ }).release();

  const path = join(folder, `file-${i}`);
  writeFileSync(path, Buffer.alloc(65536, 1));
  let told = 0;
  const mapping = mine.mapFile(path, { onTruncated: () => told++ });
  truncateSync(path, 0);
  mapping.view().get(60_000);
  await within(
    (async () => {
      while (told === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    })(),
  );

  const owner = theirs.allocate(32);
  const exchanged = exchange(mine, theirs, owner);
  // A view of the other copy's memory holds it, as one of another addon's does, until it is collected.
  await settle();
  const freed = await within(owner.release({ wait: true }));
  seen.push({ same: mine.NativeMemory === theirs.NativeMemory, released, ended, told, ...exchanged, freed });
}

/** Looks with one copy at memory and views of the other. */
function exchange(mine, theirs, owner) {
  const view = theirs.memoryview(owner).cast('i').slice('::2');
  view.set(1, 7);
  const over = mine.memoryview(view);
  const looks = [over.format, [...over.shape], [...over.strides], over.get(1), over.readonly];
  over.set(1, 9);
  const overMemory = mine.memoryview(owner);
  const copied = mine.zeros([4], 'i');
  copied.copyFrom(view);
  return {
    looks,
    written: copied.get(1),
    nbytes: overMemory.nbytes,
    readonly: mine.memoryview(view.toReadonly()).readonly,
    pinned: over.borrow(() => code(() => owner.release())),
    pinnedMemory: overMemory.borrow(() => code(() => owner.release())),
    shares: code(() => mine.unshare(over.share())),
  };
}

rmSync(folder, { recursive: true });
answer({ seen });
