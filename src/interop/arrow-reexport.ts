/** Imported columns as new structs: the same memory, pinned again. */
import { EXPORTER } from '../memory/adopted.js';
import { type ArrowStructs, buildArray } from '../memory/arrow-structs.js';
import type { MemoryView } from '../view/memory-view.js';
import type { ArrayBuffers, ArraySlice } from './arrow-buffers.js';
import { bytesOver, countZeros } from './arrow-buffers-out.js';
import { arrowTypeOf, type ColumnParts, columnPartsOf } from './arrow-parts.js';
import { structsOfParts } from './arrow-structs-out.js';
import type { ArrowKind } from './arrow-type.js';

type BufferExporter = object | null;

function bufferExporterOf(view: MemoryView | null): BufferExporter {
  if (view === null) return null;
  // An empty slice looks at no memory that could be pinned.
  return (Reflect.get(view, EXPORTER) as object | undefined) ?? bytesOver(new Uint8Array(0));
}

/** Consumers read the first offset even of a column without elements. */
function offsetsExporterOf({ offsets }: ColumnParts): BufferExporter {
  return offsets === null || offsets.length > 0 ? bufferExporterOf(offsets) : bytesOver(new Uint8Array(8));
}

function nullsOf({ validity }: ColumnParts, offset: number, length: number): number {
  return validity === null ? 0 : countZeros(validity, offset, length);
}

function buffersOf(
  buffers: ArrayBuffers,
  { array }: ArraySlice,
  kind: ArrowKind,
  parts: ColumnParts,
): BufferExporter[] {
  const validity = bufferExporterOf(parts.validity);
  switch (kind) {
    case 'null':
    case 'run-end-encoded':
      return [];
    case 'dense-union':
      return [bufferExporterOf(parts.typeIds), bufferExporterOf(parts.offsets)];
    case 'sparse-union':
      return [bufferExporterOf(parts.typeIds)];
    case 'struct':
    case 'fixed-size-list':
      return [validity];
    case 'list':
    case 'map':
      return [validity, offsetsExporterOf(parts)];
    case 'list-view':
      return [validity, bufferExporterOf(parts.offsets), bufferExporterOf(parts.sizes)];
    case 'utf8':
    case 'binary':
      return [validity, offsetsExporterOf(parts), bufferExporterOf(parts.data)];
    case 'utf8-view':
    case 'binary-view': {
      const { length } = parts.dataBuffers;
      const sizes = length === 0 ? null : buffers.view(array.buffers.at(-1)!, 'q', 0, length);
      return [
        validity,
        bufferExporterOf(parts.values),
        ...parts.dataBuffers.map(bufferExporterOf),
        bufferExporterOf(sizes),
      ];
    }
    default:
      return [validity, bufferExporterOf(parts.values)];
  }
}

/**
 * Makes structs of some elements of an imported array.
 *
 * @param metadata - in place of the column's own
 * @throws the error in the column
 */
export function structsOfWindow(
  buffers: ArrayBuffers,
  given: ArraySlice,
  name: string,
  metadata: Uint8Array | null = given.array.metadata || null,
): ArrowStructs {
  const { array, length } = given;
  const offset = length === 0 ? 0 : given.start;
  // From the first element of the buffers on: the offset says where the column begins.
  const window = { ...given, start: 0, length: offset + length };
  const { kind } = arrowTypeOf(array);
  const parts = columnPartsOf(buffers, window);
  const { dictionary, children } = parts;
  const sources = dictionary === null ? children : [...children, dictionary];
  return structsOfParts(
    sources.map((part) => () => structsOfWindow(buffers, part, part.array.name)),
    (made) =>
      buildArray('toArrow', {
        head: [
          array.format,
          name,
          array.flags,
          length,
          kind === 'null' ? length : nullsOf(parts, offset, length),
          offset,
        ],
        buffers: buffersOf(buffers, window, kind, parts),
        children: made.slice(0, children.length),
        dictionary: dictionary === null ? null : made.at(-1)!,
        metadata,
      }),
  );
}
