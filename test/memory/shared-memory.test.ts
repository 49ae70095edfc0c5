/** SharedMemory: names, sizes, visibility in other processes, the end of names, and the errors, which are Node's own. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, openSync, readdirSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { NativeMemory, SharedMemory } from '../../src/index.js';
import { runScenario } from '../lifetime/child.js';
import { leaveOutOnWindows, onWindows } from '../posix.js';
import { thrown } from './thrown.js';

const createAny = (...args: unknown[]): unknown => Reflect.apply(SharedMemory.create, SharedMemory, args);
const openAny = (...args: unknown[]): unknown => Reflect.apply(SharedMemory.open, SharedMemory, args);
/** The names of this process that exist now; other tests run at the same time. */
const named = (): string[] =>
  onWindows ? [] : readdirSync('/dev/shm').filter((name) => name.endsWith(`-${process.pid}`));
/** The size that another process sees: on Windows whole pages. */
const seen = (nbytes: number): number => (onWindows ? Math.ceil(nbytes / 4096) * 4096 : nbytes);
/** A descriptor that `node:fs` knows: Deno's takes none that it did not open. */
const openAgain = (fd: number): number => openSync(`/proc/self/fd/${fd}`, 'r+');
const unique = (name: string): string => `mv-${name}-${process.pid}`;

describe('names and sizes', () => {
  test('one process opens the memory that another creates by its name, and both see every write', () => {
    const created = SharedMemory.create({ name: unique('two'), size: 10_000 });
    const opened = SharedMemory.open(unique('two'));
    expect(created).toBeInstanceOf(NativeMemory);
    expect(created.kind).toBe('shared');
    expect([created.name, created.size, created.nbytes]).toEqual([unique('two'), 10_000, 10_000]);
    expect([opened.name, opened.size]).toEqual([unique('two'), seen(10_000)]);
    expect(opened.view().count(0)).toBe(seen(10_000));
    created.view('d').set(3, 1.5);
    opened.view('d').set(4, 2.5);
    expect(opened.view('d').get(3)).toBe(1.5);
    expect(created.view('d').get(4)).toBe(2.5);
    created.unlink();
  });

  test('a generated name is Python’s: psm_ and eight hexadecimal digits', () => {
    const [a, b] = [SharedMemory.create({ size: 1 }), SharedMemory.create({ size: 1 })];
    expect(a.name).toMatch(/^psm_[0-9a-f]{8}$/);
    expect(b.name).not.toBe(a.name);
    if (!onWindows) expect(readdirSync('/dev/shm')).toContain(a.name);
    a.unlink();
    b.unlink();
  });

  test('a leading slash is kept in the name and leads to the same memory, as in Python', () => {
    const created = SharedMemory.create({ name: `/${unique('slash')}`, size: 5 });
    expect(created.name).toBe(`/${unique('slash')}`);
    created.view().set(0, 9);
    expect(SharedMemory.open(unique('slash')).view().get(0)).toBe(9);
    created.unlink();
    if (!onWindows) expect(existsSync(`/dev/shm/${unique('slash')}`)).toBe(false);
  });

  test('unlink takes the name, not the memory, and a second one is ENOENT', (context) => {
    leaveOutOnWindows(context, 'a name lives as long as its memory, and unlink does nothing');
    const created = SharedMemory.create({ name: unique('gone'), size: 5 });
    const opened = SharedMemory.open(unique('gone'));
    created.unlink();
    created.release();
    opened.view().set(0, 1);
    expect(opened.view().get(0)).toBe(1);
    expect(() => opened.unlink()).toThrowError(
      expect.objectContaining({ code: 'ENOENT', syscall: 'shm_unlink', path: unique('gone') }),
    );
    const again = SharedMemory.create({ name: unique('gone'), size: 7 });
    expect(again.view().toArray()).toEqual([0, 0, 0, 0, 0, 0, 0]);
    again.unlink();
  });

  const onlyThere = onWindows ? test : (): void => {};
  onlyThere('on Windows a name ends with the last memory of its section, and unlink does nothing', () => {
    const created = SharedMemory.create({ name: unique('last'), size: 5 });
    created.unlink();
    const opened = SharedMemory.open(unique('last'));
    created.release();
    expect(SharedMemory.open(unique('last')).nbytes).toBe(4096);
    opened.release();
  });

  test('memory opened read-only refuses writes, sees those of others, and a stray one reaches no other process', () => {
    const created = SharedMemory.create({ name: unique('ro'), size: 8192 });
    const opened = SharedMemory.open(unique('ro'), { readonly: true });
    expect(opened.readonly).toBe(true);
    expect(thrown(() => opened.view().set(0, 1))).toMatchObject({ code: 'ERR_READONLY' });
    created.view().set(0, 5);
    expect(opened.view().get(0)).toBe(5);
    new Uint8Array(opened.buffer)[8000] = 6;
    expect(created.view().get(8000)).toBe(0);
    created.unlink();
  });

  test('memory that another process made smaller reads as zeros where it is lost', (context) => {
    leaveOutOnWindows(context, 'a section keeps its size');
    const created = SharedMemory.create({ name: unique('short'), size: 100_000 });
    created.view().fill(3);
    ftruncateSync(openSync(`/dev/shm/${unique('short')}`, 'r+'), 4096);
    expect(created.view().get(99_999)).toBe(0);
    expect(created.view().get(4095)).toBe(3);
    expect(created.truncated).toBe(true);
    created.unlink();
  });
});

describe('anonymous memory', () => {
  test('has no name, leaves none behind, and its size can not be changed', () => {
    const memory = SharedMemory.create({ size: 5000, anonymous: true });
    expect(memory.name).toBe('');
    expect(named()).toEqual([]);
    memory.view().fill(1);
    if (!onWindows) {
      const fd = openAgain(memory.fd);
      expect(() => ftruncateSync(fd, 10)).toThrowError(expect.objectContaining({ code: 'EPERM' }));
      expect(() => ftruncateSync(fd, 10_000)).toThrowError(expect.objectContaining({ code: 'EPERM' }));
      closeSync(fd);
    }
    expect(thrown(() => memory.unlink())).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    const again = SharedMemory.open(memory.fd);
    again.view().set(0, 9);
    expect(memory.view().get(0)).toBe(9);
    memory.release();
    expect(memory.fd).toBe(-1);
    expect(again.view().get(1)).toBe(1);
  });

  test('a child that gets the descriptor writes into it', (context) => {
    leaveOutOnWindows(
      context,
      'a section has no descriptor; children inherit a handle, as the next test shows',
    );
    const memory = SharedMemory.create({ size: 5000, anonymous: true });
    // The form with a Buffer: Deno takes no notice of the position of a string.
    const script = 'require("fs").writeSync(3, Buffer.from("from the child"), 0, 14, 100)';
    const { status } = spawnSync(process.execPath, ['-e', script], {
      stdio: ['ignore', 'ignore', 'ignore', memory.fd],
    });
    expect(status).toBe(0);
    expect(memory.view().slice('100:114').decode()).toBe('from the child');
    const fd = openAgain(memory.fd);
    expect(writeSync(fd, Buffer.from('x'), 0, 1, 0)).toBe(1);
    closeSync(fd);
    expect(memory.view().get(0)).toBe(120);
  });
});

const onlyOnWindows = onWindows ? test : (): void => {};
onlyOnWindows('on Windows a child opens memory by the number that fd gave, and both see every write', () => {
  const memory = SharedMemory.create({ size: 5000, anonymous: true });
  memory.view().set(0, 7);
  const { answer, output } = runScenario('shared-child', [String(memory.fd)]);
  expect(answer, output).toEqual({ nbytes: 8192, first: 7, name: '' });
  expect(memory.view().slice('100:114').decode()).toBe('from the child');
  const { fd } = memory;
  memory.release();
  expect(thrown(() => SharedMemory.open(fd))).toMatchObject({ code: 'EBADF' });
});

describe('refusals', () => {
  test.each([
    [[], 'ERR_INVALID_ARG'],
    [[{}], 'ERR_INVALID_ARG'],
    [[{ size: 0 }], 'ERR_OUT_OF_RANGE'],
    [[{ size: -1 }], 'ERR_OUT_OF_RANGE'],
    [[{ size: 1.5 }], 'ERR_INVALID_ARG'],
    [[{ size: Number.MAX_SAFE_INTEGER, name: unique('big') }], /^(ERR_OUT_OF_MEMORY|ENOSPC)$/],
    [[{ size: 10, name: 5 }], 'ERR_INVALID_ARG'],
    [[{ size: 10, name: 'a\0b' }], 'ERR_INVALID_ARG'],
    [[{ size: 10, name: 'a/b' }], 'EINVAL'],
    [[{ size: 10, name: '' }], 'EINVAL'],
    [[{ size: 10, name: 'x'.repeat(300) }], /^(EINVAL|ENAMETOOLONG)$/],
    [[{ size: 10, name: 'x', anonymous: true }], 'ERR_INVALID_ARG'],
    [[{ size: 10, anonymous: 1 }], 'ERR_INVALID_ARG'],
    [[{ size: 10, keep: true }], 'ERR_INVALID_ARG'],
  ])('create(%o)', (args, code) => {
    const refused = thrown(() => createAny(...args)).code;
    expect(refused).toEqual(typeof code === 'string' ? code : expect.stringMatching(code));
    expect(named()).toEqual([]);
  });

  test('a name that is taken is EEXIST, and its memory is untouched', () => {
    const created = SharedMemory.create({ name: unique('taken'), size: 10 });
    created.view().fill(4);
    expect(() => SharedMemory.create({ name: unique('taken'), size: 20 })).toThrowError(
      expect.objectContaining({ code: 'EEXIST', syscall: 'shm_open', path: unique('taken') }),
    );
    expect(SharedMemory.open(unique('taken')).view().count(4)).toBe(10);
    created.unlink();
  });

  test.each([onWindows ? '\\\\.\\NUL' : '/dev/null', '/'])(
    'the descriptor of another kind of file (%s) is ENODEV',
    (path) => {
      const fd = openSync(path, 'r');
      expect(() => SharedMemory.open(fd, { readonly: true })).toThrowError(
        expect.objectContaining({ code: 'ENODEV', syscall: 'fstat' }),
      );
      closeSync(fd);
    },
  );

  test('a name that was never created is ENOENT', () => {
    expect(() => SharedMemory.open(unique('never'))).toThrowError(
      expect.objectContaining({ code: 'ENOENT', syscall: 'shm_open', path: unique('never') }),
    );
  });

  test.each([
    [[], 'ERR_INVALID_ARG'],
    [[5.5], 'ERR_INVALID_ARG'],
    [[1_000_000], 'EBADF'],
    [['x', { readonly: 1 }], 'ERR_INVALID_ARG'],
    [['x', { mode: 'r' }], 'ERR_INVALID_ARG'],
  ])('open(%o)', (args, code) => {
    expect(thrown(() => openAny(...args)).code).toBe(code);
  });
});
