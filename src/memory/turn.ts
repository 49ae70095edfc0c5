/**
 * Warns once in the process if one turn of the event loop hands out 1 GiB of ArrayBuffers and drops them, because their pages go
 * back only after the turn. The addon counts them at each scan for dead ArrayBuffers.
 */
import { binding } from '../binding.js';

const MESSAGE =
  'one turn of the event loop dropped 1 GiB of native memory without a release, after its ArrayBuffers were handed out; such memory ' +
  'is given back when the event loop turns: call release(), declare the memory with using, or use it through views only';

binding.setWarning(() => {
  // Listeners of the process must not run in the middle of an allocation.
  queueMicrotask(() => {
    process.emitWarning(MESSAGE, { type: 'MemoryviewWarning', code: 'MEMORYVIEW_DROPPED' });
  });
});
