/** What does it cost to look at memory that another library owns? */
import koffi from 'koffi';
import { wrapPointer } from 'memoryview';
import { compare } from '../harness.js';

export async function ask() {
  const pointer = koffi.alloc('uint8_t', 64);
  const address = koffi.address(pointer);
  let kept;
  await compare(
    16,
    'wrapPointer of 64 bytes + release',
    (n) => {
      for (let i = 0; i < n; i++) wrapPointer(address, 64).release();
    },
    [
      {
        name: 'koffi.view',
        bar: 1.2,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = koffi.view(pointer, 64);
          return kept;
        },
      },
    ],
  );
}
