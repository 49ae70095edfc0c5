/** Creates and opens shared memory for the class in shared-memory.ts, which documents the options. */
import { constants } from 'node:buffer';
import { readBoolean, readInteger, readOptions, readString } from '../arguments.js';
import { binding, RESULT } from '../binding.js';
import { rangeError, shown, systemError, systemErrorName, typeError } from '../errors.js';
import { mappingRefusal, requireExternal } from './external.js';
import type { Holding } from './holding.js';
import type { NativeMemory } from './native-memory.js';
import { type Allocation, watchAllocation } from './watch.js';

const ATTEMPTS = 100;

/** Makes an object of the class. */
type Make<T> = (holding: Holding, name: string) => T;

/** See `SharedMemory.create`. */
export function createShared<T extends NativeMemory>(options: unknown, make: Make<T>): T {
  const subject = 'SharedMemory.create';
  const read = readOptions(subject, options, ['size', 'name', 'anonymous', 'persist']);
  const size = readInteger(`${subject}: size`, read.size, { min: 1 });
  const name = read.name === undefined ? undefined : readSharedName(subject, read.name);
  const anonymous =
    read.anonymous === undefined ? false : readBoolean(`${subject}: anonymous`, read.anonymous);
  const persist = read.persist === undefined ? false : readBoolean(`${subject}: persist`, read.persist);
  if (anonymous && name !== undefined) {
    throw typeError(
      'ERR_INVALID_ARG',
      `${subject}: name ${shown(name)} and anonymous given, expected one of them`,
    );
  }
  checkSharedSize(subject, size);
  requireSharing(subject);
  if (anonymous) return sealed(subject, size, make);
  const { fd, name: given } = name === undefined ? generated() : { fd: created(name), name };
  try {
    const resized = binding.sharedResize(fd, size);
    if (resized < 0) throw systemError(resized, 'ftruncate', given);
    const memory = sharedMappingOf(subject, fd, size, given, true, make);
    if (!persist) binding.sharedOwn(pathOf(given), fd);
    return memory;
  } catch (error) {
    binding.sharedUnlink(pathOf(given));
    throw error;
  } finally {
    binding.sharedClose(fd);
  }
}

/** See `SharedMemory.open`. */
export function openShared<T extends NativeMemory>(name: unknown, options: unknown, make: Make<T>): T {
  const subject = 'SharedMemory.open';
  const read = readOptions(subject, options, ['readonly']);
  const readonly = read.readonly === undefined ? false : readBoolean(`${subject}: readonly`, read.readonly);
  if (typeof name === 'number') {
    const fd = readInteger(`${subject}: descriptor`, name, { min: 0, max: 0x7fffffff });
    requireSharing(subject);
    return sharedMappingOf(subject, fd, sharedSizeOf(subject, fd), '', !readonly, make);
  }
  const given = readSharedName(subject, name);
  requireSharing(subject);
  const fd = binding.sharedOpen(pathOf(given), false, readonly);
  if (fd < 0) throw systemError(fd, 'shm_open', given);
  try {
    return sharedMappingOf(subject, fd, sharedSizeOf(subject, fd), given, !readonly, make);
  } finally {
    binding.sharedClose(fd);
  }
}

function requireSharing(subject: string): void {
  const remedy = 'send copies, or use a SharedArrayBuffer between threads';
  requireExternal(subject, 'shared memory', remedy);
}

function readSharedName(subject: string, value: unknown): string {
  const name = readString(`${subject}: name`, value);
  if (name.includes('\0')) {
    throw typeError('ERR_INVALID_ARG', `${subject}: name ${shown(name)} given, expected one without NUL`);
  }
  return name;
}

/** Python puts one slash before any name; the C library drops further slashes. */
export function pathOf(name: string): string {
  return `/${name}`;
}

function checkSharedSize(subject: string, size: number): void {
  if (size <= constants.MAX_LENGTH) return;
  throw rangeError(
    'ERR_OUT_OF_MEMORY',
    `${subject}: ${size} bytes, this runtime's ArrayBuffers hold at most ${constants.MAX_LENGTH}`,
  );
}

function created(name: string): number {
  const fd = binding.sharedOpen(pathOf(name), true, false);
  if (fd < 0) throw systemError(fd, 'shm_open', name);
  return fd;
}

/** A name of Python's own make: 14 characters with the slash, the least that any system allows. */
function generated(): { fd: number; name: string } {
  for (let attempt = 0; ; attempt++) {
    const name = `psm_${process.getBuiltinModule('node:crypto').randomBytes(4).toString('hex')}`;
    const fd = binding.sharedOpen(pathOf(name), true, false);
    if (fd >= 0) return { fd, name };
    if (systemErrorName(fd) !== 'EEXIST' || attempt === ATTEMPTS) throw systemError(fd, 'shm_open', name);
  }
}

function sealed<T extends NativeMemory>(subject: string, size: number, make: Make<T>): T {
  const fd = binding.sealedOpen(size);
  if (systemErrorName(fd) === 'ENOSYS') {
    throw typeError('ERR_UNSUPPORTED', `${subject}: this system has no anonymous shared memory; give a name`);
  }
  if (fd < 0) throw systemError(fd, 'memfd_create');
  try {
    return sharedMappingOf(subject, fd, size, '', true, make);
  } finally {
    binding.sharedClose(fd);
  }
}

function sharedSizeOf(subject: string, fd: number): number {
  const size = binding.sharedSize(fd);
  if (size < 0) throw systemError(size, 'fstat');
  checkSharedSize(subject, size);
  return size;
}

function sharedMappingOf<T extends NativeMemory>(
  subject: string,
  fd: number,
  nbytes: number,
  name: string,
  writable: boolean,
  make: Make<T>,
): T {
  const label = name === '' ? undefined : name;
  const buffer = binding.mapFile(fd, 0, nbytes, writable, true, label);
  if (typeof buffer === 'number') throw mappingRefusal(subject, buffer, nbytes, label);
  const allocation: Allocation = { id: binding.results[RESULT.ID]!, kind: 'shared', nbytes, label };
  const address = binding.results[RESULT.ADDRESS]!;
  const holding: Holding = { allocation, address, buffer, readonly: !writable, engine: false, scope: null };
  const memory = make(holding, name);
  watchAllocation(memory, allocation);
  return memory;
}
