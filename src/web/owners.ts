/**
 * Native memory as spans see it, in the build for runtimes without an addon: there the module of the class may be missing, because a
 * program that only packs structs does not load it. `owners-here.ts` tells this file of it.
 */
import type { binding as realBinding } from '../binding.js';
import type * as real from '../memory/native-memory.js';

/** The functions of the class's module that spans call. */
export type Owners = Pick<
  typeof real,
  | 'addressOfMemory'
  | 'internalBuffer'
  | 'isNativeMemory'
  | 'memoryOfBuffer'
  | 'memoryOfPart'
  | 'partOfMemory'
  | 'pinMemory'
  | 'unpinMemory'
> &
  Pick<typeof realBinding, 'addressOf'>;

let owners: Owners | null = null;

/** Says that the class is there. */
export function setOwners(here: Owners): void {
  owners = here;
}

/** Called only with memory, which only the class's module makes. */
const here = (): Owners => owners!;

export const isNativeMemory = (value: unknown): value is real.NativeMemory =>
  owners?.isNativeMemory(value) ?? false;
export const memoryOfBuffer: Owners['memoryOfBuffer'] = (buffer) => owners?.memoryOfBuffer(buffer);
export const internalBuffer: Owners['internalBuffer'] = (memory) => here().internalBuffer(memory);
export const addressOfMemory: Owners['addressOfMemory'] = (memory) => here().addressOfMemory(memory);
export const partOfMemory: Owners['partOfMemory'] = (memory) => here().partOfMemory(memory);
export const memoryOfPart: Owners['memoryOfPart'] = (part) => here().memoryOfPart(part);
export const pinMemory: Owners['pinMemory'] = (memory, holder) => here().pinMemory(memory, holder);
export const unpinMemory: Owners['unpinMemory'] = (memory, holder) => here().unpinMemory(memory, holder);

/** The one function of the engine that spans call. */
export const binding: Pick<typeof realBinding, 'addressOf'> = {
  addressOf: (buffer) => owners?.addressOf(buffer) ?? 0n,
};
