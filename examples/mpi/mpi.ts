/**
 * The part of MPI that the example needs, for views. A view's shape and strides describe its elements, so MPI itself gathers and scatters
 * them; nothing is packed here.
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { allocate, type MemoryView, type NativeMemory } from 'memoryview';
import { mpi, SUM, TYPES, world } from './library.js';

export { rank, size } from './library.js';

const NO_STATUS = 0n;
/** Milliseconds of tests between two turns of the event loop. A turn takes 30 µs, during which the library moves nothing. */
const SPIN = 5;

/** Describes the whole view by one datatype during a call. */
async function described(view: MemoryView, use: (type: bigint) => Promise<void>): Promise<void> {
  const types = allocate(8 * (view.ndim + 1)).view('Q');
  types.set(0, TYPES[view.format]!);
  for (let d = 0; d < view.ndim; d++) {
    const axis = view.ndim - 1 - d;
    mpi.vector(view.shape[axis]!, 1, view.strides[axis]!, types.get(d), types.slice(d + 1).address);
  }
  const last = types.slice(view.ndim).address;
  mpi.commit(last);
  try {
    await use(types.get(view.ndim));
  } finally {
    for (let d = 1; d <= view.ndim; d++) mpi.freeType(types.slice(d).address);
    (types.obj as NativeMemory).release();
  }
}

/** Waits for a request while the event loop turns; a short pause leaves the processor to other processes. */
async function finished(
  start: (request: bigint) => void,
  spin: number = SPIN,
  pause: () => Promise<unknown> = setImmediate,
): Promise<void> {
  using memory = allocate(16);
  const request = memory.address;
  const flag = request + 8n;
  start(request);
  const done = memory.view('i', [4]);
  for (;;) {
    const until = performance.now() + spin;
    do {
      // A test lets the library move data.
      for (let i = 0; i < 32; i++) {
        mpi.test(request, flag, NO_STATUS);
        if (done.get(2) !== 0) return;
      }
    } while (performance.now() < until);
    await pause();
  }
}

/** Sends the elements of a view, which is pinned until they are sent. */
export async function send(view: MemoryView, to: number, tag = 0): Promise<void> {
  await view.borrow(() =>
    described(view, (type) =>
      finished((request) => mpi.send(view.address, 1, type, to, tag, world, request)),
    ),
  );
}

/** Receives into the elements of a view, which is pinned until they have arrived. */
export async function receive(view: MemoryView, from: number, tag = 0): Promise<void> {
  await view.borrow(() =>
    described(view, (type) =>
      finished((request) => mpi.receive(view.address, 1, type, from, tag, world, request)),
    ),
  );
}

/** Adds up the elements of dense views of all ranks. */
export async function sum(view: MemoryView, into: MemoryView): Promise<void> {
  const type = TYPES[view.format]!;
  await view.borrow(() =>
    into.borrow(() =>
      finished((request) => mpi.reduce(view.address, into.address, view.length, type, SUM, world, request)),
    ),
  );
}

/** Waits for all ranks. */
export async function barrier(): Promise<void> {
  await finished(
    (request) => mpi.barrier(world, request),
    0,
    () => setTimeout(1),
  );
}

export function finalize(): void {
  mpi.finalize();
}
