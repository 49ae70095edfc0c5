/** Python's `struct.pack` with the codecs alone, which need no addon. */
import { structOf } from '../../src/format/struct.js';

/** Packs values into fresh bytes. */
export function packValues(format: unknown, values: readonly unknown[]): Uint8Array {
  const struct = structOf(format);
  const encoded = struct.encode('pack', values);
  const bytes = new Uint8Array(struct.itemsize);
  struct.store(new DataView(bytes.buffer), 0, encoded);
  return bytes;
}
