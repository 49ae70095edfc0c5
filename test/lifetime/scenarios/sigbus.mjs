// Another library's SIGBUS handler: the first argument is a library with a handler of its own, or "none" for the default action.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { mapFile } from '../../../dist/index.js';
import { answer } from './library.mjs';

const [, , library, how] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'memoryview-sigbus-'));
const path = join(folder, 'file');
writeFileSync(path, Buffer.alloc(100_000, 7));
const theirs = koffi.load(library);
const install = theirs.func('void sigbus_install()');
const touch = theirs.func('int sigbus_touch(const char *path)');
const count = theirs.func('int sigbus_count()');
if (how === 'handled') install();
const mapping = mapFile(path);
truncateSync(path, 0);
const ours = mapping.view().get(90_000);
const caught = touch(path);
if (how === 'sent') process.kill(process.pid, 'SIGBUS');
rmSync(folder, { recursive: true });
answer({ ours, caught, count: count(), after: mapping.view().get(5) });
