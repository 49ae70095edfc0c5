/** C libraries over the same memory, through koffi: BLAS on views, an FFTW plan on native memory, and memory that C allocates and frees. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import koffi from 'koffi';
import { afterAll, describe, expect, test } from 'vitest';
import { allocate, memoryview, wrapPointer } from '../../src/index.js';
import { runtimeBinary } from '../lifetime/runtimes.js';
import { simulated } from '../refusal.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'memoryview-native-'));
afterAll(() => rmSync(folder, { recursive: true }));

function loaded(name: string): ReturnType<typeof koffi.load> | null {
  try {
    return koffi.load(name);
  } catch {
    return null;
  }
}

/** A test that needs a tool: without it the test is skipped by name, and fails in CI. */
function testWith(what: string | null, name: string, run: () => void | Promise<void>): void {
  if (what !== null && process.env.CI !== 'true') {
    test(`${name} (skipped: no ${what})`, () => {
      expect(what).not.toBe('');
    });
  } else {
    test(name, async () => {
      expect(what, 'this is needed here').toBeNull();
      await run();
    });
  }
}

const blas = loaded('libopenblas.so.0');
const fftw = loaded('libfftw3.so.3');

describe('OpenBLAS', () => {
  testWith(
    blas === null ? 'libopenblas.so.0' : null,
    'dgemm on three views of one block is the product in plain JS',
    () => {
      const dgemm = blas!.func(
        'void cblas_dgemm(int order, int transA, int transB, int m, int n, int k, double alpha, const void *a, int lda, const void *b, int ldb, double beta, void *c, int ldc)',
      );
      const [m, n, k] = [37, 41, 29];
      const block = allocate((m * k + k * n + m * n) * 8);
      const all = block.view('d');
      const a = all.slice([0, m * k]).reshape([m, k]);
      const b = all.slice([m * k, m * k + k * n]).reshape([k, n]);
      const c = all.slice([m * k + k * n, null]).reshape([m, n]);
      for (let i = 0; i < m; i++) for (let p = 0; p < k; p++) a.set(i, p, (i * 7 + p * 3) % 11);
      for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) b.set(p, j, (p * 5 + j) % 13);
      block.borrow(() => {
        const [rows, plain] = [101, 111];
        dgemm(rows, plain, plain, m, n, k, 1, a.address, k, b.address, n, 0, c.address, n);
      });
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let p = 0; p < k; p++) sum += a.get(i, p) * b.get(p, j);
          expect(c.get(i, j)).toBe(sum);
        }
      }
      // A view with gaps is a block for BLAS by its leading dimension, which the strides give.
      const inner = c.slice('10:20, 5:15');
      const before = c.get(0, 0);
      block.borrow(() => {
        const lead = inner.strides[0]! / 8;
        dgemm(101, 111, 111, 10, 10, k, 0, a.address, k, b.address, n, 0, inner.address, lead);
      });
      expect(inner.toArray()).toEqual(Array.from({ length: 10 }, () => new Array<number>(10).fill(0)));
      expect(c.get(0, 0)).toBe(before);
      block.release();
    },
  );
});

describe('FFTW', () => {
  testWith(
    fftw === null ? 'libfftw3.so.3' : null,
    'a plan that was made once runs again and again on native memory',
    () => {
      const planned = fftw!.func(
        'void *fftw_plan_dft_1d(int n, void *in, void *out, int sign, unsigned int flags)',
      );
      const execute = fftw!.func('void fftw_execute(void *plan)');
      const destroy = fftw!.func('void fftw_destroy_plan(void *plan)');
      const n = 64;
      const memory = allocate(2 * n * 16);
      const [input, output] = [0, 1].map((i) =>
        memoryview(memory, { format: 'Zd', shape: [n], byteOffset: i * n * 16 }),
      );
      const forward = -1;
      const estimate = 64;
      memory.borrow(() => {
        const plan: unknown = planned(n, input!.address, output!.address, forward, estimate);
        for (let frequency = 1; frequency <= 5; frequency++) {
          for (let t = 0; t < n; t++) {
            const angle = (2 * Math.PI * frequency * t) / n;
            input!.set(t, { re: Math.cos(angle), im: Math.sin(angle) });
          }
          execute(plan);
          const sizes = (output!.toArray() as { re: number; im: number }[]).map(({ re, im }) =>
            Math.hypot(re, im),
          );
          expect(sizes[frequency]).toBeCloseTo(n, 9);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBeCloseTo(n, 9);
        }
        destroy(plan);
      });
      memory.release();
    },
  );
});

function built(): string | null {
  const library = join(folder, 'counting.so');
  const source = join(root, 'test/fixtures/counting.c');
  const compiler = process.env.CC ?? 'cc';
  const { status } = spawnSync(compiler, ['-shared', '-fPIC', '-O1', '-o', library, source]);
  return status === 0 ? library : null;
}

const counting = built();

describe('memory that C gave', () => {
  const missing = counting === null ? 'C compiler' : null;
  const functions = counting === null ? null : countingOf(koffi.load(counting));
  const given = (nbytes: number, arg?: bigint): ReturnType<typeof wrapPointer> => {
    const { give, take } = functions!;
    return wrapPointer(give(nbytes), nbytes, {
      release: arg === undefined ? { fn: take } : { fn: take, arg },
    });
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) {
      globalThis.gc?.();
      await new Promise((next) => setTimeout(next, 5));
    }
  };

  testWith(missing, 'is sliced here, and taken back by C once, by a release', async () => {
    const before = functions!.taken();
    const memory = given(4000, 0x1234n);
    const view = memory.view('B', [40, 100]).slice('::2, 10:20');
    expect(view.shape).toEqual([20, 10]);
    expect(view.get(19, 9)).toBe(7);
    expect(functions!.taken()).toBe(before);
    memory.release();
    expect(functions!.taken()).toBe(before + 1);
    expect(functions!.lastArgument()).toBe(0x1234);
    expect(view.released).toBe(true);
    memory.release();
    await settle();
    expect(functions!.taken()).toBe(before + 1);
  });

  testWith(missing, 'is taken back once for each of 500 wrappers that were dropped', async () => {
    const before = functions!.taken();
    for (let i = 0; i < 500; i++) given(1000).view().get(0);
    await settle();
    expect(functions!.taken()).toBe(before + 500);
  });

  testWith(missing, 'waits for the last pin', async () => {
    const before = functions!.taken();
    const memory = given(1000);
    await memory.borrow(async () => {
      await settle();
      expect(() => memory.release()).toThrowError(expect.objectContaining({ code: 'ERR_EXPORTED' }));
    });
    expect(functions!.taken()).toBe(before);
    memory.release();
    expect(functions!.taken()).toBe(before + 1);
  });

  testWith(missing, 'is taken back once when a worker that got it ends, in whatever way', async () => {
    const before = functions!.taken();
    const index = JSON.stringify(join(root, 'dist/index.js'));
    const source = `const { workerData, parentPort } = require('node:worker_threads');
import(${index}).then(({ attach }) => {
  const attached = attach(workerData.handle);
  globalThis.kept = attached;
  // Through a view: had the ArrayBuffer been handed out, another thread could have it, and the memory would be kept.
  parentPort.postMessage(attached.view().get(5));
  if (workerData.how === 'exit') setTimeout(() => process.exit(), 5);
  else if (workerData.how === 'throw') setTimeout(() => { throw new Error('on purpose'); }, 5);
  else if (workerData.how === 'wait') setInterval(() => {}, 1000);
});`;
    for (const how of ['end', 'exit', 'throw', 'wait']) {
      const memory = given(1000);
      const worker = new Worker(source, { eval: true, workerData: { handle: memory.share(), how } });
      worker.on('error', () => {});
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      expect(await new Promise((resolve) => worker.once('message', resolve))).toBe(7);
      memory.release();
      if (how === 'wait') await worker.terminate();
      await ended;
    }
    await settle();
    expect(functions!.taken()).toBe(before + 4);
  });

  testWith(missing, 'was given as often as it was taken back', async () => {
    await settle();
    // A refused wrap takes nothing, so the memory stays the caller's.
    expect(functions!.taken()).toBe(simulated ? 0 : functions!.given());
  });
});

function countingOf(library: ReturnType<typeof koffi.load>): {
  give: (nbytes: number) => bigint;
  take: bigint;
  given: () => number;
  taken: () => number;
  lastArgument: () => number;
} {
  const give = library.func('void *counting_give(size_t nbytes)');
  return {
    give: (nbytes) => BigInt(give(nbytes) as bigint),
    take: koffi.address(library.symbol('counting_take')),
    given: library.func('int counting_given()') as () => number,
    taken: library.func('int counting_taken()') as () => number,
    lastArgument: library.func('long counting_last_argument()') as () => number,
  };
}

describe('the recipes of docs/native-libraries.md that need more than Node', () => {
  const text = readFileSync(join(root, 'docs/native-libraries.md'), 'utf8');
  const recipes = [...text.matchAll(/```javascript\n\/\/ needs (.*)\n([\s\S]*?)```/g)];

  test('are here', () => {
    expect(recipes.map(([, needs]) => needs)).toEqual(['libopenblas.so.0', 'libfftw3.so.3', 'Node 26']);
  });

  for (const [, needs, source] of recipes) {
    const binary = needs === 'Node 26' ? runtimeBinary('node26') : process.execPath;
    const there = needs === 'Node 26' ? binary !== null : loaded(needs!) !== null;
    testWith(there ? null : needs!, `the one for ${needs} runs`, () => {
      // Inside the package, so that it finds the library by its own name.
      const file = join(root, 'examples', `.recipe-${process.pid}-${needs!.replace(/\W/g, '')}.mjs`);
      writeFileSync(file, source!);
      try {
        const ran = spawnSync(binary!, [file], { encoding: 'utf8', timeout: 60_000 });
        expect(ran.status, ran.stderr).toBe(0);
        expect(ran.stdout.trim().split('\n')).toEqual(promised(source!));
      } finally {
        rmSync(file);
      }
    });
  }
});

/** The texts that the comments after `console.log` promise. */
function promised(source: string): string[] {
  return [...source.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].flatMap(([, text]) => text!.split(', then '));
}
