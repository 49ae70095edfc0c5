// Copies, comparisons and searches at sizes around the blocks of the addon's loops. It prints which engine did them, and a digest of all
// results: kernel-paths.test.ts runs it once for each path that the environment can force.
import { createHash } from 'node:crypto';
import { ellipsis, memory, memoryview, zeros } from '../../dist/index.js';

const digest = createHash('sha256');
const noise = createHash('shake256', { outputLength: 1 << 19 })
  .update('noise')
  .digest();

function filled(shape, format) {
  const view = zeros(shape, format);
  const bytes = view.asBuffer();
  bytes.set(noise.subarray(0, bytes.length));
  return view;
}

// The content of a view, by its copy and by a copy into memory with gaps.
function add(view) {
  digest.update(view.toBytes());
  const gaps = zeros([...view.shape, 2], view.format).slice('..., 0');
  gaps.copyFrom(view);
  digest.update(gaps.obj.view().toBytes());
}

for (const format of ['B', 'H', 'i', 'd']) {
  const { itemsize } = zeros(1, format);
  const swapped = format === 'B' ? null : format === 'd' ? '>d' : `>${format}`;
  for (const length of [15, 16, 17, 127, 128, 129, 1023, 1024, 1025, 4096, 5462]) {
    for (let channels = 2; channels <= 5; channels++) {
      const pixels = filled([length, channels], format);
      for (let channel = 0; channel < channels; channel++) add(pixels.slice(ellipsis, channel));
      add(pixels.T);
      const planes = filled([channels, length], format);
      add(planes.T);
      pixels.slice(ellipsis, 1).copyFrom(planes.slice(0));
      add(pixels);
    }
    const line = filled([length], format);
    add(line.flip());
    add(line.slice(3).broadcastTo([length]));
    if (swapped !== null) {
      const other = zeros([length], swapped);
      other.copyFrom(line, { convert: true });
      digest.update(other.toBytes());
      digest.update(`${other.equals(line)} ${line.equals(other)}`);
      other.byteswap();
      digest.update(other.toBytes());
    }
    digest.update(`${line.count(line.get(-1))} ${line.indexOf(line.get(-1))} ${line.equals(line.copy())}`);
  }
  for (const rows of [63, 64, 65, 128])
    for (const columns of [15, 64, 128, 129]) add(filled([rows, columns], format).T);
  // Rows that begin with a cache line, and rows that do not.
  for (const place of [0, itemsize]) {
    const bytes = zeros(256 * 256 * itemsize + 64, 'B');
    const square = memoryview(bytes, { format, shape: [256, 256], byteOffset: place });
    square.copyFrom(filled([256, 256], format).T);
    digest.update(bytes.toBytes());
  }
}

console.log(JSON.stringify({ engine: memory.engine, digest: digest.digest('hex') }));
