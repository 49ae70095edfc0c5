/** Maps the bytes of files, resizes mappings, and tells their listeners of lost pages. The class is in mapped-file.ts. */
import { constants as flags } from 'node:fs';
import { binding, RESULT } from '../binding.js';
import { bufferError, systemError, typeError } from '../errors.js';
import { listenFor, stopListeningFor } from './block-events.js';
import { mappingRefusal } from './external.js';
import { checkFileSize, type FileMode, mappedFilesKeepTheirSize } from './file-range.js';
import { openFile } from './file-reference.js';
import type { Holding } from './holding.js';
import { allocationOf, blockOf, internalBuffer, type NativeMemory, replaceHolding } from './native-memory.js';
import { heldBy } from './pins.js';
import { type Allocation, watchAllocation } from './watch.js';

/** The facts about a mapping besides its memory. */
export interface MappedSource {
  readonly path: string | undefined;
  readonly mode: FileMode;
  /** Where in the file the memory starts (bytes). */
  readonly byteOffset: number;
}

/** A function that is called with a mapping that lost pages. */
export type Listener = (mapping: NativeMemory) => void;

/**
 * Mappings with a listener, and the listener, live as long as the buffer: code that keeps only the buffer still hears of
 * lost pages, and a listener that knows its mapping keeps nothing alive.
 */
const truncationListeners = new WeakMap<ArrayBuffer, { mapping: NativeMemory; onTruncated: Listener }>();
const collectedMappings: FinalizationRegistry<number> = new FinalizationRegistry(stopListeningFor);

/** Maps the bytes of a file. */
export function fileHolding(subject: string, fd: number, source: MappedSource, nbytes: number): Holding {
  const { path, mode, byteOffset } = source;
  const shared = mode === 'r+' || mode === 'w+';
  const buffer = binding.mapFile(fd, byteOffset, nbytes, shared, false, path);
  if (typeof buffer === 'number') throw mappingRefusal(subject, buffer, nbytes, path);
  const address = binding.results[RESULT.ADDRESS]!;
  const allocation: Allocation = { id: binding.results[RESULT.ID]!, kind: 'file', nbytes, label: path };
  return { allocation, address, buffer, readonly: mode === 'r', engine: false, scope: null };
}

/** Registers the listener that is called once a mapping has lost pages. */
export function listen(mapping: NativeMemory, path: string | undefined, onTruncated: Listener): void {
  const id = blockOf(mapping);
  const reference = new WeakRef(mapping);
  truncationListeners.set(internalBuffer(mapping), { mapping, onTruncated });
  collectedMappings.register(mapping, id);
  listenFor(id, () => {
    const known = reference.deref();
    if (known !== undefined) truncationListeners.get(internalBuffer(known))?.onTruncated(known);
  });
  const outcome = binding.whenTruncated(id);
  if (outcome < 0) throw systemError(outcome, 'pthread_create', path);
}

/**
 * Gives a file and its mapping another size; `release` ends the mapping as it was. See `MappedFile.resize`.
 *
 * @param mapping - live memory
 */
export function resizeMapping(
  mapping: NativeMemory,
  source: MappedSource,
  nbytes: number,
  release: () => void,
): void {
  const { mode, path, byteOffset } = source;
  if (mode === 'r' || mode === 'c') {
    throw typeError('ERR_READONLY', `resize: the file is mapped in mode "${mode}", expected "r+" or "w+"`);
  }
  checkFileSize(byteOffset, nbytes, 'resize');
  const id = blockOf(mapping);
  refusePinned(id);
  const before = mapping.nbytes;
  const listener = truncationListeners.get(internalBuffer(mapping))?.onTruncated;
  const file = fileOf(id, path);
  try {
    if (nbytes > before) {
      const grown = binding.sharedResize(file.fd, byteOffset + nbytes);
      if (grown < 0) throw systemError(grown, 'ftruncate', path);
    }
    const undo = (): void => {
      if (nbytes > before) binding.sharedResize(file.fd, byteOffset + before);
    };
    let holding: Holding;
    try {
      holding = fileHolding('resize', file.fd, source, nbytes);
    } catch (error) {
      undo();
      throw error;
    }
    const old = allocationOf(mapping);
    try {
      release();
    } catch (error) {
      binding.release(holding.allocation.id);
      undo();
      throw error;
    }
    stopListeningFor(old.id);
    let outcome = 0;
    if (nbytes < before && mappedFilesKeepTheirSize()) {
      binding.release(holding.allocation.id);
      outcome = binding.sharedResize(file.fd, byteOffset + nbytes);
      holding = fileHolding('resize', file.fd, source, nbytes);
    }
    replaceHolding(mapping, holding);
    watchAllocation(mapping, holding.allocation);
    if (nbytes < before && !mappedFilesKeepTheirSize()) {
      outcome = binding.sharedResize(file.fd, byteOffset + nbytes);
    }
    if (listener !== undefined) listen(mapping, path, listener);
    if (outcome < 0) throw systemError(outcome, 'ftruncate', path);
  } finally {
    file.close();
  }
}

/** A descriptor of the file that outlives the mapping. */
function fileOf(id: number, path: string | undefined): { fd: number; close(): void } {
  const own = binding.descriptorOf(id);
  // Opens the block's descriptor again, since the block closes its own with the mapping. The path may name another file by now.
  if (own >= 0 && process.platform === 'linux') return openFile(`/proc/self/fd/${own}`, flags.O_RDWR);
  if (path !== undefined) return openFile(path, flags.O_RDWR);
  throw typeError('ERR_UNSUPPORTED', 'resize: the memory has size 0 and no path; map the file again');
}

/** Throws while anything pins a block. @throws BufferError `ERR_EXPORTED` */
function refusePinned(id: number): void {
  const holders = binding.holders(id);
  if (typeof holders === 'number' || holders.length === 0) return;
  let pins = 0;
  for (let i = 1; i < holders.length; i += 2) pins += Number(holders[i]);
  throw bufferError('ERR_EXPORTED', `resize: the memory is ${heldBy(id, pins)}`);
}
