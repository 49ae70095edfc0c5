// The runtime's own handler of SIGBUS, which process.on() puts in the place of ours; then another file is mapped.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, mapFile } from './library.mjs';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-sigbus-listener-'));
const paths = ['a', 'b', 'c'].map((name) => join(folder, name));
for (const path of paths) writeFileSync(path, Buffer.alloc(1 << 20, 7));

const mapping = mapFile(paths[0]);
process.on('SIGBUS', () => {});
mapFile(paths[1]);
truncateSync(paths[0], 4096);
const read = mapping.view().get(500_000);
// Without listeners the runtime restores the default action.
process.removeAllListeners('SIGBUS');
const other = mapFile(paths[2]);
truncateSync(paths[2], 0);
answer({ read, truncated: mapping.truncated, again: other.view().get(0) });
rmSync(folder, { recursive: true });
