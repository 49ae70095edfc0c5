/** Step 2: a million doubles, and four views of them. */
import { inspect } from 'node:util';
import { allocate, type MemoryView, range } from 'memoryview';
import { addressText, claim, heading, line, table } from '../report.js';

/** Shows views of one block, each with its geometry and the address of its first element. */
export function matrixViews(): void {
  heading(2, 'A million doubles, looked at five ways');
  const owner = allocate(8_000_000);
  line('allocate(8_000_000)', inspect(owner));
  const numbers = new Float64Array(owner.buffer);
  for (let i = 0; i < numbers.length; i++) numbers[i] = i;

  const matrix = owner.view('d', [1000, 1000]);
  const row = matrix.slice(3);
  const column = matrix.slice(range(), 7);
  const block = matrix.slice('9:4:-1, 19:4:-5');
  const views: [string, MemoryView<'d'>][] = [
    ["owner.view('d', [1000, 1000])", matrix],
    ['matrix.slice(3)', row],
    ['matrix.slice(range(), 7)', column],
    ["matrix.slice('9:4:-1, 19:4:-5')", block],
    ['matrix.T', matrix.T],
  ];
  console.log();
  table([
    ['view', 'shape', 'strides', 'address', 'first element'],
    ...views.map(([how, view]) => [
      how,
      `(${view.shape.join(', ')})`,
      `(${view.strides.join(', ')})`,
      addressText(view.address),
      String(firstOf(view)),
    ]),
  ]);
  console.log();
  claim(
    'every view has the same memory: its address is the owner’s plus its byteOffset',
    views.every(([, view]) => view.obj === owner && view.address === owner.address + BigInt(view.byteOffset)),
  );
  claim(
    'they read right: row 3 begins at 3000, column 7 at 7, the reversed block at 9019',
    row.get(0) === 3000 && column.get(0) === 7 && block.get(0, 0) === 9019 && block.get(-1, -1) === 5009,
  );
  matrix.set(3, 7, -1);
  claim(
    'none was copied: one store at (3, 7) is seen in the row, the column and the transpose',
    row.get(7) === -1 && column.get(3) === -1 && matrix.T.get(7, 3) === -1,
  );
  owner.release();
}

function firstOf(view: MemoryView<'d'>): number {
  return view.get(...view.shape.map(() => 0));
}
