/** Pins all memory that a span reaches, so that it can't be released while work on it is under way. */
import type { Region } from './region.js';
import type { Span } from './span.js';

function regionsOf(span: Span): readonly Region[] {
  return span.indirect === null ? [span.region] : span.indirect.rows.map((row) => row.region);
}

/** Pins all native memory that a span reaches. @throws BufferError `ERR_RELEASED`; then nothing is pinned */
export function pinSpan(span: Span, holder = 'borrow'): void {
  const pinned: Region[] = [];
  try {
    for (const region of regionsOf(span)) {
      region.pin(holder);
      pinned.push(region);
    }
  } catch (error) {
    for (const region of pinned) region.unpin(holder);
    throw error;
  }
}

/** Takes one {@link pinSpan} back. */
export function unpinSpan(span: Span, holder = 'borrow'): void {
  for (const region of regionsOf(span)) region.unpin(holder);
}
