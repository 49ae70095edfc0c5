/** What do records cost: decoded one by one, and one field of all of them as numbers? */
import koffi from 'koffi';
import { fromRecords, memoryview, struct } from 'memoryview';
import ndarray from 'ndarray';
import { compare } from '../harness.js';

const COUNT = 1_000_000;

export async function ask() {
  // A double, two ints and a float: 24 bytes with padding, as C lays them out.
  const size = 24;
  const bytes = Buffer.alloc(COUNT * size);
  for (let i = 0; i < COUNT; i++) {
    bytes.writeDoubleLE(i + 0.5, i * size);
    bytes.writeInt32LE(i, i * size + 8);
    bytes.writeInt32LE(-i, i * size + 12);
    bytes.writeFloatLE(i / 4, i * size + 16);
  }
  let _total = 0;
  const record = koffi.struct({ x: 'double', a: 'int', b: 'int', f: 'float' });
  await compare(
    17,
    'struct.iterUnpack of 10^6 records of 4',
    (n) => {
      for (let i = 0; i < n; i++)
        for (const values of struct.iterUnpack('diif4x', bytes)) _total += values[1];
    },
    [
      {
        name: 'koffi.decode of struct[10^6]',
        bar: 0.3,
        run: (n) => {
          for (let i = 0; i < n; i++)
            for (const values of koffi.decode(bytes, record, COUNT)) _total += values.a;
        },
      },
    ],
  );

  const view = memoryview(bytes, { format: 'T{d:x:i:a:i:b:f:f:4x}' });
  const field = view.field('x');
  const typed = new Float64Array(bytes.buffer, bytes.byteOffset, (COUNT * size) / 8);
  const scijs = ndarray(typed, [COUNT], [size / 8]);
  await compare(
    17,
    "sum over field('x') of 10^6 records",
    (n) => {
      for (let t = 0; t < n; t++) {
        let sum = 0;
        for (let i = 0; i < COUNT; i++) sum += field.get(i);
        _total += sum;
      }
    },
    [
      {
        name: 'scijs on the same memory',
        bar: 1.2,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (let i = 0; i < COUNT; i++) sum += scijs.get(i);
            _total += sum;
          }
        },
      },
    ],
  );

  // The reader is a parameter of the function, as in question 03.
  const summed = (reader) => {
    let sum = 0;
    for (let i = 0; i < COUNT; i++) sum += reader.get(i);
    return sum;
  };
  const reader = field.reader();
  await compare(
    17,
    "sum over field('x').reader() of 10^6 records",
    (n) => {
      for (let t = 0; t < n; t++) _total += summed(reader);
    },
    [
      {
        name: 'scijs on the same memory',
        bar: 1.2,
        run: (n) => {
          for (let t = 0; t < n; t++) {
            let sum = 0;
            for (let i = 0; i < COUNT; i++) sum += scijs.get(i);
            _total += sum;
          }
        },
      },
    ],
  );

  await compare(
    '17c',
    'fromRecords: 4 columns of 10^6 records',
    (n) => {
      for (let t = 0; t < n; t++) for (const column of Object.values(fromRecords(view))) column.obj.release();
    },
    [
      {
        name: 'numpy, a contiguous copy of each field',
        bar: 1,
        python: {
          setup:
            "a = np.zeros(1000000, np.dtype([('x','d'),('a','i'),('b','i'),('f','f')], align=True))\na['x'] = 1",
          run: '[np.ascontiguousarray(a[k]) for k in a.dtype.names]',
        },
      },
      {
        name: 'memcpy of the records into fresh memory',
        bar: null,
        run: (n) => {
          for (let t = 0; t < n; t++) view.copy().obj.release();
        },
      },
    ],
  );

  const six = Buffer.alloc(100_000 * struct.calcsize('<Bhifdq'), 1);
  await compare(
    '17b',
    'struct.iterUnpack of 100,000 records of 6',
    (n) => {
      for (let i = 0; i < n; i++) for (const values of struct.iterUnpack('<Bhifdq', six)) _total += values[2];
    },
    [
      {
        name: 'CPython struct.iter_unpack',
        bar: 0.5,
        python: {
          setup:
            'b = b"\\x01" * (100000 * struct.calcsize("<Bhifdq"))\ndef use():\n    t = 0\n    for v in struct.iter_unpack("<Bhifdq", b):\n        t += v[2]\n    return t',
          run: 'use()',
        },
      },
    ],
  );
}
