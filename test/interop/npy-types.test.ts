/** The types that .npy headers name, as numpy reads and writes them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { allocate, array, attach, memoryview, type NativeMemory, zeros } from '../../src/index.js';
import { loadNpy, saveNpy } from '../../src/interop/npy.js';
import { thrown } from '../memory/thrown.js';
import { outputOfPython, testWithPython } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'memoryview-npy-types-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with that header, all of it or its descriptor alone, and room for the data. */
function npy(header: string, data: Uint8Array = Buffer.alloc(128), shape = '(1,)'): Buffer {
  const whole = header.startsWith('{')
    ? header
    : `{'descr': ${header}, 'fortran_order': False, 'shape': ${shape}, }`;
  const text = Buffer.from(whole, 'latin1');
  const prologue = Buffer.from('\x93NUMPY\x01\0\0\0', 'latin1');
  prologue.writeUInt16LE(text.length, 8);
  return Buffer.concat([prologue, text, data]);
}

/** The descriptor in the header of a file that was saved. */
function descrOf(path: string): string {
  return /'descr': (.*), 'fortran_order'/.exec(readFileSync(path, 'latin1'))?.[1] ?? '';
}

/** Saves what was loaded, and gives the descriptor that it has then. */
function savedAgain(header: string, data?: Uint8Array): string {
  const path = join(folder, 'again.npy');
  saveNpy(path, loadNpy(npy(header, data)));
  return descrOf(path);
}

describe('a descriptor', () => {
  test.each([
    ["[('c', ('<f8', (5,)), (2,))]", 'T{(2)(5)<d:c:}', "[('c', ('<f8', (5,)), (2,))]"],
    ["[('c', (('u1', (2, 3)), 2), (3,))]", 'T{(3)(2)(2,3)<B:c:}', "[('c', (('|u1', (2, 3)), (2,)), (3,))]"],
    ["[('a', ('<f4', (2,)))]", 'T{(2)<f:a:}', "[('a', '<f4', (2,))]"],
    ["[('a', ('<f4', {'unit': 'm', 'scale': 1.5e-3}))]", 'T{<f:a:}', "[('a', '<f4')]"],
    ["[('a', '<f4', 2)]", 'T{(2)<f:a:}', "[('a', '<f4', (2,))]"],
    ["[['a', '<f4', [2]]]", 'T{(2)<f:a:}', "[('a', '<f4', (2,))]"],
    ["[('a:b', '<f8')]", 'T{<d:a\\:b:}', "[('a:b', '<f8')]"],
    ["[('a\\\\', '<f8')]", 'T{<d:a\\\\:}', "[('a\\\\', '<f8')]"],
    ["[(('title', 'a'), '<f8')]", 'T{<d:a\\=title:}', "[(('title', 'a'), '<f8')]"],
    ["[('', '|V2'), ('v', '|V3')]", 'T{<2x<3x:v:}', "[('', '|V2'), ('v', '|V3')]"],
    ["[('a', '<f4', (0,)), ('b', '<i4')]", 'T{(0)<f:a:<i:b:}', "[('a', '<f4', (0,)), ('b', '<i4')]"],
    ["[('a', '|S0'), ('b', '<i4')]", 'T{<0s:a:<i:b:}', "[('a', '|S0'), ('b', '<i4')]"],
    ["[('id', '<i4'), ('t', '>M8[ns]')]", 'T{<i:id:>q:t:}', "[('id', '<i4'), ('t', '>M8[ns]')]"],
    [
      "'f2, (2,3)>i4, 3u1'",
      'T{<e:f0:(2,3)>i:f1:(3)<B:f2:}',
      "[('f0', '<f2'), ('f1', '>i4', (2, 3)), ('f2', '|u1', (3,))]",
    ],
    ["('<f4', {'unit': 'm'})", 'f', "'<f4'"],
    ["'<M8[ns]'", 'q', "'<M8[ns]'"],
    ["'>m8[25s]'", '>q', "'>m8[25s]'"],
    ["'datetime64[us]'", 'q', "'<M8[us]'"],
    ["'M8'", 'q', "'<M8'"],
    ["'|V2'", '2s', "'|V2'"],
    ["'<V3'", '3s', "'|V3'"],
    ["'bfloat16'", 'bfloat16', "'|V2'"],
    ["'<f16'", 'g', "'<f16'"],
  ])('%s is format %s, and is saved as %s', (descr, format, saved) => {
    expect(loadNpy(npy(descr)).format).toBe(format);
    expect(savedAgain(descr)).toBe(saved);
  });

  test.each([
    ["'float32'", 'f'],
    ["'int64'", 'q'],
    ["'bool'", '?'],
    ["'complex64'", 'Zf'],
    ["'single'", 'f'],
    ["'double'", 'd'],
    ["'f'", 'f'],
    ["'<f'", 'f'],
    ["'>d'", '>d'],
    ["'<h'", 'h'],
    ["'?'", '?'],
    ["'|B'", 'B'],
    ["'l'", 'q'],
    ["'c'", '1s'],
    ["'S05'", '5s'],
    ["'f4,'", 'f'],
    ["u'<f4'", 'f'],
    ["'<' 'f4'", 'f'],
  ])('%s is format %s', (descr, format) => {
    expect(loadNpy(npy(descr)).format).toBe(format);
  });

  test.each([
    ["'O'", 'Python objects'],
    ["[('ok', '<i4'), ('o', ('|O', {'vlen': 1}))]", 'Python objects'],
    ["'object'", 'Python objects'],
    ["'>f16'", 'long double'],
    ["'|S0'", '0 bytes'],
  ])('%s is refused by what it is', (descr, what) => {
    const error = thrown(() => loadNpy(npy(descr)));
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', message: expect.stringContaining(what) });
  });

  test("has numpy's unit in the view's dtype, through fields, slices, threads and copies", () => {
    const view = loadNpy(
      npy("[('t', '<M8[D]', (2,))]", Buffer.from('0100000000000000ffffffffffffff7f', 'hex')),
    );
    expect(view.dtype).toBeNull();
    const days = view.field('t');
    expect([days.dtype, days.slice(0).dtype, days.copy().dtype]).toEqual(Array(3).fill('datetime64[D]'));
    expect(days.newByteOrder('>').dtype).toBe('datetime64[D]');
    expect(days.slice(0, 0).get()).toBe(1n);
    const shared = zeros(2, 'timedelta64[h]');
    const attached = attach(shared.share());
    expect([attached.format, attached.dtype]).toEqual(['q', 'timedelta64[h]']);
    (attached.obj as NativeMemory).release();
  });

  test('of void makes elements that are their bytes', () => {
    const some = loadNpy(npy("'<V2'", Buffer.from('803f0040', 'hex'), '(2,)'));
    const others = loadNpy(npy("'<V2'", Buffer.alloc(4), '(2,)'));
    expect(some.toArray()).toEqual([Buffer.from('803f', 'hex'), Buffer.from('0040', 'hex')]);
    expect(some.equals(others)).toBe(false);
    expect(some.equals(some)).toBe(true);
    expect(some.dtype).toBe('void16');
    expect(inspect(zeros(1, 'datetime64[s]'))).toContain('format "q", datetime64[s], shape (1,)');
    const record = loadNpy(npy("[('v', '|V2')]", Buffer.from('803f', 'hex')));
    expect(record.field('v').dtype).toBe('void16');
    expect(record.toArray()).toEqual([{ v: Buffer.from('803f', 'hex') }]);
  });
});

describe('a header', () => {
  test.each([
    "{u'descr': u'<f4', u'fortran_order': False, u'shape': (4,)}",
    "{'descr': r'<f4', 'fortran_order': False, 'shape': (4,)}",
    "{'descr': '<f4', # x\n 'fortran_order': False, 'shape': (4,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (0x4,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (0b1_00,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (+4, 1)}",
    "{'descr': '<' \"\"\"f4\"\"\", 'fortran_order': False, 'shape': (4,)}",
    "{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}",
    "{'descr': [('\\101\\d', '<f4')], 'fortran_order': False, 'shape': (4,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4L,)}",
  ])('is read as Python reads %j', (header) => {
    expect(loadNpy(npy(header)).length).toBe(4);
  });

  test('has the names that its escapes spell', () => {
    const view = loadNpy(npy("[('\\101\\d\\x41\\u00e9', '<f4'), (r'\\n', '<f4')]"));
    expect(view.get(0)).toEqual({ 'A\\dAé': 0, '\\n': 0 });
  });

  test.each([
    '(04,)',
    '(4.0,)',
    '(1e3,)',
    '(_4,)',
    '(4__0,)',
    '(0x,)',
    '(4, True)',
    '(--4,)',
    '(+-4,)',
    '{4}',
    'f(4)',
    "('4',)",
    '(4',
    'b(4,)',
  ])('is refused with the shape %s', (shape) => {
    expect(thrown(() => loadNpy(npy("'<f4'", undefined, shape)))).toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
    });
  });

  const near = 2 ** 20 - 200;
  test.each([
    ['digits', `(${'9'.repeat(near)},)`],
    ['zeros', `(${'0,'.repeat(near / 2)})`],
    ['lists', `[${'[],'.repeat(near / 3)}]`],
    ['keys', `{${'0:0,'.repeat(near / 4)}}`],
    ['escapes', `'${'\\x41'.repeat(near / 4)}'`],
    ['backslashes', `'${'\\\\'.repeat(near / 2)}'`],
    ['underscores', `(1${'_1'.repeat(near / 2)},)`],
    ['strings', `(${"'' ".repeat(near / 3)},)`],
    ['spaces', `${' '.repeat(near)}[1]`],
    ['comments', `${'#\n'.repeat(near / 2)}[1]`],
    ['signs', `(${'-'.repeat(near - 1)}1,)`],
    ['brackets', '['.repeat(near)],
  ])('of a megabyte of %s is refused at once', (_what, text) => {
    const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${text}, }`;
    const bytes = Buffer.from(header, 'latin1');
    const prologue = Buffer.from('\x93NUMPY\x02\0\0\0\0\0', 'latin1');
    prologue.writeUInt32LE(bytes.length, 8);
    const file = Buffer.concat([prologue, bytes]);
    const start = process.cpuUsage();
    expect(thrown(() => loadNpy(file))).toMatchObject({
      code: expect.stringMatching(/^ERR_(OUT_OF_RANGE|OUT_OF_BOUNDS|SHAPE)$/),
    });
    // At most 50 ms; quadratic time would be minutes. The time of the process, which other programs do not lengthen.
    expect(process.cpuUsage(start).user).toBeLessThan(2e6);
  });

  test('of more than a megabyte is refused', () => {
    const prologue = Buffer.from('\x93NUMPY\x02\0\0\0\0\0', 'latin1');
    prologue.writeUInt32LE(2 ** 20 + 1, 8);
    const file = Buffer.concat([prologue, Buffer.alloc(2 ** 20 + 1, ' ')]);
    expect(thrown(() => loadNpy(file))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  });
});

describe('loadNpy', () => {
  test('reads the elements in the format that it is given', () => {
    const bytes = npy("'|V2'", Buffer.from('803f0040', 'hex'), '(2,)');
    expect(loadNpy(bytes, { format: 'bfloat16' }).toArray()).toEqual([1, 2]);
    expect(loadNpy(bytes, { format: 'uint8' }).toArray()).toEqual([0x80, 0x3f, 0, 0x40]);
    expect(loadNpy(npy("'<M8[s]'"), { format: 'q' }).dtype).toBe('int64');
    expect(loadNpy(npy("'>f16'"), { format: '16s' }).shape).toEqual([1]);
    expect(thrown(() => loadNpy(bytes, { format: '3s' }))).toMatchObject({ code: 'ERR_SHAPE' });
    expect(thrown(() => loadNpy(bytes, { format: 'no' }))).toMatchObject({ code: 'ERR_FORMAT' });
  });

  test('takes the bytes of any exporter, read-only unless the mode is "r+"', () => {
    const bytes = npy("'<f8'", Buffer.from(Float64Array.of(1).buffer));
    const memory = allocate(bytes.length);
    new Uint8Array(memory.buffer).set(bytes);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const alone = new Uint8Array(bytes).buffer;
    for (const source of [
      alone,
      new DataView(alone),
      memory,
      memory.view(),
      memory.view().toReadonly(),
      shared.buffer,
    ]) {
      const view = loadNpy(source);
      expect([view.get(0), view.readonly]).toEqual([1, true]);
    }
    loadNpy(memory, { mode: 'r+' }).set(0, 2);
    expect(loadNpy(memory).get(0)).toBe(2);
    expect(thrown(() => loadNpy(memory.view().toReadonly(), { mode: 'r+' }))).toMatchObject({
      code: 'ERR_READONLY',
    });
    expect(thrown(() => loadNpy({}))).toMatchObject({
      code: 'ERR_INVALID_ARG',
      message: expect.stringMatching(/a path.*exporter/),
    });
  });
});

describe('saveNpy', () => {
  testWithPython('writes dates, voids, titles and empty fields as numpy has them', () => {
    const path = join(folder, 'all.npy');
    const format = 'T{<datetime64[ns]:t:void16:v:(0)<f:none:<i:a\\:b\\=title:}';
    saveNpy(path, zeros(2, format));
    saveNpy(join(folder, 'days.npy'), array([0, 365], 'datetime64[D]'));
    saveNpy(join(folder, 'void.npy'), memoryview(Buffer.from('abcd'), { format: 'void16' }));
    const script = `import numpy as np, sys
a, d, v = (np.load(sys.argv[1] + '/' + n + '.npy') for n in ('all', 'days', 'void'))
print(a.dtype.descr); print(d); print(v.dtype, v.tobytes())`;
    expect(outputOfPython(script, [folder]).split('\n')).toEqual([
      "[('t', '<M8[ns]'), ('v', '|V2'), ('none', '<f4', (0,)), (('title', 'a:b'), '<i4')]",
      "['1970-01-01' '1971-01-01']",
      "|V2 b'abcd'",
    ]);
  });
});
