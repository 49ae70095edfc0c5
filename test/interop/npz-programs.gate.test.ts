/**
 * Archives by numpy, Python's zipfile with odd flags and the program zip, as numpy reads them; then each of them with bytes changed.
 * `NPZ_ARCHIVES`, `NPZ_CHANGES` and `NPZ_SEED` say how many, and which.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { memory } from '../../src/index.js';
import { openNpz } from '../../src/interop/npy.js';
import { has } from './addons.js';
import { Random } from './arrow-random.js';
import { outputOfPython, python } from './python.js';

const ARCHIVES = Number(process.env.NPZ_ARCHIVES ?? 500);
const CHANGES = Number(process.env.NPZ_CHANGES ?? 3);
const SEED = Number(process.env.NPZ_SEED ?? 1);

const folder = mkdtempSync(join(tmpdir(), 'memoryview-npz-programs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const maker = readFileSync(fileURLToPath(new URL('numpy/archives.py', import.meta.url)), 'utf8');
const missing = python === null ? 'python3 with numpy' : has('zip') ? null : 'zip';
if (missing !== null && process.env.CI !== undefined) throw new Error(`${missing} is needed here`);

/** The readable content of an archive: the code of the error in place of a refused member; null for a refused archive. */
async function read(bytes: Uint8Array): Promise<Record<string, string> | null> {
  try {
    const archive = await openNpz(bytes, { maxBytes: 2 ** 26 });
    const found: Record<string, string> = {};
    for (const name of archive) {
      try {
        found[`=${name}`] = (await archive.get(name)).toBytes().toString('hex');
      } catch (error) {
        found[`=${name}`] = coded(error);
      }
    }
    archive.release();
    return found;
  } catch (error) {
    coded(error);
    return null;
  }
}

function coded(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!/^ERR_[A-Z_]+$/.test(code)) throw error;
  return code;
}

test.skipIf(missing !== null)(
  `${ARCHIVES} archives of three programs read as numpy reads them, and changed ones are read or refused (seed ${SEED})`,
  async () => {
    const answers = JSON.parse(outputOfPython(maker, [folder, String(SEED), String(ARCHIVES)])) as (Record<
      string,
      string | null
    > | null)[];
    const random = new Random(SEED);
    const before = memory.stats().bytes;
    let [refused, unread, unreadable] = [0, 0, 0];
    for (const [i, answer] of answers.entries()) {
      const bytes = readFileSync(join(folder, `${i}.npz`));
      const found = await read(bytes);
      if (answer === null) unreadable++;
      for (const [name, content] of Object.entries(answer ?? {})) {
        const ours = found?.[`=${name}`] ?? 'ERR_OUT_OF_RANGE';
        if (ours.startsWith('ERR_')) unread++;
        // bzip2 is read there and refused here.
        if (content !== null && ours !== 'ERR_UNSUPPORTED')
          expect(ours, `archive ${i}, ${name}`).toBe(content);
      }
      // zip writes directories that it does not find again (-fz -fd -z); then none of the members can be read in numpy either.
      if (found === null) expect(Object.values(answer ?? {}).every((content) => content === null)).toBe(true);
      else if (answer !== null)
        expect(Object.keys(found), `archive ${i}`).toEqual(Object.keys(answer).map((name) => `=${name}`));
      for (let change = 0; change < CHANGES; change++) {
        let wrong = Buffer.from(bytes);
        // Half of the changes are in the directory, where they mean most.
        const low = random.chance(0.5) ? 0 : Math.max(0, wrong.length - 300);
        for (let n = random.below(4); n >= 0; n--)
          wrong[low + random.below(wrong.length - low)] = random.below(256);
        if (random.chance(0.1)) wrong = wrong.subarray(0, random.below(wrong.length));
        const start = process.cpuUsage();
        if ((await read(wrong)) === null) refused++;
        expect(process.cpuUsage(start).user, `archive ${i}, change ${change}`).toBeLessThan(5e6);
      }
    }
    console.log(
      `${refused} of ${ARCHIVES * CHANGES} changed archives refused, ${unread} members not read, ${unreadable} archives not in numpy`,
    );
    expect(refused).toBeGreaterThan(0);
    expect(memory.stats().bytes - before).toBeLessThan(64 * 2 ** 20);
  },
  600_000,
);
