/**
 * The listeners to allocations and releases: the trace of allocation stacks, and the diagnostics channels. Without listeners both cost
 * one test of a flag.
 */
import type { Channel } from 'node:diagnostics_channel';
import { sep } from 'node:path';
import { binding, type MemoryKind } from '../binding.js';
import { codeFolder, isBundled } from '../place.js';

/** The facts about an allocation that are known from its start. */
export interface Birth {
  readonly id: number;
  readonly kind: MemoryKind;
  readonly nbytes: number;
  readonly label: string | undefined;
}

/** What the channel `memoryview:allocate` publishes, and, with a cause, `memoryview:release`. */
export interface MemoryMessage extends Birth {
  /** For releases: whether the program released the memory or the garbage collector did. */
  readonly cause?: 'release' | 'gc';
}

interface Channels {
  readonly allocations: Channel;
  readonly releases: Channel;
}

let opened: Channels | null = null;

/** Made at the first allocation: to load Node's module and make the first channel takes a tenth of an import. */
function channels(): Channels {
  if (opened === null) {
    const { channel } = process.getBuiltinModule('node:diagnostics_channel');
    opened = { allocations: channel('memoryview:allocate'), releases: channel('memoryview:release') };
  }
  return opened;
}

/** Reports memory that was dropped while there were listeners. Its births are the tokens by which a release calls that off. */
const collected = new FinalizationRegistry<Birth>((birth) => {
  channels().releases.publish({ ...birth, cause: 'gc' });
});

let registered = false;

/** Whether a variable of the environment turns something on. @internal */
export const isSet = (name: string): boolean => {
  const value = process.env[name];
  return value !== undefined && value !== '' && value !== '0';
};

// A fault in the guard mode is of use only with the stack of the allocation.
let tracing = isSet('MEMORYVIEW_TRACE') || isSet('MEMORYVIEW_GUARD');

/** Starts or ends the recording of allocation stacks. */
export function setTracing(on: boolean): void {
  tracing = on;
}

const MAX_FRAMES = 24;

let places: readonly string[] | null = null;

/** How the library's own frames name its folder: the sources by a URL, dist by a path, which some loaders write with slashes on Windows. A bundle has no frames of its own. */
function ownPlaces(): readonly string[] {
  places ??= isBundled()
    ? []
    : [`${codeFolder}${sep}`, `${urlOf(codeFolder)}/`, `${codeFolder.split(sep).join('/')}/`];
  return places;
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
    return frames.filter((line) => !ownPlaces().some((place) => line.includes(place))).join('\n');
  } catch {
    return '';
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Whether an allocation made now is to be noted. @internal */
export function isWatched(): boolean {
  const { allocations, releases } = channels();
  return tracing || releases.hasSubscribers || allocations.hasSubscribers;
}

/** Whether a release is to be noted. @internal */
export function areReleasesWatched(): boolean {
  return channels().releases.hasSubscribers;
}

/** Notes an allocation that has just been made. @internal */
export function watchAllocation(memory: object, birth: Birth): void {
  const { allocations, releases } = channels();
  if (tracing) binding.setTrace(birth.id, stackHere());
  if (releases.hasSubscribers) {
    registered = true;
    collected.register(memory, birth, birth);
  }
  if (allocations.hasSubscribers) allocations.publish({ ...birth });
}

/** Notes a release that has just been made. @internal */
export function watchRelease(birth: Birth): void {
  if (registered) collected.unregister(birth);
  const { releases } = channels();
  if (releases.hasSubscribers) releases.publish({ ...birth, cause: 'release' });
}
