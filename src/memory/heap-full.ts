/** Tells the addon which error to throw where the C++ heap is full. */
import { binding } from '../binding.js';
import { rangeError } from '../errors.js';

// A block is described on the C++ heap, which may be full while pages can still be had.
binding.setOutOfMemory(() => {
  throw rangeError(
    'ERR_OUT_OF_MEMORY',
    'memory: the C++ heap is full, expected room of some hundred bytes to describe another block or call; release memory, or raise the limit of the process',
  );
});
