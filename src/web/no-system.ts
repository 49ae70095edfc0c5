/**
 * Stands in for the modules that need the system, in the build for runtimes without an addon: the names that other modules import, each
 * a call that is refused. `build.mjs` lists which modules these are.
 */
import type { transferFile as realTransfer } from '../bulk/file-transfer.js';
import { noExternal } from '../memory/external.js';
import type { attachMemory as realAttach, shareMemory as realShare } from '../memory/handle.js';
import { NativeMemory } from '../memory/native-memory.js';

const SEEN = 'JavaScript can see no memory but its own';

function refuse(subject: string, remedy: string, so: string = SEEN): never {
  throw noExternal(subject, so, remedy);
}

const READ = 'read the file into an ArrayBuffer';
const SEND = 'send copies, or use a SharedArrayBuffer between threads';

/** A class without objects, so that `instanceof` returns false. */
export class MappedFile extends NativeMemory {
  constructor() {
    super(refuse('MappedFile', READ));
  }
}

export function mapFile(): never {
  return refuse('mapFile', READ);
}

/** A class without objects, so that `instanceof` returns false. */
export class SharedMemory extends NativeMemory {
  constructor() {
    super(refuse('SharedMemory', SEND));
  }

  static create(): never {
    return refuse('SharedMemory.create', SEND);
  }

  static open(): never {
    return refuse('SharedMemory.open', SEND);
  }
}

export function wrapPointer(): never {
  return refuse('wrapPointer', 'have the native code copy it into an ArrayBuffer');
}

export function allocateSecret(): never {
  return refuse('allocate: secret', 'leave secret out', "JavaScript can't see memory that can be wiped");
}

/** Memory belongs to its thread, so its own `share` refuses. */
export const shareMemory: typeof realShare = (memory) => memory.share();

export const attachMemory: typeof realAttach = () => refuse('attach', 'send it in a SharedArrayBuffer');

export function unshareMemory(): never {
  return refuse('unshare', 'send it in a SharedArrayBuffer', 'no memory is in flight to a thread');
}

export const transferFile: typeof realTransfer = async (subject) =>
  refuse(subject, 'use the fs of the runtime', 'no file can be reached');
