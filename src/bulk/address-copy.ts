/** Copies between the items of a span and an address, at which they are contiguous in C order. */
import type { NativeBytes } from '../binding.js';
import { cStrides, isCContiguous } from '../layout/layout.js';
import { blank, copyFromAddress, copyToAddress } from '../memory/pointer.js';
import { Region } from '../span/region.js';
import { denseSpan, directSpans, nbytesOf, onceWith, type Span } from '../span/span.js';
import { copyItems } from './copy.js';
import { describeLayouts, nativeBytesOf } from './kernels.js';

type Direction = 'in' | 'out';

/** Fills a live, writable span with the bytes at an address. */
export function fillFromAddress(span: Span, address: bigint): void {
  eachPart(span, address, 'in');
}

/** Writes the items of a live span to an address. */
export function writeToAddress(span: Span, address: bigint): void {
  eachPart(span, address, 'out');
}

function eachPart(span: Span, address: bigint, direction: Direction): void {
  let at = address;
  for (const part of directSpans(span)) {
    const nbytes = nbytesOf(part);
    if (nbytes === 0) continue;
    copyPart(part, at, direction);
    at += BigInt(nbytes);
  }
}

/** One run of bytes, which begins at byte `offset` of the buffer. */
function describeRun(offset: number, nbytes: number, direction: Direction): void {
  const here = { offset, shape: [], strides: [] };
  const there = { offset: 0, shape: [], strides: [] };
  if (direction === 'out') describeLayouts(there, here, nbytes);
  else describeLayouts(here, there, nbytes);
}

function copyPart(span: Span, address: bigint, direction: Direction): void {
  const { region, format } = span;
  const run = isCContiguous(span.layout, format.itemsize);
  if (run) {
    describeRun(span.layout.offset, nbytesOf(span), direction);
    if (direction === 'out') copyToAddress(nativeBytesOf(region), address);
    else copyFromAddress(nativeBytesOf(region), address);
    return;
  }
  const { layout } = span;
  const dense = { offset: 0, shape: layout.shape, strides: cStrides(layout.shape, format.itemsize) };
  const bytes: NativeBytes = nativeBytesOf(region);
  if (direction === 'out') {
    describeLayouts(dense, layout, format.itemsize);
    copyToAddress(bytes, address);
    return;
  }
  describeLayouts(layout, dense, format.itemsize);
  if (copyFromAddress(bytes, address)) return;
  // Items share bytes, so that their order matters: from a copy, item by item.
  const aside = blank('copyFrom', nbytesOf(span)).buffer as ArrayBuffer;
  const flat = denseSpan(new Region(aside, aside, 0, aside.byteLength), format, layout.shape, 0);
  describeRun(0, aside.byteLength, 'in');
  copyFromAddress(aside, address);
  copyItems(onceWith(span, flat), onceWith(flat, span));
}
