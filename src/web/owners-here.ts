/** Brings native memory into the build for runtimes without an addon, and tells spans of it. */
import { binding } from '../binding.js';
import {
  addressOfMemory,
  internalBuffer,
  isNativeMemory,
  memoryOfBuffer,
  memoryOfPart,
  partOfMemory,
  pinMemory,
  unpinMemory,
} from '../memory/native-memory.js';
import { setOwners } from './owners.js';

setOwners({
  addressOfMemory,
  internalBuffer,
  isNativeMemory,
  memoryOfBuffer,
  memoryOfPart,
  partOfMemory,
  pinMemory,
  unpinMemory,
  addressOf: binding.addressOf,
});
