/** Step 3: the cost of a slice does not depend on its size; the cost of a copy does. */
import { allocate, type MemoryView, NativeMemory } from 'memoryview';
import { bytesText, claim, heading, line, resident, table, timeText } from '../report.js';
import { median, sliceCost } from '../slice-cost.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const HELD = 10_000;

/** Times slices and copies of the same ranges of 1 MiB and of 1 GiB, and watches the resident memory. */
export function flatSlices(): void {
  heading(3, 'Slicing costs the same on 1 MiB and on 1 GiB');
  const small = allocate(MIB);
  const large = allocate(GIB);
  small.view().fill(1);
  large.view().fill(1);

  const cost = sliceCost(small.view(), large.view());
  const before = resident();
  const held = Array.from({ length: HELD }, (_, i) => large.view().slice([i, GIB - i]));
  const grown = resident() - before;
  const copies = { small: copyTime(small.view(), 15), large: copyTime(large.view(), 1) };

  table([
    ['all but the ends of', '1 MiB', '1 GiB', 'ratio'],
    ['slice (nothing copied)', timeText(cost.small), timeText(cost.large), cost.ratio.toFixed(2)],
    [
      'slice, then copy',
      timeText(copies.small),
      timeText(copies.large),
      (copies.large / copies.small).toFixed(0),
    ],
  ]);
  console.log();
  line('resident before', bytesText(before));
  line(`  … with ${HELD} slices of 1 GiB held`, `${bytesText(before + grown)} (${bytesText(grown)} more)`);
  claim('slicing is flat: the ratio is between 0.7 and 1.4', cost.ratio >= 0.7 && cost.ratio <= 1.4);
  claim('copying is not: the ratio is above 100', copies.large / copies.small > 100);
  claim(
    `${HELD} slices that cover ${bytesText(GIB * HELD)} in sum took under 64 MiB`,
    held.length === HELD && grown < 64 * MIB,
  );
  small.release();
  large.release();
}

/** The median of the nanoseconds that a copy of all but the ends takes. */
function copyTime(view: MemoryView, samples: number): number {
  const times = Array.from({ length: samples }, () => {
    const start = process.hrtime.bigint();
    const copy = view.slice([1, -1]).copy();
    const time = Number(process.hrtime.bigint() - start);
    if (copy.obj instanceof NativeMemory) copy.obj.release();
    return time;
  });
  return median(times);
}
