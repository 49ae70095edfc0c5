/** `node --watch`: a program with the addon starts again when a file of its own changes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** A program that prints what it read from native memory, and has a timer that keeps it running. */
const programs = {
  'app.mjs': (value: number) => `import { memory, zeros } from ${JSON.stringify(join(dist, 'index.mjs'))};
const view = zeros(2); view.set(1, ${value}); console.log('read', view.get(1), memory.engine, memory.stats().blocks);
setInterval(() => {}, 1000);\n`,
  'app.cjs': (value: number) => `const { memory, zeros } = require(${JSON.stringify(join(dist, 'index.js'))});
const view = zeros(2); view.set(1, ${value}); console.log('read', view.get(1), memory.engine, memory.stats().blocks);
setInterval(() => {}, 1000);\n`,
};

test.each(Object.entries(programs))('node --watch starts %s again with the addon', async (name, source) => {
  const folder = mkdtempSync(join(tmpdir(), 'memoryview-watch-'));
  const file = join(folder, name);
  writeFileSync(file, source(1));
  const watching = spawn(process.execPath, ['--watch', '--no-warnings', file], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', MEMORYVIEW_ENGINE: 'native' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let value = 1;
  // Again until the program has started with it: the first change may come before Node watches the file.
  const change = setInterval(() => value > 1 && writeFileSync(file, source(value)), 2000);
  try {
    const read: string[] = [];
    for await (const line of createInterface({ input: watching.stdout })) {
      if (!line.startsWith(`read ${value}`)) continue;
      read.push(line);
      if (++value === 4) break;
      writeFileSync(file, source(value));
    }
    expect(read).toEqual(['read 1 native 1', 'read 2 native 1', 'read 3 native 1']);
  } finally {
    clearInterval(change);
    watching.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
