/**
 * Crop, flip, zoom and channels of an image. sharp decodes into its own memory, views select the parts, and sharp checks each part and
 * encodes the contact sheet.
 *
 *     npm run example -- image [file]
 *
 * Without a file, sharp draws the image from an SVG. The contact sheet is examples/build/image.png.
 */
import { fileURLToPath } from 'node:url';
import { type MemoryView, memoryview, range, zeros } from 'memoryview';
import sharp, { type Sharp } from 'sharp';
import { addressText, bytesText, claim, line, table, title } from './report.js';

const GAP = 8;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">
  <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#135"/><stop offset="1" stop-color="#fc8"/></linearGradient></defs>
  <rect width="400" height="300" fill="url(#sky)"/><circle cx="290" cy="80" r="34" fill="#fe6"/>
  <path d="M0 240 90 120 150 200 210 90 330 250 400 210V300H0Z" fill="#354"/><path d="M210 90 240 130 215 120 190 125Z" fill="#fff"/>
  <g style="mix-blend-mode:screen"><circle cx="80" cy="60" r="34" fill="#f00"/></g>
  <g style="mix-blend-mode:screen"><circle cx="110" cy="60" r="34" fill="#0f0"/></g>
  <g style="mix-blend-mode:screen"><circle cx="95" cy="86" r="34" fill="#00f"/></g>
</svg>`;

// sharp passes on the memory into which libvips decoded, and a view types it: rows, columns, channels.
const { data, info } = await sharp(process.argv[2] ?? Buffer.from(SVG))
  .resize({ width: 640, withoutEnlargement: true })
  .toColourspace('srgb')
  .removeAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
const [height, width] = [info.height, info.width];
const image = memoryview(data, { shape: [height, width, info.channels] });
const [top, left] = [height >> 2, width >> 2];
const [tall, wide] = [height >> 1, width >> 1];

// Five views of it, without a copy.
const crop = image.slice([top, top + tall], [left, left + wide]);
const mirrored = image.flip(1);
const upsideDown = image.flip(0);
const [red, green, blue] = [0, 1, 2].map((channel) => image.slice(range(), range(), channel));
// Each pixel of the crop twice in both directions, by a stride of 0.
const zoomed = crop.reshape([tall, 1, wide, 1, 3]).broadcastTo([tall, 2, wide, 2, 3]);

title(`${process.argv[2] ?? 'An SVG that sharp drew'}: ${width} × ${height}, ${bytesText(image.nbytes)}`);
const views = { image, crop, mirrored, upsideDown, red: red!, zoomed };
table([
  ['view', 'shape', 'strides', 'first pixel at'],
  ...Object.entries(views).map(([name, view]) => [
    name,
    `(${view.shape.join(', ')})`,
    `(${view.strides.join(', ')})`,
    addressText(view.address),
  ]),
]);
const raw = (view: MemoryView): Sharp =>
  sharp(view.asBuffer(), { raw: { width: view.shape[1]!, height: view.shape[0]!, channels: 3 } });
const same = async (view: MemoryView, theirs: Sharp): Promise<boolean> =>
  view.toBytes().equals(await theirs.raw().toBuffer());
claim(
  'crop is what sharp extracts',
  await same(crop, raw(image).extract({ left, top, width: wide, height: tall })),
);
claim('mirrored is what sharp flops', await same(mirrored, raw(image).flop()));
claim('upside down is what sharp flips', await same(upsideDown, raw(image).flip()));
claim('green is the channel that sharp extracts', await same(green!, raw(image).extractChannel(1)));

// The only copy: sharp takes pixels without gaps, so the views are copied into one block that it can encode.
const sheet = zeros([2 * height + GAP, 3 * width + 2 * GAP, 3], 'B');
const panel = (row: number, column: number): MemoryView<'B'> => {
  const [y, x] = [row * (height + GAP), column * (width + GAP)];
  return sheet.slice([y, y + height], [x, x + width]);
};
panel(0, 0).copyFrom(mirrored);
panel(0, 1).copyFrom(upsideDown);
panel(0, 2)
  .slice([0, 2 * tall], [0, 2 * wide])
  .reshape([tall, 2, wide, 2, 3])
  .copyFrom(zoomed);
for (const [channel, view] of [red!, green!, blue!].entries())
  panel(1, channel).slice(range(), range(), channel).copyFrom(view);

const file = fileURLToPath(new URL('image.png', import.meta.url));
// libvips reads the block on threads of its own: the borrow keeps it until the file is written.
const { size } = await sheet.borrow((view) => raw(view).png().toFile(file));
line('encoded from the block itself', `${file}, ${bytesText(size)}`);
claim('the PNG decodes to the block', sheet.toBytes().equals(await sharp(file).raw().toBuffer()));
