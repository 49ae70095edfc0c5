/** What does a list of all records cost? It runs in a process of its own, so that its million live objects are in no other row's heap. */
import { memoryview } from 'memoryview';
import { compare } from '../harness.js';

export async function ask() {
  const bytes = Buffer.from(Array.from({ length: 24 }, (_, i) => i));
  const view = memoryview(Buffer.alloc(24_000_000, bytes), { format: 'T{d:x:i:a:i:b:f:f:4x}' });
  let kept;
  await compare(
    17,
    'toArray of 10^6 records of 4',
    (n) => {
      for (let i = 0; i < n; i++) kept = view.toArray();
      return kept;
    },
    [
      {
        name: 'CPython struct.iter_unpack, in a list',
        bar: 0.5,
        python: {
          setup: 'b = bytes(range(24)) * 1000000',
          run: "list(struct.iter_unpack('diif4x', b))",
        },
      },
    ],
  );
}
