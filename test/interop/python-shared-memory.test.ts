/** One SharedMemory, numpy on the other side: both directions, several types, a gigabyte, and who unlinks what. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { type MemoryView, memoryview, SharedMemory } from '../../src/index.js';
import { outputOfPython, python, testWithPython } from './python.js';

let names = 0;
const unique = (): string => `mv-py-${process.pid}-${names++}`;

/** Python opens, and leaves the name to the process that created it. */
const OPEN = `
import sys, numpy as np
from multiprocessing import shared_memory, resource_tracker
def opened(name):
    try:
        return shared_memory.SharedMemory(name=name, track=False)
    except TypeError:  # before 3.13 the tracker unlinks at exit what was merely opened
        shm = shared_memory.SharedMemory(name=name)
        resource_tracker.unregister(shm._name, 'shared_memory')
        return shm
`;

const CASES = [
  { what: 'float64 1000 × 1000', dtype: "'<f8'", format: 'd', shape: [1000, 1000], order: 'C' },
  { what: 'Fortran order', dtype: "'<f4'", format: 'f', shape: [300, 20], order: 'F' },
  { what: 'big endian', dtype: "'>i4'", format: '>i', shape: [50, 7], order: 'C' },
  {
    what: 'a structured dtype',
    dtype: "[('a', '<i4'), ('b', '>f8', (2,)), ('c', 'S3')]",
    format: 'T{<i:a:(2)>d:b:3s:c:}',
    shape: [40],
    order: 'C',
  },
] as const;

function stridesOf(shape: readonly number[], itemsize: number, order: 'C' | 'F'): number[] {
  const axes = order === 'C' ? [...shape.keys()].reverse() : [...shape.keys()];
  const strides = new Array<number>(shape.length);
  let stride = itemsize;
  for (const axis of axes) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Some elements, with their places, as both sides make them from an index. */
function value(format: string, i: number): unknown {
  return format.startsWith('T') ? { a: i, b: [i / 2, -i], c: Buffer.from(`${i % 10}xy`) } : i;
}

for (const { what, dtype, format, shape, order } of CASES) {
  const itemsize = memoryview(Buffer.alloc(64), { format, shape: [1] }).itemsize;
  const size = shape.reduce((product, length) => product * length, itemsize);
  const array = `np.ndarray(${JSON.stringify(shape)}, np.dtype(${dtype}), shm.buf, order='${order}')`;
  const viewOf = (shm: SharedMemory): MemoryView =>
    memoryview(shm, { format, shape, strides: stridesOf(shape, itemsize, order) });
  const fill = format.startsWith('T')
    ? 'for i in range(a.size): a[i] = (i, (i / 2, -i), str(i % 10) + "xy")'
    : 'a[...] = np.arange(a.size).reshape(a.shape)';
  const check = format.startsWith('T')
    ? 'all(a[i] == np.array((i, (i / 2, -i), str(i % 10) + "xy"), a.dtype) for i in range(a.size))'
    : '(a == np.arange(a.size).reshape(a.shape)).all()';
  const flat = (view: MemoryView): MemoryView[] | null =>
    view.ndim === 1 ? null : ([...view] as MemoryView[]);
  const write = (view: MemoryView): void => {
    const rows = flat(view);
    if (rows === null) for (let i = 0; i < view.length; i++) view.set(i, value(format, i));
    else
      rows.forEach((row, r) => {
        for (let i = 0; i < row.length; i++) row.set(i, r * row.length + i);
      });
  };
  const holds = (view: MemoryView): boolean => {
    const rows = flat(view);
    if (rows === null) {
      return Array.from({ length: view.length }, (_, i) => i).every((i) =>
        same(view.get(i), value(format, i)),
      );
    }
    return rows.every((row, r) =>
      Array.from({ length: row.length }, (_, i) => i).every((i) => row.get(i) === r * row.length + i),
    );
  };

  testWithPython(`${what}: created and read by Python, written here`, () => {
    const shm = SharedMemory.create({ name: unique(), size });
    write(viewOf(shm));
    expect(
      outputOfPython(
        `${OPEN}
shm = opened(sys.argv[1]); a = ${array}
print(shm.size, bool(${check})); del a; shm.close()`,
        [shm.name],
      ),
    ).toBe(`${size} True`);
    shm.unlink();
  });

  testWithPython(`${what}: written by Python, read here`, async () => {
    const name = unique();
    const child = spawn(
      python!,
      [
        '-c',
        `${OPEN}
shm = shared_memory.SharedMemory(name=sys.argv[1], create=True, size=${size}); a = ${array}
${fill}
print('written', flush=True); sys.stdin.readline()
print(a.reshape(-1)[0].item() if a.dtype.names is None else a[0]['a'].item(), flush=True); del a
sys.stdin.readline(); shm.close(); shm.unlink()`,
        name,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('written');
    const shm = SharedMemory.open(name);
    expect(shm.size).toBe(size);
    const view = viewOf(shm);
    expect(holds(view)).toBe(true);
    if (view.ndim === 1) view.set(0, { ...(view.get(0) as object), a: 77 });
    else view.set(0, 0, 77);
    child.stdin.write('\n');
    expect(Number((await lines.next()).value)).toBe(77);
    child.stdin.end('\n');
    await ended;
    expect(existsSync(`/dev/shm/${name}`)).toBe(false);
    expect(viewOf(shm).get(...shape.map(() => 0))).not.toBeUndefined();
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A line of /proc/self/status in MiB. */
function residentMiB(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

testWithPython(
  'a gigabyte is opened here without moving a byte',
  async () => {
    const name = unique();
    const child = spawn(
      python!,
      [
        '-c',
        `
import sys
from multiprocessing import shared_memory
import numpy as np
shm = shared_memory.SharedMemory(name=sys.argv[1], create=True, size=10**9)
a = np.ndarray((10**9 // 8,), 'f8', shm.buf); a[::512] = 3.5
print('written', flush=True); sys.stdin.readline(); print(a[-1], flush=True)
del a; shm.close(); shm.unlink()`,
        name,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const before = residentMiB();
    const start = performance.now();
    const shm = SharedMemory.open(name);
    const view = shm.view('d');
    const took = performance.now() - start;
    expect(view.shape).toEqual([125_000_000]);
    expect(view.get(512 * 1000)).toBe(3.5);
    view.set(-1, 9.5);
    console.log(
      `1 GB: opened and viewed in ${took.toFixed(2)} ms, resident size grew by ${(residentMiB() - before).toFixed(1)} MiB`,
    );
    expect(residentMiB() - before).toBeLessThan(50);
    child.stdin.end('\n');
    expect((await lines.next()).value).toBe('9.5');
    await ended;
    shm.release();
  },
  60_000,
);

testWithPython('a name without one is generated so that Python opens it', () => {
  const shm = SharedMemory.create({ size: 100 });
  expect(
    outputOfPython(`${OPEN}\nshm = opened(sys.argv[1]); shm.buf[0] = 7; print(shm.name, shm.size)`, [
      shm.name,
    ]),
  ).toBe(`${shm.name} 100`);
  expect(shm.view().get(0)).toBe(7);
  shm.unlink();
});

testWithPython(
  'a Python before 3.13 that merely opened memory unlinks its name at exit; the memory stays here',
  () => {
    const shm = SharedMemory.create({ size: 100 });
    const [major, minor] = outputOfPython(
      `import sys\nfrom multiprocessing import shared_memory\nshared_memory.SharedMemory(name=sys.argv[1]).close()
print(*sys.version_info[:2])`,
      [shm.name],
    )
      .split(' ')
      .map(Number);
    const tracked = major === 3 && minor! < 13;
    for (let i = 0; i < 100 && tracked && existsSync(`/dev/shm/${shm.name}`); i++) {
      // The tracker is a process of its own, which ends after its parent.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
    expect(existsSync(`/dev/shm/${shm.name}`)).toBe(!tracked);
    shm.view().set(0, 5);
    expect(shm.view().get(0)).toBe(5);
  },
);
