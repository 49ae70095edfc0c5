/** The bytes that each path out of this library copies, found by comparing addresses; docs/scale.md has the table. */
import { makeVector, Table, tableFromIPC, tableToIPC } from 'apache-arrow';
import { array, attach, type MemoryView, memoryview, SharedMemory, zeros } from 'memoryview';
import { fromVector } from 'memoryview/adapters';
import { fromArrow, toArrow, toArrowStream } from 'memoryview/arrow';
import { fromDLPack, toDLPack } from 'memoryview/dlpack';

const arrow = (view: MemoryView, options?: { copy: boolean }): MemoryView =>
  fromArrow(toArrow(view, options)).values!;

/** The bytes that were copied, of those that the view has. */
function copied(view: MemoryView, seen: MemoryView): string {
  if (seen.address === view.address) return 'nothing';
  return seen.nbytes === view.nbytes ? 'the elements' : `${seen.nbytes} of ${view.nbytes} bytes`;
}

const numbers = (): MemoryView => array([1, 2, 3, 4, 5, 6, 7, 8], 'd');

const WAYS: readonly (readonly [string, () => string])[] = [
  [
    '`view.address` for an FFI, `asTypedArray()`, `asBuffer()`',
    () => {
      const view = numbers();
      return copied(view, memoryview(view.asTypedArray()));
    },
  ],
  [
    '`toArrow(view)`, numbers without gaps, in one or more dimensions',
    () => {
      const view = numbers();
      return copied(view, arrow(view.reshape([2, 4])).reshape([8]));
    },
  ],
  [
    '`toArrow({ name: view })`, a record batch',
    () => {
      const view = numbers();
      return copied(view, fromArrow(toArrow({ view })).child('view')!.values!);
    },
  ],
  [
    '`toArrow(column)` of an imported column',
    () => {
      const column = fromArrow(toArrow(numbers()));
      return copied(column.values!, fromArrow(toArrow(column)).values!);
    },
  ],
  [
    '`toArrowStream([batch])`',
    () => {
      const view = numbers();
      return copied(
        view,
        fromArrow(toArrowStream([{ view }]))
          .next()!
          .child('view')!.values!,
      );
    },
  ],
  [
    '`toArrow(view, { copy: true })`, gaps, fields of records',
    () => {
      const view = numbers().slice('::2');
      return copied(view, arrow(view, { copy: true }));
    },
  ],
  [
    '`toArrow(view, { copy: true })`, foreign byte order',
    () => {
      const view = array([1, 2, 3], '>i');
      return copied(view, arrow(view, { copy: true }));
    },
  ],
  [
    '`toArrow(view, { copy: true })`, booleans',
    () => {
      const view = zeros(64, '?');
      return copied(view, arrow(view, { copy: true }));
    },
  ],
  [
    '`toArrow(typedArray, { copy: true })`, memory of the engine',
    () => {
      const view = memoryview(new Float64Array(8));
      return copied(view, arrow(view, { copy: true }));
    },
  ],
  [
    '`toDLPack(view)`, any strides',
    () => {
      const view = numbers().slice('::-2');
      return copied(view, fromDLPack(toDLPack(view)));
    },
  ],
  [
    '`view.share()` and `attach` in another thread',
    () => {
      const view = numbers();
      return copied(view, attach(view.share()));
    },
  ],
  [
    '`SharedMemory.open` in another process',
    () => {
      using made = SharedMemory.create({ name: `copies-${process.pid}`, size: 64 });
      using opened = SharedMemory.open(made.name!);
      made.view().set(3, 7);
      made.unlink();
      return opened.view().get(3) === 7 ? 'nothing' : 'the elements';
    },
  ],
  [
    'a vector of apache-arrow over a view',
    () => {
      const view = numbers();
      return copied(
        view,
        fromVector(new Table({ x: makeVector(view.asTypedArray() as Float64Array) }).getChild('x')!),
      );
    },
  ],
  [
    'an Arrow IPC file, mapped, read by apache-arrow',
    () => {
      const bytes = array(tableToIPC(new Table({ x: makeVector(Float64Array.of(1, 2)) }), 'file'), 'B');
      const column = fromVector(tableFromIPC(bytes.asBuffer()).getChild('x')!);
      const at = column.address - bytes.address;
      return at > 0n && at < BigInt(bytes.nbytes) ? 'nothing' : 'the elements';
    },
  ],
];

/** The rows of the table. */
export function rowsOfCopies(): string[] {
  return WAYS.map(([way, run]) => `| ${way} | ${run()} |`);
}
