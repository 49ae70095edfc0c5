/**
 * Runtimes that let JavaScript see no memory but the engine's own, simulated in a child by MEMORYVIEW_NO_EXTERNAL=1: heap memory is as
 * ever, and what needs other memory is refused before anything is opened, made or taken. test/native/without-external.mjs runs the
 * whole suite so.
 */
import { describe, expect, it } from 'vitest';
import { runScenario } from './child.js';

const env = { MEMORYVIEW_NO_EXTERNAL: '1' };
const { status, answer, output } = runScenario('without-external', [], { env });

const refusal = (rest: string): string =>
  `TypeError ERR_UNSUPPORTED: ${rest.replace('…', 'this runtime has no external ArrayBuffers, so')}`;

describe('heap memory without external ArrayBuffers', () => {
  it('is there', () => {
    expect(status, output).toBe(0);
  });

  it('is zeroed and aligned at its first byte, whatever its size, and ends with its release', () => {
    expect(answer?.shapes).toEqual([]);
  });

  it('has alignments up to 4096, and says so for others', () => {
    expect(answer?.beyond).toBe(
      refusal(
        "allocate: … memory is the engine's own and alignment 8192 is not available; expected at most 4096",
      ),
    );
    expect(answer?.huge).toMatch(/^RangeError ERR_OUT_OF_MEMORY: allocate: 4503599627370496 bytes/);
  });

  it('is seen by views and TypedArrays alike, and in the ledger under its label', () => {
    expect(answer?.seen).toEqual([2, 2]);
    expect(answer?.live).toEqual([['heap', 'samples', 80_000]]);
    expect(answer?.array).toEqual([1, 2]);
  });

  it('can be borrowed, and released when that is over: its views and TypedArrays end', () => {
    expect(answer?.borrowed).toMatch(
      /^BufferError ERR_EXPORTED: release: the memory is borrowed \(1 borrow\)/,
    );
    expect(answer?.released).toEqual([
      true,
      0,
      expect.stringMatching(/^BufferError ERR_RELEASED: get: the memory was released/),
      expect.stringMatching(/^BufferError ERR_RELEASED: share: the memory is released/),
    ]);
    expect(answer?.after).toBe(0);
    expect(answer?.transfer).toMatch(/^TypeError ERR_UNSUPPORTED: resize: the ArrayBuffer is native memory/);
  });

  it('is copied asynchronously, pinned meanwhile; a copy ends where other code detaches it', () => {
    expect(answer?.copied).toEqual([true, 'heap']);
    expect(answer?.pinned).toMatch(
      /^BufferError ERR_EXPORTED: release: the memory is held \(1 copyFromAsync\)/,
    );
    expect(answer?.copiedInto).toBe(true);
    expect(answer?.lostWhileCopied).toMatch(
      /^BufferError ERR_RELEASED: copyFromAsync: the memory was released/,
    );
  });

  it('is gone as a whole where other code shortens it', () => {
    const gone = expect.stringMatching(/^BufferError ERR_RELEASED: [gs]et: the memory was released/);
    expect(answer?.shortened).toEqual([true, true, gone, gone]);
    expect(answer?.shortenedAfter).toBe(0);
  });

  it('is had from arenas, which end it', () => {
    expect(answer?.arena).toEqual(['arena', [1, 2, 3], 0, { blocks: 1, bytes: 12 }]);
    expect(answer?.arenaAfter).toEqual([true, { blocks: 0, bytes: 0 }]);
  });

  it('leaves the ledger when it is garbage, without a turn of the event loop, and is traced and told of', () => {
    expect(answer?.dropped).toBe(0);
    expect(answer?.traced).toBe(true);
    const born = { kind: 'heap', nbytes: 123_456, label: 'dropped' };
    expect(answer?.news).toEqual([born, { ...born, cause: 'gc' }]);
  });

  it('is lent to native code for a call, and not exported', () => {
    expect(answer?.lent).toEqual(['undefined', 0, 2, 'h', false]);
  });

  it('is there in workers too, which leave nothing behind', () => {
    expect(answer?.worker).toBe(0);
    expect(answer?.left).toEqual({ blocks: 0, pinned: 0, inFlight: 0, keptBytes: 0 });
  });

  it('can not be guarded, and says so', () => {
    const ended = runScenario('guard', ['stale'], { env: { ...env, MEMORYVIEW_GUARD: '1' } });
    expect(ended.output).toContain("so no page of the engine's can be guarded; unset MEMORYVIEW_GUARD");
  });

  it('survives work of the runtime under way over it when it is released', () => {
    const ended = runScenario('gzip-in-flight', [], { env });
    expect(ended.status, ended.output).toBe(0);
    expect(ended.answer).toEqual({ finished: 8, refused: 0 });
  });
});

describe('a call that needs memory which the engine does not own', () => {
  it('names the way that copies: sharing', () => {
    const shared =
      'share: … the memory belongs to this thread; copy it into a SharedArrayBuffer, and share a view of that';
    expect(answer?.share).toBe(refusal(shared));
    expect(answer?.shareView).toBe(refusal(shared));
    expect(answer?.attach).toBe(
      refusal("attach: … JavaScript can't see another thread's memory; send it in a SharedArrayBuffer"),
    );
  });

  it('names the way that copies: files, which stay as they were', () => {
    const mapped = refusal(
      "mapFile: … JavaScript can't see a mapped file; read it with fs.readFileSync, and give its Buffer to memoryview, loadNpy or loadNpz",
    );
    expect(answer?.mapFile).toBe(mapped);
    expect(answer?.emptied).toEqual([mapped, 'content']);
    expect(answer?.made).toEqual([mapped, false]);
    expect(answer?.loadNpy).toBe(mapped);
    expect(answer?.readNpy).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      true,
      expect.stringContaining('ERR_OUT_OF_RANGE'),
    ]);
  });

  it('names the way that copies: shared memory, of which no name is made', () => {
    const rest =
      "… JavaScript can't see shared memory; send copies, or use a SharedArrayBuffer between threads";
    const [create, open] = [refusal(`SharedMemory.create: ${rest}`), refusal(`SharedMemory.open: ${rest}`)];
    expect(answer?.shared).toEqual([create, false, create, open, open]);
  });

  it('names the way that copies: memory of libraries, which is not taken and not given back', () => {
    const way = 'have the native code copy it into a Buffer (napi_create_buffer_copy)';
    expect(answer?.wrapPointer).toEqual([
      refusal(`wrapPointer: … JavaScript can't see another library's memory; ${way}`),
      0,
    ]);
    expect(answer?.adopt).toBe(refusal(`memoryview: … JavaScript can't see another addon's memory; ${way}`));
    expect(answer?.fromDLPack).toBe(refusal(`fromDLPack: … JavaScript can't see a tensor's memory; ${way}`));
    const arrow =
      "fromArrow: … JavaScript can't see Arrow's buffers; have the library write them, as Arrow IPC or plain bytes";
    expect(answer?.fromArrow).toBe(refusal(arrow));
    expect(answer?.fromStream).toBe(refusal(arrow));
  });

  it('names the way that copies: memory for libraries', () => {
    const rest =
      "… all memory is the engine's own and can't be pinned; have the native code copy what it is lent, a TypedArray or a view, in one call";
    for (const name of ['toDLPack', 'toArrow']) {
      const refused = refusal(`${name}: ${rest}`);
      expect(answer?.[name]).toEqual([refused, refused]);
    }
  });
});
