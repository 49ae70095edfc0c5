/** Views and buffers in places where JavaScript expects an array or a number: they throw an error that names the right call, and are never read as zeros. */
import { define } from '../arguments.js';
import { typeError } from '../errors.js';
import { refuseIndices } from '../memory/no-array.js';
import { MemoryView } from './memory-view.js';
import { PyBuffer } from './py-buffer.js';

refuseIndices(
  MemoryView.prototype,
  'MemoryView',
  (index) => `get(${index}), and asTypedArray() or toBytes() for what reads arrays`,
);
refuseIndices(
  PyBuffer.prototype,
  'PyBuffer',
  (index) => `get(${index}), and memoryview(buffer).toBytes() or asTypedArray() for what reads arrays`,
);

// Buffer.from asks for it first, in every runtime. Without it, runtimes that iterate over the object make zeros of the characters.
define(PyBuffer.prototype, 'valueOf', {
  value(): never {
    throw typeError(
      'ERR_UNSUPPORTED',
      'valueOf: a PyBuffer has no value besides its text; use toString() for that, memoryview(buffer).toBytes() for the bytes',
    );
  },
  writable: true,
  configurable: true,
});
