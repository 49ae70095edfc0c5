/** Brings native memory into the build for runtimes without an addon, and tells spans of it. */
import { binding } from '../binding.js';
import {
  internalBuffer,
  isNativeMemory,
  memoryOfBuffer,
  pinMemory,
  unpinMemory,
} from '../memory/native-memory.js';
import { setOwners } from './owners.js';

setOwners({
  internalBuffer,
  isNativeMemory,
  memoryOfBuffer,
  pinMemory,
  unpinMemory,
  addressOf: binding.addressOf,
});
