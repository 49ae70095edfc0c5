/** The picture of live memory: its content, and that equal blocks give equal pictures. */
import { expect, test } from 'vitest';
import { memory as account, type LiveBlock } from '../../src/memory/accounting.js';
import { allocate } from '../../src/memory/allocate.js';
import { pinMemory, unpinMemory } from '../../src/memory/native-memory.js';
import { blocksAsSvg } from '../../src/memory/snapshot-picture.js';
import { overhanging, readSvg, textsOf } from '../svg.js';
import { thrown } from './thrown.js';

function block(id: number, nbytes: number, about: Partial<LiveBlock> = {}): LiveBlock {
  const { holders = {} } = about;
  const pins = Object.values(holders).reduce((sum, count) => sum + count, 0);
  return { id, nbytes, kind: 'heap', label: undefined, age: 0, holders, ...about, pins };
}

/** The widths of the bars, without the grounds behind them. */
function barsOf(svg: string): { width: number; fill: string }[] {
  return readSvg(svg)
    .filter(
      ({ name, attributes }) => name === 'rect' && attributes.height === '10' && attributes.width !== '10',
    )
    .filter((_, i) => i % 2 === 1)
    .map(({ attributes }) => ({ width: Number(attributes.width), fill: attributes.fill! }));
}

test('bars are as long as blocks are large, the largest first, in the colour of their kind', () => {
  const svg = blocksAsSvg([
    block(1, 250, { label: 'small' }),
    block(2, 1000, { kind: 'file', label: 'grid.npy' }),
    block(3, 500, { label: 'half' }),
  ]);
  const bars = barsOf(svg);
  expect(bars.map(({ width }) => width / bars[0]!.width)).toEqual([1, 0.5, 0.25]);
  expect(bars[1]!.fill).toBe(bars[2]!.fill);
  expect(bars[0]!.fill).not.toBe(bars[1]!.fill);
  const texts = textsOf(svg);
  expect(texts[0]).toBe('3 live blocks, 1.7 KiB');
  expect(texts.filter((text) => ['grid.npy', 'half', 'small'].includes(text))).toEqual([
    'grid.npy',
    'half',
    'small',
  ]);
  expect(texts).toContain('heap 750 bytes in 2');
  expect(texts).toContain('file 1,000 bytes in 1');
});

test('ages stand in the largest unit that they fill', () => {
  const ages = [999, 1000, 59_999, 60_000, 3_600_000, 86_400_000 * 3.5];
  const texts = textsOf(blocksAsSvg(ages.map((age, i) => block(i, 100 - i, { age }))));
  expect(texts.filter((text) => text.endsWith(' old')).map((text) => text.split(', ')[1])).toEqual([
    'less than 1 s old',
    '1 s old',
    '59 s old',
    '1 min old',
    '1 h old',
    '3 d old',
  ]);
});

test('pins are marked, with who holds them', () => {
  const texts = textsOf(
    blocksAsSvg([block(1, 8, { holders: { borrow: 2, copyFromAsync: 1 } }), block(2, 8)]),
  );
  expect(texts.filter((text) => text.startsWith('pinned'))).toEqual(['pinned: 2 borrow, 1 copyFromAsync']);
});

test('the smaller ones of many are summed up', () => {
  const many = Array.from({ length: 1000 }, (_, i) => block(i, 1024));
  const svg = blocksAsSvg(many);
  expect(textsOf(svg)).toContain('984 more, 984 KiB together');
  expect(barsOf(svg)).toHaveLength(16);
  expect(svg.length).toBeLessThan(20_000);
});

test('the order of the blocks does not matter, and nothing else changes the picture', () => {
  const blocks = [block(1, 8, { label: 'a' }), block(2, 8, { label: 'b' }), block(3, 16, { kind: 'shared' })];
  expect(blocksAsSvg(blocks.toReversed())).toBe(blocksAsSvg(blocks));
});

test('nothing, blocks without bytes, and the largest there can be are drawn too', () => {
  expect(textsOf(blocksAsSvg([]))).toEqual(['0 live blocks, 0 bytes']);
  for (const blocks of [[], [block(1, 0), block(2, 0)], [block(1, 2 ** 52), block(2, 1)]]) {
    expect(overhanging(blocksAsSvg(blocks))).toEqual([]);
    expect(blocksAsSvg(blocks)).not.toContain('NaN');
  }
});

test('whatever labels users choose, the picture is well-formed and nothing stands over its edges', () => {
  const labels = [
    '</text><script>',
    '"&\'<',
    '\u0000\u001b[2J\ud800',
    'wide '.repeat(1000),
    '日'.repeat(90),
    '\u202e',
  ];
  const kinds = ['heap', 'arena', 'file', 'shared', 'foreign'] as const;
  const svg = blocksAsSvg(
    labels.map((label, i) =>
      block(i, 2 ** (40 + i), {
        label,
        kind: kinds[i % kinds.length]!,
        holders: { [label]: 10 ** 9 },
        age: 1e15,
      }),
    ),
  );
  expect(overhanging(svg)).toEqual([]);
  expect(textsOf(svg)).toContain('</text><script>');
});

test('a snapshot draws itself, and nothing else does', () => {
  const memory = allocate(4096, { label: 'drawn' });
  pinMemory(memory, 'borrow');
  const texts = textsOf(account.snapshot().toSvg());
  expect(texts).toContain('drawn');
  expect(texts).toContain('pinned: 1 borrow');
  unpinMemory(memory);
  memory.release();
  expect(textsOf(account.snapshot().toSvg())).not.toContain('drawn');
  const draw = (of: unknown) => thrown(() => Reflect.apply(account.snapshot().toSvg, of, [])).code;
  for (const of of [[], undefined, new Proxy(account.snapshot(), {}), [...account.snapshot()]]) {
    expect(draw(of)).toBe('ERR_INVALID_ARG');
  }
});
