/** The drawings of explain: text of a given width, and well-formed SVG that stays within its edges. */
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnCount } from '../../src/drawing/text-columns.js';
import {
  allocate,
  array,
  buffer,
  empty,
  explain,
  formatInfo,
  MemoryView,
  memoryview,
  SharedMemory,
  zeros,
} from '../../src/index.js';
import { reach } from '../../src/layout/layout.js';
import { overhanging, readSvg, textsOf } from '../svg.js';
import { expectThrown, wrong } from '../view/thrown.js';

const plain = { color: false, width: 80 } as const;
const svg = { format: 'svg' } as const;

function text(view: MemoryView): string {
  return explain(view, plain);
}

/** The lines of the part that begins with the fact `name`, or with the memory, or with the elements. */
function partsOf(view: MemoryView): { facts: string[]; memory: string[]; elements: string[] } {
  const [facts = '', ...rest] = text(view).split('\n\n').slice(1);
  const elements = rest.findIndex((part) => part.startsWith('elements'));
  return {
    facts: facts.split('\n'),
    memory: rest.slice(0, elements < 0 ? undefined : elements).flatMap((part) => part.split('\n')),
    elements: elements < 0 ? [] : rest[elements]!.split('\n').slice(1),
  };
}

const matrix = array(
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  'h',
);

/** The types of Node 20 do not know the second argument. */
function resizable(): ArrayBuffer {
  return Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]);
}

/** One view of each kind. */
const views: Record<string, () => MemoryView> = {
  matrix: () => matrix,
  transposed: () => matrix.T,
  'negative strides': () => matrix.slice('::-1, ::-2'),
  broadcast: () => array([1, 2, 3]).broadcastTo([4, 3]),
  'a long broadcast': () => zeros([], 'B').broadcastTo([2 ** 20, 2 ** 30]),
  windows: () => array([1, 2, 3, 4, 5], 'B').windows(3),
  overlapping: () => memoryview(new Uint8Array(12), { format: 'd', shape: [5], strides: [1] }),
  records: () => zeros(3, 'T{b:tag:i:value:T{h:x:d:y:}:p:(2)B:xy:}'),
  field: () => zeros(3, 'T{b:tag:i:value:}').field('value'),
  sequence: () => zeros(2, '2h3i'),
  'sub-arrays': () => zeros(2, '(2,3)B'),
  complex: () => zeros(2, 'Zd'),
  'UCS-4': () => array(['Ω\u0301', '日本'], '2w'),
  undecodable: () => memoryview(Buffer.alloc(16), { format: 'O' }),
  'read-only': () => matrix.toReadonly(),
  'size 0': () => zeros([2, 0, 3], 'd'),
  'no bytes': () => memoryview(new Uint8Array(0)),
  '0-d': () => zeros([], 'i'),
  'network order': () => memoryview(new Uint16Array([1, 256])).newByteOrder('>'),
  'a string': () => memoryview(buffer('hé')),
  'a resizable buffer': () => memoryview(resizable()),
  'a SharedArrayBuffer': () => memoryview(new SharedArrayBuffer(8), { format: 'd' }),
  'three dimensions': () => zeros([2, 3, 4], 'B').slice('::-1'),
  'an image': () => zeros([480, 640, 3], 'B'),
  'a column': () => zeros([1000, 1000]).slice(':, 7'),
  'five dimensions': () => zeros([2, 2, 2, 2, 2], 'h'),
  '64 dimensions': () =>
    zeros(1, 'B').broadcastTo([...new Array<number>(50).fill(2), ...new Array<number>(14).fill(1)]),
  indirect: () => MemoryView.indirect([Buffer.from('abcd'), Buffer.from('efgh')]),
  'an indirect view of matrices': () => MemoryView.indirect([matrix, matrix]),
  'an indirect part': () => MemoryView.indirect([matrix, matrix]).slice('None, ::-1, 0'),
  'many rows': () => MemoryView.indirect(Array.from({ length: 30 }, () => new Float32Array(2))),
  'a long item': () => zeros(2, '100000s'),
  'many values an item': () => zeros(1, '(1000000,0)iB'),
  'many fields': () => zeros(1, `T{${Array.from({ length: 600 }, (_, i) => `b:f${i}:`).join('')}}`),
};

describe('explain as text', () => {
  it('tells memory, place, axes, bytes and elements', () => {
    expect(text(matrix.T)).toBe(`MemoryView "h", shape (3, 2), strides (2, 6)

memory   12 bytes, native memory (heap)
view     starts at byte 0, reaches bytes 0 to 11, Fortran-contiguous
element  int16, 2 bytes, low byte first
place    [i, j] starts at byte 0 + 2·i + 6·j
axis i   3 elements, 2 bytes apart
axis j   2 elements, 6 bytes apart

   0  01 00 02 00 03 00 04 00 05 00 06 00
      ╰0,0╯ ╰1,0╯ ╰2,0╯ ╰0,1╯ ╰1,1╯ ╰2,1╯

elements, each with @ the byte where it starts
         j=0      1
  i=0   1 @0    4 @6
    1   2 @2    5 @8
    2   3 @4    6 @10`);
  });

  it('leaves bytes out that the view does not take, and walks backwards', () => {
    const { facts, memory, elements } = partsOf(matrix.slice('::-1, ::2'));
    expect(facts).toContain('place    [i, j] starts at byte 6 − 6·i + 4·j');
    expect(facts).toContain('axis i   2 elements, 6 bytes apart, backwards');
    expect(memory).toEqual([
      '   0  01 00 ·· ·· 03 00 04 00 ·· ·· 06 00',
      '      ╰1,0╯       ╰1,1╯ ╰0,0╯       ╰0,1╯',
      '  ·· not of this view',
    ]);
    expect(elements.slice(1)).toEqual(['  i=0   4 @6    6 @10', '    1   1 @0    3 @4']);
  });

  it('tells apart padding, fields and elements of records', () => {
    const { facts, memory } = partsOf(zeros(1, 'T{b:tag:i:value:T{h:x:d:y:}:p:}').toReadonly());
    expect(facts.slice(-5)).toEqual([
      '.tag     "b", 1 byte at 0',
      '.value   "i", 4 bytes at 4',
      '.p.x     "h", 2 bytes at 8',
      '.p.y     "d", 8 bytes at 16',
      'padding  9 bytes of each element that no field takes',
    ]);
    expect(memory).toEqual([
      '   0  00 ░░ ░░ ░░ 00 00 00 00 00 00 ░░ ░░ ░░ ░░ ░░ ░░ 00 00 00 00 00 00 00 00',
      '      ╰───────────────────────────────── 0 ─────────────────────────────────╯',
      '      t…          ╰─ value ─╯ ╰p.x╯                   ╰──────── p.y ────────╯',
      '  ░░ padding',
    ]);
  });

  it('counts the elements that share bytes, and shows windows over one another', () => {
    expect(partsOf(array([1, 2, 3]).broadcastTo([4, 3])).memory[1]).toBe(
      '      ╰────── 0,0 ×4 ───────╯ ╰────── 0,1 ×4 ───────╯ ╰────── 0,2 ×4 ───────╯',
    );
    expect(partsOf(array([1, 2, 3, 4, 5], 'B').windows(3)).memory.slice(0, 5)).toEqual([
      '  0  01     02     03     04     05',
      '     ╰0,0─╯ 0,1 ×2 0,2 ×3 1,2 ×2 ╰2,2─╯',
      '     ╰────── [0] ───────╯',
      '            ╰────── [1] ───────╯',
      '                   ╰────── [2] ───────╯',
    ]);
  });

  it('shows in which order the bytes of a number are', () => {
    const network = partsOf(memoryview(new Uint16Array([1, 256])).newByteOrder('>'));
    expect(network.facts).toContain('element  uint16, 2 bytes, high byte first');
    expect(network.memory[0]).toBe('  0  01 00 00 01');
    expect(network.elements[1]).toBe('  256 @0     1 @2');
  });

  it('says whose the memory is', () => {
    using labelled = allocate(8, { label: 'samples' });
    using shared = SharedMemory.create({ size: 8 });
    shared.unlink();
    const owners = {
      '8 bytes, native memory (heap "samples")': labelled.view(),
      [`8 bytes, native memory (shared "${shared.name}")`]: shared.view(),
      "8 bytes, the engine's (Float64Array)": memoryview(new Float64Array(1)),
      "3 bytes, a string's": memoryview(buffer('hé')),
    };
    for (const [owner, view] of Object.entries(owners)) {
      expect(partsOf(view).facts[0]).toBe(`memory   ${owner}`);
    }
    expect(text(matrix.toReadonly())).toMatch(/^MemoryView .*, read-only\n/);
  });

  it('says of a view of size 0 that it takes nothing, and of one of no dimension where it is', () => {
    expect(partsOf(memoryview(new Uint8Array(4)).slice('2:2'))).toEqual({
      facts: [
        "memory   4 bytes, the engine's (Uint8Array)",
        'view     has no elements, so it takes no bytes',
        'element  uint8, 1 byte',
        'axis i   0 elements',
      ],
      memory: ['  0  ·· ·· ·· ··', '  ·· not of this view'],
      elements: [],
    });
    expect(text(memoryview(new Uint8Array(0)))).toContain('the memory has no bytes');
    expect(partsOf(matrix.slice(1, 1))).toMatchObject({
      memory: [
        '   0  ·· ·· ·· ·· ·· ·· ·· ·· 05 00 ·· ··',
        '                              ╰()─╯',
        '  ·· not of this view',
      ],
      elements: ['  5 @8'],
    });
  });

  it('draws each row of an indirect view in memory of its own', () => {
    const { facts, memory, elements } = partsOf(
      MemoryView.indirect([Buffer.from('abc'), array([1, 2, 3], 'B')]).slice('::-1, 1:'),
    );
    expect(facts[0]).toBe('memory   2 rows, each in memory of its own');
    expect(facts).toContain('place    [i, j] starts at 1 + 1·j after the start of row i');
    expect(memory.filter((line) => !line.includes('not of'))).toEqual([
      'i=0: 3 bytes, native memory (heap)',
      '  0  ·· 02 03',
      '        0  1',
      "i=1: 3 bytes, the engine's (Buffer)",
      '  0  ·· 62 63',
      '        0  1',
    ]);
    expect(elements.slice(1)).toEqual(['  i=0    2 @1    3 @2', '    1   98 @1   99 @2']);
    expect(text(views['many rows']!())).toContain('… 24 more rows in between');
  });

  it('has no grid above three dimensions, and says how to get one', () => {
    const { facts, memory, elements } = partsOf(zeros([2, 2, 2, 2, 2], 'h'));
    expect(facts.slice(-2).join(' ')).toMatch(/^grid .*not drawn above 3 dimensions.*view\.slice\(0\)$/);
    expect(memory[1]).toContain('0,0,0,0,1');
    expect(elements).toEqual([]);
  });

  it('shortens a large view, at no more cost than a small one', () => {
    const nbytes = 2 ** 30;
    using memory = allocate(nbytes);
    const before = process.memoryUsage.rss();
    const picture = text(memory.view('d', [2 ** 13, 2 ** 14]));
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 26);
    expect(picture.split('\n').length).toBeLessThan(50);
    expect(picture).toContain('1,073,741,824 bytes');
    expect(picture).toContain(`0 @${nbytes - 8}`);
    expect(picture).toMatch(/… {2}1,0\d\d,\d\d\d,\d\d\d bytes/);
  });

  it('shortens long elements that overlap, and keeps both ends of them', () => {
    const memory = new Uint8Array(1120);
    const layout = { format: '1000x', shape: [5, 5, 1], strides: [-6, -24, 0], byteOffset: 120 };
    const alone = explain(memoryview(memory, layout), { color: false, width: 40 }).split('\n');
    expect(alone.length).toBeLessThan(160);
    expect(alone.filter((line) => /^ +\d+ {2}00 00/.test(line)).map((line) => parseInt(line, 10))).toEqual([
      0, 11, 22, 33, 44, 1091, 1102, 1113,
    ]);
    expect(alone.filter((line) => /^ +… /.test(line))).toEqual(['     …  1,036 bytes']);
    expect(alone.join('\n')).toMatch(/╰─+ 4,4,0 ─/);
    expect(alone.join('\n')).toMatch(/─ 0,0,0 ─+╯/);

    const row = memoryview(memory, { format: '1000x', shape: [8], strides: [-1], byteOffset: 120 });
    const rows = MemoryView.indirect(new Array(8).fill(row));
    const several = explain(rows, { color: false, width: 40 }).split('\n');
    expect(several.length).toBeLessThan(400);
    expect(several.filter((line) => /^i=\d: /.test(line))).toHaveLength(8);
  });

  it('changes with the memory and with nothing else', () => {
    const make = (): MemoryView => array([1, 2], 'h');
    expect(text(make())).toBe(text(make()));
    const view = make();
    view.set(0, 9);
    expect(text(view)).not.toBe(text(make()));
  });

  it('is as coloured as it is asked to be, and says the same', () => {
    for (const make of Object.values(views)) {
      const colored = explain(make(), { color: true, width: 80 });
      expect(colored).toContain('\u001b[1m');
      expect(stripVTControlCharacters(colored).replaceAll(/ +$/gm, '')).toBe(text(make()));
    }
    expect(text(matrix)).not.toContain('\u001b');
    // Standard output of tests is no terminal.
    expect(explain(matrix)).toBe(text(matrix));
  });

  it('takes width and colour of the terminal where it is not told otherwise', () => {
    const stdout = Object.getOwnPropertyDescriptor(process, 'stdout')!;
    const pretend = (terminal: object): string => {
      Object.defineProperty(process, 'stdout', { configurable: true, get: () => terminal });
      try {
        return explain(matrix);
      } finally {
        Object.defineProperty(process, 'stdout', stdout);
      }
    };
    const wide = pretend({ isTTY: true, columns: 120, hasColors: () => true });
    expect(wide).toBe(explain(matrix, { color: true, width: 120 }));
    expect(pretend({ isTTY: true, columns: 50, hasColors: () => false })).toBe(
      explain(matrix, { color: false, width: 50 }),
    );
    expect(pretend({ isTTY: true, columns: 3 })).toBe(explain(matrix, { color: false, width: 40 }));
    expect(pretend({ columns: 5000, hasColors: () => true })).toBe(
      explain(matrix, { color: false, width: 1000 }),
    );
    expect(explain(matrix, svg)).toBe(explain(matrix, { ...svg, color: true, width: 80 }));
  });

  it('keeps to the width', () => {
    for (const [name, make] of Object.entries(views)) {
      for (const width of [40, 61, 80, 200]) {
        for (const line of explain(make(), { color: false, width }).split('\n')) {
          expect(columnCount(line), `${name} at ${width}: ${line}`).toBeLessThanOrEqual(width);
          expect(line).toBe(line.trimEnd());
        }
      }
    }
  });
});

describe('explain as SVG', () => {
  for (const [name, make] of Object.entries(views)) {
    it(`draws ${name} well-formed and within its edges`, () => {
      for (const width of [40, 80, 120]) {
        const picture = explain(make(), { ...svg, width });
        const [root, title, ground] = readSvg(picture);
        expect(root).toMatchObject({ name: 'svg', attributes: { xmlns: 'http://www.w3.org/2000/svg' } });
        expect(title!.text).toMatch(/^MemoryView "/);
        expect(ground!.attributes.fill).toBe('#ffffff');
        expect(overhanging(picture)).toEqual([]);
        expect(picture.length).toBeLessThan(60_000);
      }
    });
  }

  it('keeps the strides over its arrows within its edges', () => {
    const wide = memoryview(new Uint8Array(8).fill(0x4e), { format: '2u', shape: [1, 2], strides: [0, 2] });
    const far = memoryview(new Uint8Array(1_000_100), { format: '18s', shape: [2], strides: [1_000_000] });
    for (const made of [MemoryView.indirect([wide, wide, wide]), far]) {
      const picture = explain(made, { ...svg, width: 40 });
      expect(textsOf(picture).filter((text) => /^\+[\d,]+ bytes$/.test(text))).not.toEqual([]);
      expect(overhanging(picture)).toEqual([]);
    }
  });

  it('has the same facts as the text', () => {
    const texts = textsOf(explain(matrix.slice('::-1, ::2'), svg));
    for (const part of [
      'MemoryView "h", shape (2, 2), strides (-6, 4)',
      '[i, j] starts at byte 6 − 6·i + 4·j',
      '1,0',
      '−6 bytes',
      '+4 bytes',
      'i=0',
      '@10',
      '06',
    ]) {
      expect(texts).toContain(part);
    }
  });

  it('gives elements on the same bytes the same colour', () => {
    const boxes = readSvg(explain(array([1, 2], 'B').broadcastTo([3, 2]), svg)).filter(
      ({ name, attributes }) => name === 'rect' && attributes.rx === '3',
    );
    const fills = boxes.map(({ attributes }) => attributes.fill);
    expect(fills).toEqual([fills[0], fills[1], fills[0], fills[1], fills[0], fills[1]]);
    expect(fills[0]).not.toBe(fills[1]);
  });

  it('is grey where colour is not wanted', () => {
    const colors = explain(matrix, { ...svg, color: false }).match(/#[0-9a-f]{6}/g)!;
    const saturation = (color: string): number => {
      const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
      return Math.max(...parts) - Math.min(...parts);
    };
    expect(Math.max(...colors.map(saturation))).toBeLessThan(24);
    expect(
      Math.max(
        ...explain(matrix, svg)
          .match(/#[0-9a-f]{6}/g)!
          .map(saturation),
      ),
    ).toBeGreaterThan(100);
  });

  it('is well-formed whatever names and labels users choose', () => {
    const hostile = '</svg><script>"&\'\u0000\u001b[31m\ud800\u202e日本';
    using memory = allocate(8, { label: hostile });
    const view = memory.view(`T{i:${hostile.replace('\u0000', '').replace('\ud800', '')}:i:b&c:}`);
    const texts = textsOf(explain(view, svg)).join('\n');
    expect(texts).toContain('</svg><script>');
    expect(texts).toContain('\\u{1b}[31m');
    expect(explain(view, plain)).not.toMatch(/[^\P{C}\n]/u);
    class Évil extends Uint8Array {}
    Object.defineProperty(Évil, 'name', { value: hostile });
    readSvg(explain(memoryview(new Évil(4)), svg));
    const letters = fc.array(fc.string({ unit: 'binary', maxLength: 9 }), { maxLength: 2 });
    fc.assert(
      fc.property(letters, ([name = 'a', value = '']) => {
        const field = `${name.replaceAll(/[:\0]/g, '')}f`;
        const made = zeros(1, `T{8w:${field}:}`);
        made.set(0, {
          [field]: [...value]
            .slice(0, 8)
            .join('')
            .replaceAll(/[\ud800-\udfff]/g, ''),
        });
        expect(overhanging(explain(made, svg))).toEqual([]);
        expect(explain(made, plain)).not.toMatch(/[^\P{C}\n]/u);
      }),
      { numRuns: 50 },
    );
  });
});

describe('any view of any format', () => {
  const formats = [
    ...[
      'b',
      '<i',
      '>h',
      '!d',
      '4s',
      '7p',
      'Zd',
      '2u',
      '3w',
      '2h3i',
      '(2,3)B',
      'O',
      'X{}',
      '1000x',
      '300s',
      '?',
    ],
    ...[
      'T{<h:a:>h:b:}',
      'T{T{b:u:h:v:}:in:(2)f:w:}',
      'T{ii}',
      'T{3x:pad:b:y:}',
      '200b',
      'T{(2,0)i:none:b:y:}',
    ],
    'T{(3)T{b:a:i:b:}:rec:h:z:}',
  ] as const;
  const axis = fc.record({
    length: fc.integer({ min: 0, max: 20 }),
    stride: fc.integer({ min: -30, max: 30 }),
  });

  it('is drawn within its width and its edges, in not too many lines', () => {
    const dims = fc.array(axis, { maxLength: 4 });
    const format = fc.constantFrom(...formats);
    const width = fc.constantFrom(40, 57, 80, 150);
    fc.assert(
      fc.property(format, dims, width, fc.boolean(), (format, dims, width, isIndirect) => {
        const shape = dims.map(({ length }) => length);
        const strides = dims.map(({ stride }) => stride);
        const { itemsize } = formatInfo(format);
        const { low, high } = reach({ offset: 0, shape, strides }, itemsize);
        const bytes = new Uint8Array(high - low).map((_, i) => i * 37);
        const whole = memoryview(bytes, { format, shape, strides, byteOffset: -low });
        const view = isIndirect ? MemoryView.indirect([whole, whole, whole]).slice('::-1') : whole;
        const lines = explain(view, { color: false, width }).split('\n');
        expect(Math.max(...lines.map(columnCount))).toBeLessThanOrEqual(width);
        expect(lines.length).toBeLessThan(260);
        expect(overhanging(explain(view, { ...svg, width }))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('explain', () => {
  it('takes only views, and says how to make one', () => {
    for (const given of [
      undefined,
      null,
      1,
      'x',
      {},
      new Uint8Array(2),
      new Proxy(matrix, {}),
      Object.create(matrix),
    ]) {
      expectThrown(
        () => explain(wrong(given)),
        'ERR_INVALID_ARG',
        /^explain: .*expected a MemoryView; memoryview\(\)/,
      );
    }
  });

  it('names the nearest right option, and the possible formats', () => {
    expectThrown(() => explain(matrix, wrong({ fromat: 'svg' })), 'ERR_INVALID_ARG', 'did you mean "format"');
    expectThrown(() => explain(matrix, wrong({ colour: true })), 'ERR_INVALID_ARG', 'did you mean "color"');
    expectThrown(() => explain(matrix, wrong({ format: 'SVG' })), 'ERR_OUT_OF_RANGE', '"text", "svg"');
    expectThrown(() => explain(matrix, wrong({ format: 1 })), 'ERR_INVALID_ARG', 'expected a string');
    expectThrown(() => explain(matrix, wrong({ color: 1 })), 'ERR_INVALID_ARG', 'expected true or false');
    expectThrown(() => explain(matrix, wrong({ width: '80' })), 'ERR_INVALID_ARG', 'expected an integer');
    expectThrown(() => explain(matrix, { width: 39 }), 'ERR_OUT_OF_RANGE', '39 given, expected 40 to 1000');
    expectThrown(() => explain(matrix, { width: 1001 }), 'ERR_OUT_OF_RANGE');
    expectThrown(() => explain(matrix, wrong('svg')), 'ERR_INVALID_ARG', 'expected an object');
  });

  it('refuses a view that has ended, also while its options are read', () => {
    const released = zeros(2);
    released.release();
    expectThrown(() => explain(released), 'ERR_RELEASED');
    const memory = allocate(8);
    const view = memory.view();
    const options = {
      get width() {
        memory.release();
        return 80;
      },
    };
    expectThrown(() => explain(view, options), 'ERR_RELEASED');
    const rows = [new Uint8Array(2), new Uint8Array(2)];
    const indirect = MemoryView.indirect(rows);
    structuredClone(rows[1], { transfer: [rows[1]!.buffer] });
    expectThrown(() => explain(indirect), 'ERR_RELEASED');
  });

  it('looks at views over memory that is not initialised or ends in the middle of an element', () => {
    expect(text(empty(3))).toContain('24 bytes');
    expect(text(memoryview(new Uint8Array(11), { format: 'i', shape: [2], byteOffset: 3 }))).toContain(
      'starts at byte 3',
    );
  });
});
