/**
 * Shares native memory with other threads: handles are plain objects that survive `postMessage`, own the memory while they
 * are in flight, and can be attached once.
 */
import { readGuarded, readProperty } from '../arguments.js';
import { binding, KINDS, RESULT, STATUS } from '../binding.js';
import { bufferError, rangeError, shown, typeError } from '../errors.js';
import { requireExternal } from './external.js';
import { KEY, type MemoryHandle } from './holding.js';
import { memoryOver, NativeMemory } from './native-memory.js';

/** An attached handle's memory, with the layout of the shared view. @internal */
export interface Attached {
  readonly memory: NativeMemory;
  readonly layout: unknown;
  /** Whether the shared view can't write; stored here because code may have edited the handle. */
  readonly lookOnly: boolean;
}

/**
 * Makes a handle that carries a layout.
 *
 * @param layout - anything that `structuredClone` takes
 * @param lookOnly - whether only a view that can't write may come of it
 * @throws BufferError `ERR_RELEASED` when the memory is gone
 * @internal
 */
export function shareMemory(memory: NativeMemory, layout?: unknown, lookOnly = false): MemoryHandle {
  const handle = memory.share();
  if (lookOnly) binding.restrictHandle(handle.id, handle.nonce);
  return layout === undefined ? handle : { ...handle, layout };
}

/**
 * Takes a handle over: this thread sees the memory from now on, in its one ArrayBuffer.
 *
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a handle, and for that of a read-only view without its layout; `ERR_UNSUPPORTED` in a runtime without external ArrayBuffers
 * @throws BufferError `ERR_RELEASED` for one that was attached or taken back before, whose thread ended, or that was never made
 * @throws RangeError `ERR_OUT_OF_MEMORY` where the runtime refuses an ArrayBuffer; the handle is used up
 * @internal
 */
export function attachMemory(handle: unknown): Attached {
  const { id, nonce, layout } = readHandle('attach', handle);
  requireExternal('attach', "another thread's memory", 'send it in a SharedArrayBuffer');
  const buffer = binding.attach(id, nonce, layout !== undefined);
  if (buffer === STATUS.UNKNOWN) throw stale('attach');
  if (buffer === STATUS.BAD_ARGUMENT) {
    throw typeError(
      'ERR_INVALID_ARG',
      "attach: the handle has no layout, expected that of the read-only view which was shared; pass share()'s handle on as it is",
    );
  }
  if (typeof buffer === 'number') {
    throw rangeError(
      'ERR_OUT_OF_MEMORY',
      `attach: the runtime refused an ArrayBuffer of ${binding.results[RESULT.NBYTES]} bytes`,
    );
  }
  const {
    [RESULT.ADDRESS]: address,
    [RESULT.NBYTES]: nbytes,
    [RESULT.KIND]: kind,
    [RESULT.READONLY]: readonly,
    [RESULT.LOOK_ONLY]: lookOnly,
  } = binding.results;
  const label = binding.labelOf(id);
  const allocation = {
    id,
    kind: KINDS[kind!]!,
    nbytes: nbytes!,
    label: typeof label === 'string' && label !== '' ? label : undefined,
  };
  const make = (): NativeMemory =>
    new NativeMemory(KEY, {
      allocation,
      address: address!,
      buffer,
      readonly: readonly === 1,
      engine: false,
      scope: null,
    });
  const memory = memoryOver(buffer, make);
  return { memory, layout, lookOnly: lookOnly === 1 };
}

/**
 * Takes back a handle that was not attached, so that it no longer keeps the memory.
 *
 * @throws TypeError `ERR_INVALID_ARG` for a value that is not a handle
 * @throws BufferError `ERR_RELEASED` for one that was attached or taken back before, or that was never made
 */
export function unshareMemory(handle: unknown): void {
  const { id, nonce } = readHandle('unshare', handle);
  if (binding.unshare(id, nonce) !== STATUS.OK) throw stale('unshare');
}

function readHandle(subject: string, handle: unknown): { id: number; nonce: string; layout: unknown } {
  if (typeof handle !== 'object' || handle === null) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: ${shown(handle)} given, expected a handle made by share()`,
    );
  }
  const read = readGuarded(subject, handle, () => ({
    mark: readProperty(handle, 'memoryview'),
    id: readProperty(handle, 'id'),
    nonce: readProperty(handle, 'nonce'),
    layout: readProperty(handle, 'layout'),
  }));
  const { mark, id, nonce, layout } = read;
  if (
    mark !== 'native' ||
    typeof id !== 'number' ||
    !Number.isSafeInteger(id) ||
    id < 0 ||
    typeof nonce !== 'string'
  ) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: ${shown(handle)} given, expected a handle made by share()`,
    );
  }
  return { id, nonce, layout };
}

function stale(subject: string): Error {
  const why = 'it was attached or taken back already, its thread has ended, or share() never made it';
  return bufferError('ERR_RELEASED', `${subject}: no memory is in flight under this handle; ${why}`);
}
