/**
 * The findings on which the lifetime design rests, on every supported runtime: the same binary, a process each.
 * `test/lifetime/install-runtimes.sh` installs the runtimes. In CI a missing runtime fails the test; elsewhere the test is skipped by name.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { simulated } from '../refusal.js';
import { type Outcome, runScenario, staleLengths } from './child.js';

const folder = process.env.MEMORYVIEW_RUNTIMES ?? join(tmpdir(), 'memoryview-runtimes');

const RUNTIMES = [
  { name: 'Node 20', flavour: 'node', binary: 'node20/bin/node' },
  { name: 'Node 22', flavour: 'node', binary: 'node22/bin/node' },
  { name: 'Node 24', flavour: 'node', binary: 'node24/bin/node' },
  { name: 'Node 26', flavour: 'node', binary: 'node26/bin/node' },
  { name: 'Bun', flavour: 'bun', binary: '.bin/bun' },
  { name: 'Deno', flavour: 'deno', binary: '.bin/deno' },
] as const;

/** The paths of scenarios/moved.mjs by which a runtime does not move external ArrayBuffers. */
const UNMOVABLE: Record<(typeof RUNTIMES)[number]['name'], readonly string[]> = {
  'Node 20': ['transfer'],
  'Node 22': ['clone', 'post'],
  'Node 24': ['clone', 'post'],
  'Node 26': ['clone', 'post'],
  Bun: ['clone', 'post'],
  Deno: [],
};

// A sanitized addon needs its runtime library in the process, which only the Node of the suite was started with.
const sanitized = process.env.MEMORYVIEW_SANITIZED === '1';

for (const { name, flavour, binary } of RUNTIMES) {
  const path = join(folder, 'node_modules', binary);

  const run = (context: TestContext, scenario: string, args: readonly string[] = []): Outcome => {
    if (sanitized) context.skip('the sanitized addon runs in the Node of the suite only');
    if (!existsSync(path)) {
      if (process.env.CI) throw new Error(`${name} is missing: run test/lifetime/install-runtimes.sh`);
      context.skip(`${name} is not installed; test/lifetime/install-runtimes.sh does it`);
    }
    return runScenario(scenario, args, { binary: path, flavour });
  };

  describe(name, () => {
    test('F1: a synchronous loop that releases stays under 150 MB', (context) => {
      const { status, answer, output } = run(context, 'release-loop');
      expect(status, output).toBe(0);
      expect(answer?.peak).toBeLessThan(150);
      expect(answer?.unreadable).toBe(6000);
      if (!staleLengths(String(answer?.v8))) expect(answer?.empty).toBe(6000);
    });

    test('F11: a synchronous loop that drops is bounded', (context) => {
      const { status, answer, output } = run(context, 'drop-loop');
      expect(status, output).toBe(0);
      expect(answer?.peak).toBeLessThan(300);
    });

    test('blocks that die while the program runs on all leave the ledger', (context) => {
      const { status, answer, output } = run(context, 'dead-stores');
      expect(status, output).toBe(0);
      expect(answer).toEqual({ left: 0 });
    });

    test('F2, F5: an ArrayBuffer that was moved to another thread outlives the worker that made it', (context) => {
      const { status, answer, output } = run(context, 'transferred');
      expect(status, output).toBe(0);
      if (answer?.unsupported === undefined)
        expect(answer).toEqual({ received: 16, bytes: 4 * (5100 + 100_000 + (4 << 20)) });
      else expect(name).toBe('Node 20');
    });

    test('F3: zlib finishes over memory that is released meanwhile, or the release is refused', (context) => {
      const { status, answer, output } = run(context, 'gzip-in-flight');
      expect(status, output).toBe(0);
      // Bun holds an ArrayBuffer while it works on it, so the release is refused there.
      expect(answer).toEqual({ finished: 8, refused: flavour === 'bun' ? 8 : 0 });
    });

    test('F4: released memory is empty at once, and memory that was moved keeps its bytes', (context) => {
      const { status, answer, output } = run(context, 'detached');
      expect(status, output).toBe(0);
      expect(answer?.released).toBe(0);
      if (answer?.moved !== null)
        expect(answer).toMatchObject({ moved: 0, later: 77, ended: true, attached: 78 });
    });

    test('F4: what was moved by a stream, a BYOB read, transfer, structuredClone or postMessage keeps its bytes, whenever it was moved', (context) => {
      const { status, answer, output } = run(context, 'moved');
      expect(status, output).toBe(0);
      const { unsupported, ...found } = answer ?? {};
      expect(unsupported).toEqual(UNMOVABLE[name]);
      expect(found).toEqual({ kept: 480 * (5 - UNMOVABLE[name].length), lost: {}, left: 0 });
    });

    test('F2: memory of another library that was moved to another thread outlives the worker that wrapped it', (context) => {
      const { status, answer, output } = run(context, 'moved-foreign');
      expect(status, output).toBe(0);
      expect(answer).toEqual({ bytes: 4, mapped: 4, keptBlocks: 4, keptBytes: 4, blocks: 0 });
    });

    test('a worker leaves no mapping behind for live memory that was never handed out', (context) => {
      const { status, answer, output } = run(context, 'ending-workers', ['20', '100', '65536', 'none']);
      expect(status, output).toBe(0);
      expect(answer).toMatchObject({ keptBlocks: 0, keptBytes: 0 });
      expect(answer?.grown).toBeLessThan(200);
    });

    test('F7: an addon that only workers load survives them', (context) => {
      const { status, answer, output } = run(context, 'worker-only');
      expect(status, output).toBe(0);
      expect(answer).toEqual({ ended: 3 });
    });

    test('a pull of an Arrow stream whose worker has ended fails at once', (context) => {
      const { status, answer, output } = run(context, 'stream-of-ended-worker');
      expect(status, output).toBe(0);
      expect(answer).toMatchObject({ waited: false, blocks: 0 });
      expect(answer?.message).toMatch(
        /^ERR_[A-Z_]+: .*(was released or moved away|the thread of JavaScript has ended)/,
      );
    });

    test('F10: a release of an ArrayBuffer that was marked untransferable ends it, or is refused and changes nothing', (context) => {
      const { status, answer, output } = run(context, 'untransferable');
      expect(status, output).toBe(0);
      const refused = { code: 'ERR_EXPORTED', released: false, length: 1 << 20, first: 5 };
      const ended = { code: null, released: true, length: 0, first: null };
      // Memory of the engine's own is detached by a transfer, which the mark forbids everywhere.
      const forbids = simulated || ['Node 24', 'Node 26', 'Deno'].includes(name);
      expect(answer).toEqual(forbids ? refused : ended);
    });

    test('threads share one memory without a copy, see each other’s pins, and end it together', (context) => {
      const { status, answer, output } = run(context, 'threads');
      expect(status, output).toBe(0);
      expect(answer).toEqual({
        sameAddress: true,
        sameBytes: true,
        shape: [1024, 1024],
        owners: 1,
        pinnedElsewhere: 'release: the memory is borrowed (1 borrow); await it first',
        releasedAfterWait: true,
        stillLive: 1,
        workerStillReads: 2,
        inFlight: 1,
        droppedWithItsThread: 'ERR_RELEASED',
        blocks: 0,
        live: 0,
        pinned: 0,
        left: 0,
      });
    });

    test('workers that end in every way leave an empty ledger', (context) => {
      // Deno never tears a worker down that was terminated in a loop which does not yield.
      const { status, answer, output } = run(context, 'worker-exit', flavour === 'deno' ? ['yielding'] : []);
      expect(status, output).toBe(0);
      expect(answer).toEqual({ blocks: 0, bytes: 0, pinned: 0, inFlight: 0 });
    });
  });
}
