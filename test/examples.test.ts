/** The examples compile, run, check what they show, and are listed. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import koffi from 'koffi';
import { mapFile } from 'memoryview';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { has } from './interop/addons.js';
import { python } from './interop/python.js';

const run = promisify(execFile);
const root: string = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'examples/build');

beforeAll(async () => {
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'examples')]);
}, 120_000);

/** Runs an example to its end; what it printed. */
async function outputOf(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(built, `${name}.js`), ...args], {
    env: { ...process.env, ...(python !== null && { MEMORYVIEW_PYTHON: python }) },
  });
  return stdout;
}

/** A test that needs a tool: without it the test is skipped by name, and fails in CI. */
function itWith(found: boolean, what: string, name: string, test: () => Promise<void>): void {
  if (found || process.env.CI === 'true') {
    it(name, async () => {
      expect(found, `${what} is needed here`).toBe(true);
      await test();
    });
  } else it.skip(`${name} (no ${what})`, test);
}

function isLibrary(name: string): boolean {
  try {
    koffi.load(name);
    return true;
  } catch {
    return false;
  }
}

function isPackage(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

describe('the demo', () => {
  it('runs its six steps in order and ends well', async () => {
    const stdout = await outputOf('demo');
    const headings = [...stdout.matchAll(/^(\d) {2}\S.*\n─+$/gm)].map((match) => match[1]);
    expect(headings).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(stdout).toContain('All six steps hold.');
  });

  it('fails where a claim is false', async () => {
    const report = join(built, 'report.js');
    const lie = `import { claim } from ${JSON.stringify(report)}; claim('two is three', 2 === 3);`;
    const lying = run(process.execPath, ['--input-type=module', '-e', lie]);
    await expect(lying).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('two is three') });
  });
});

describe('the example', () => {
  it('image cuts as sharp cuts, and writes six panels that can be looked at', async () => {
    const file = join(built, 'image.png');
    rmSync(file, { force: true });
    const stdout = await outputOf('image');
    expect(stdout.match(/✓/g)).toHaveLength(5);
    expect(stdout).toMatch(/zoomed +\(150, 2, 200, 2, 3\) +\(1200, 0, 3, 0, 1\)/);
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 3 * 400 + 16, height: 2 * 300 + 8, channels: 3 });
    // The sun, at its position in each panel: yellow, or the channels of yellow.
    const pixel = (x: number, y: number): number[] => [
      ...data.subarray((y * info.width + x) * 3).subarray(0, 3),
    ];
    const [left, middle, below] = [399 - 290, 408, 308];
    expect(pixel(left, 80)).toEqual([255, 238, 102]);
    expect(pixel(middle + 290, 299 - 80)).toEqual([255, 238, 102]);
    expect(pixel(2 * middle + (290 - 100) * 2, 10)).toEqual([255, 238, 102]);
    expect(pixel(290, below + 80)).toEqual([255, 0, 0]);
    expect(pixel(middle + 290, below + 80)).toEqual([0, 238, 0]);
    expect(pixel(2 * middle + 290, below + 80)).toEqual([0, 0, 102]);
  });

  itWith(python !== null, 'python3 with numpy', 'numpy computes in memory that Node reads', async () => {
    const stdout = await outputOf('numpy');
    expect(stdout).toMatch(/standardize, done by numpy \d+\.\d+/);
    expect(stdout).toMatch(/sort, done by numpy \d+\.\d+/);
    expect(stdout.match(/^ +\d +0 +1 +-1\.732 +1\.732$/gm)).toHaveLength(4);
    expect(stdout.match(/✓/g)).toHaveLength(4);
  });

  it('threads shares one matrix among four threads, and its sum is right', async () => {
    // Under the sanitizers pages are counted differently and everything takes longer.
    const mib = process.env.MEMORYVIEW_SANITIZED ? 64 : 1024;
    const count = (mib * 2 ** 20) / 8;
    const stdout = await outputOf('threads', String(mib));
    expect(stdout).toContain(`n (n - 1) / 2 = ${(count * (count - 1)) / 2}`);
    expect(stdout).toContain('4 threads fill');
    expect(stdout.match(/✓/g)).toHaveLength(4);
  });

  it('log finds in a mapped file what was written', async () => {
    const stdout = await outputOf('log');
    expect(stdout).toContain('1000000 records of 26 bytes');
    expect(stdout).toContain('600000 records, strides (26)');
    expect(stdout).toContain('602 × 503, 5934 × 404');
    expect(stdout).toMatch(/^ +100697 +2025-10-09T08:55:00\.697Z +697 +\/login$/m);
    expect(stdout.match(/✓/g)).toHaveLength(4);
  });

  itWith(
    isLibrary('libopenblas.so.0'),
    'libopenblas.so.0',
    'blas multiplies views where they lie',
    async () => {
      const stdout = await outputOf('blas');
      expect(stdout).toMatch(/bᵀ · aᵀ +\(8, 8000\) +\(8, 8000\) +\(8000, 8\)/);
      expect(stdout).toMatch(/[\d.]+ GFLOP\/s/);
      expect(stdout.match(/✓/g)).toHaveLength(5);
    },
  );

  const duckdb = `@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`;
  itWith(isPackage(duckdb), duckdb, 'duckdb answers with columns that are views', async () => {
    const stdout = await outputOf('duckdb');
    // More words than DuckDB puts in one array.
    expect(stdout.match(/^ +uses +\d+ × "i" at 0x/gm)!.length).toBeGreaterThan(1);
    expect(stdout).toMatch(/^ +const +\d+ +\d+$/m);
    expect(stdout.match(/✓/g)).toHaveLength(3);
  });

  itWith(isPackage(duckdb), duckdb, 'sql groups, joins and ingests views', async () => {
    const stdout = await outputOf('sql', '0.25');
    expect(stdout).toMatch(/^ +PL +65536 +\d+$/m);
    expect(stdout).toContain('ingested                                 262144 rows');
    expect(stdout.match(/✓/g)).toHaveLength(6);
  });

  itWith(has('mpirun'), 'mpirun', 'mpi sends strided views between ranks in Node and in Python', async () => {
    const stdout = await outputOf('mpi', '1');
    expect(stdout.match(/✓ rank 0: a strided column came from the previous rank/g)!.length).toBeGreaterThan(
      0,
    );
    expect(stdout).toMatch(/1 MiB, every second double, Node to Node +[\d.]+ ms/);
  });

  it('messages reach another process, survive its end, and come back from Python', async () => {
    const stdout = await outputOf('messages', '50');
    expect(stdout).toMatch(/^ +ring +[\d.]+ (µs|ms) +\d+ MiB\/s +1\.0 ×$/m);
    expect(stdout).toContain('the other side has gone');
    expect(stdout.match(/✓/g)!.length).toBeGreaterThanOrEqual(2);
  });

  it('file-server serves ranges, and survives clients that wait or leave and a file that is replaced or cut', async () => {
    const stdout = await outputOf('file-server');
    expect(stdout).toMatch(/bytes=-7 +206 +bytes 67108857-67108863\/67108864 +7$/m);
    expect(stdout).toMatch(/bytes=67108864- +416 +bytes \*\/67108864 +0$/m);
    expect(stdout).toContain('✓ nothing is left of the server');
    expect(stdout.match(/✓/g)).toHaveLength(13);
  });
});

describe('npm run example', () => {
  it('runs an example by its name, with what follows the name', async () => {
    const { stdout } = await run(process.execPath, [join(built, 'run.js'), 'threads', '64']);
    expect(stdout).toContain('2048 × 4096 doubles, 64 MiB');
  });

  it('names the examples that there are where it knows none of that name', async () => {
    const wrong = run(process.execPath, [join(built, 'run.js'), 'imag']);
    await expect(wrong).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no example "imag".*npm run example -- image$/ms),
    });
  });
});

describe.runIf(process.platform === 'linux')('npm run bench:streaming', () => {
  it('sees all servers answer rightly, and the mapped one survive without growing', async () => {
    // A runtime that refuses mappings throws here; the server would answer with status 500 thousands of times.
    mapFile(fileURLToPath(import.meta.url)).release();
    const json = join(built, 'streaming.json');
    const short = ['--seconds', '2', '--rounds', '1', '--mib', '32', '--without-wrk', '--json', json];
    await run(process.execPath, [join(root, 'bench/streaming/run.js'), ...short]);
    const { measured, survived } = JSON.parse(readFileSync(json, 'utf8'));
    expect(measured).toHaveLength(3);
    for (const row of measured) {
      expect(row).toMatchObject({ refused: 0, broken: 0 });
      expect(row.mibPerSecond).toBeGreaterThan(0);
    }
    // A mapping of the library's has a descriptor of its own; those of the states before this one are gone.
    expect(survived).toMatchObject({ last: 'complete', held: { mappings: 1, descriptors: 1 } });
    expect(survived.cuts).toBeGreaterThan(0);
    expect(survived.clients.left).toBeGreaterThan(0);
    expect(survived.clients.wrong).toBe(0);
    // A sanitizer keeps freed memory for a while.
    if (!process.env.MEMORYVIEW_SANITIZED)
      expect(survived.anonymous.at(-1) - survived.anonymous[0]).toBeLessThan(100);
  });
});

describe('examples/README.md', () => {
  const text = readFileSync(join(root, 'examples/README.md'), 'utf8');
  const sources = readdirSync(join(root, 'examples'), { withFileTypes: true });
  const listed = [...text.matchAll(/^\| \[(.+?)\]\((.+?)\)/gm)].map(([, name]) => name!);
  const SHARED = ['report', 'run', 'slice-cost'];

  it('lists each example once', () => {
    const examples = sources
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => entry.name.slice(0, -'.ts'.length))
      .filter((name) => !SHARED.includes(name));
    expect(listed.filter((name) => !name.startsWith('addon-')).sort()).toEqual(examples.sort());
  });

  it('links to files that exist, the folders of addons among them', () => {
    const links = [...text.matchAll(/\]\((?!https?:)(.+?)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !existsSync(join(root, 'examples', link)))).toEqual([]);
    const addons = sources
      .filter((entry) => entry.name.startsWith('addon-'))
      .map((entry) => `${entry.name}/`);
    for (const addon of addons) expect(links.some((link) => link.startsWith(addon))).toBe(true);
  });

  it('says rightly that each file, steps of the demo aside, has fewer than 80 lines of code', () => {
    const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => /\.(ts|py)$/.test(file) && !/^(build|demo)\//.test(file),
    );
    const long = files.filter(
      (file) => linesOfCode(readFileSync(join(root, 'examples', file), 'utf8')) >= 80,
    );
    expect(long).toEqual([]);
  });
});

function linesOfCode(text: string): number {
  const lines = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').split('\n');
  return lines.filter((line) => !/^\s*(\/\/.*|#.*)?$/.test(line)).length;
}
