/** How fast are bytes written as hexadecimal digits? */
import { memoryview } from 'memoryview';
import { compare } from '../harness.js';

export async function ask() {
  const bytes = Buffer.from({ length: 16 * 1024 * 1024 }, (_, i) => i);
  const view = memoryview(bytes);
  let kept;
  await compare(
    13,
    'hex of 16 MiB',
    (n) => {
      for (let i = 0; i < n; i++) kept = view.hex();
      return kept;
    },
    [
      {
        name: "Buffer.toString('hex')",
        bar: 1.1,
        run: (n) => {
          for (let i = 0; i < n; i++) kept = bytes.toString('hex');
        },
      },
    ],
  );
}
