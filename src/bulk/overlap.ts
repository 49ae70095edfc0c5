/** Tells whether two spans share bytes, by their addresses: a copy between them must then read the source whole before it writes. */
import { reach } from '../layout/layout.js';
import { directSpans, itemCount, type Span } from '../span/span.js';

/** Whether two spans may have a byte in common: by address, since two buffers can lie over one memory. */
export function overlap(a: Span, b: Span): boolean {
  if (a.indirect === null && b.indirect === null) return directOverlap(a, b);
  // In order of addresses, each range of one span has to end before the next range of the other begins.
  const parts = [...addressRangesOf(a, 0), ...addressRangesOf(b, 1)].sort((x, y) => x.low - y.low);
  const ends = [0, 0];
  for (const { side, low, high } of parts) {
    if (low < ends[1 - side]!) return true;
    ends[side] = Math.max(ends[side]!, high);
  }
  return false;
}

interface AddressRange {
  readonly side: 0 | 1;
  readonly low: number;
  readonly high: number;
}

/** The addresses that the parts of a span reach. */
function addressRangesOf(span: Span, side: 0 | 1): AddressRange[] {
  return directSpans(span)
    .filter((part) => itemCount(part) > 0)
    .map(({ region, layout, format }) => {
      const { low, high } = reach(layout, format.itemsize);
      const start = Number(region.addressOf(low));
      return { side, low: start, high: start + high - low };
    });
}

function directOverlap(a: Span, b: Span): boolean {
  const ours = reach(a.layout, a.format.itemsize);
  const theirs = reach(b.layout, b.format.itemsize);
  if (a.region.buffer === b.region.buffer) return ours.low < theirs.high && theirs.low < ours.high;
  return (
    a.region.addressOf(ours.low) < b.region.addressOf(theirs.high) &&
    b.region.addressOf(theirs.low) < a.region.addressOf(ours.high)
  );
}
