/**
 * The listeners to allocations and releases: the trace of allocation stacks, and the diagnostics channels. Without listeners both cost
 * one test of a flag.
 */
import type { Channel } from 'node:diagnostics_channel';
import { sep } from 'node:path';
import { binding, type MemoryKind } from '../binding.js';
import { codeFolder, isBundled } from '../code-folder.js';

/** The facts about an allocation that are known from its start. */
export interface Allocation {
  readonly id: number;
  readonly kind: MemoryKind;
  readonly nbytes: number;
  readonly label: string | undefined;
}

/** The message of the channel `memoryview:allocate`, and, with a cause, of `memoryview:release`. */
export interface MemoryMessage extends Allocation {
  /** For releases: whether the program released the memory or the garbage collector did. */
  readonly cause?: 'release' | 'gc';
}

interface Channels {
  readonly allocations: Channel;
  readonly releases: Channel;
}

let openChannels: Channels | null = null;

/** Made at the first allocation: to load Node's module and make the first channel takes a tenth of an import. */
function channels(): Channels {
  if (openChannels === null) {
    const { channel } = process.getBuiltinModule('node:diagnostics_channel');
    openChannels = { allocations: channel('memoryview:allocate'), releases: channel('memoryview:release') };
  }
  return openChannels;
}

/** Reports memory that was dropped while there were listeners. The allocations are the tokens by which a release unregisters the memory. */
const collectedMemory = new FinalizationRegistry<Allocation>((allocation) => {
  channels().releases.publish({ ...allocation, cause: 'gc' });
});

let registered = false;

/** Whether a variable of the environment turns something on. */
const isSet = (name: string): boolean => {
  const value = process.env[name];
  return value !== undefined && value !== '' && value !== '0';
};

/** Whether each allocation lies between pages that nothing may touch. @internal */
export const isGuarded: boolean = isSet('MEMORYVIEW_GUARD');

// A fault in the guard mode is of use only with the stack of the allocation.
let tracing = isSet('MEMORYVIEW_TRACE') || isGuarded;

/** Starts or ends the recording of allocation stacks. */
export function setTracing(on: boolean): void {
  tracing = on;
}

const MAX_FRAMES = 24;

let ownFolders: readonly string[] | null = null;

/** How the library's own frames name its folder: the sources by a URL, dist by a path, which some loaders write with slashes on Windows. A bundle has no frames of its own. */
function ownFoldersOf(): readonly string[] {
  ownFolders ??= isBundled()
    ? []
    : [`${codeFolder}${sep}`, `${urlOf(codeFolder)}/`, `${codeFolder.split(sep).join('/')}/`];
  return ownFolders;
}

/** By a module that Node has not loaded before, which the trace alone needs. */
function urlOf(folder: string): string {
  return process.getBuiltinModule('node:url').pathToFileURL(folder).href;
}

/** The caller's stack, without the library's own frames; empty where the program makes stacks of another kind. */
function stackHere(): string {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = MAX_FRAMES;
    const { stack } = new Error('allocation');
    if (typeof stack !== 'string') return '';
    const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
    return frames.filter((line) => !ownFoldersOf().some((place) => line.includes(place))).join('\n');
  } catch {
    return '';
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Whether anything listens to allocations or releases. @internal */
export function isWatched(): boolean {
  const { allocations, releases } = channels();
  return tracing || releases.hasSubscribers || allocations.hasSubscribers;
}

/** Whether anything listens to releases. @internal */
export function areReleasesWatched(): boolean {
  return channels().releases.hasSubscribers;
}

/** Reports an allocation to the listeners. @internal */
export function watchAllocation(memory: object, allocation: Allocation): void {
  const { allocations, releases } = channels();
  if (tracing) binding.setTrace(allocation.id, stackHere());
  if (releases.hasSubscribers) {
    registered = true;
    collectedMemory.register(memory, allocation, allocation);
  }
  if (allocations.hasSubscribers) allocations.publish({ ...allocation });
}

/** Reports a release to the listeners. @internal */
export function watchRelease(allocation: Allocation): void {
  if (registered) collectedMemory.unregister(allocation);
  const { releases } = channels();
  if (releases.hasSubscribers) releases.publish({ ...allocation, cause: 'release' });
}
