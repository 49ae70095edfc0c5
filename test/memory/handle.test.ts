/** Handles within one thread: the memory that they keep, and values that are no handle in flight. */
import { describe, expect, test } from 'vitest';
import { attach, memoryview } from '../../src/index.js';
import { memory as account } from '../../src/memory/accounting.js';
import { allocate } from '../../src/memory/allocate.js';
import { attachMemory, shareMemory, unshareMemory } from '../../src/memory/handle.js';
import { thrown } from './thrown.js';

test('attaching in the same thread gives the same memory object, and counts it once', () => {
  const memory = allocate(100, { label: 'here' });
  const handle = structuredClone(shareMemory(memory, { format: 'd' }));
  expect(account.stats().inFlight).toBe(1);
  const attached = attachMemory(handle);
  expect(attached.memory).toBe(memory);
  expect(attached.layout).toEqual({ format: 'd' });
  expect(account.stats().inFlight).toBe(0);
  memory.release();
  expect(account.snapshot().find(({ label }) => label === 'here')).toBeUndefined();
});

test('a handle keeps the memory after its sharer released it', () => {
  const memory = allocate(100_000, { label: 'kept' });
  new Uint8Array(memory.buffer).fill(7);
  const { address } = memory;
  const handle = memory.share();
  memory.release();
  expect(memory.released).toBe(true);
  expect(account.snapshot().find(({ label }) => label === 'kept')).toBeDefined();
  const again = attachMemory(handle).memory;
  expect(again).not.toBe(memory);
  expect({ nbytes: again.nbytes, kind: again.kind, label: again.label, address: again.address }).toEqual({
    nbytes: 100_000,
    kind: 'heap',
    label: 'kept',
    address,
  });
  expect(new Uint8Array(again.buffer).every((byte) => byte === 7)).toBe(true);
  again.release();
  expect(account.snapshot().find(({ label }) => label === 'kept')).toBeUndefined();
});

test('a handle can be attached once', () => {
  const memory = allocate(10);
  const handle = memory.share();
  attachMemory(handle);
  expect(thrown(() => attachMemory(handle))).toMatchObject({ name: 'BufferError', code: 'ERR_RELEASED' });
  memory.release();
});

test('a handle can be taken back, once, and then not attached', () => {
  const memory = allocate(10, { label: 'back' });
  const handle = memory.share();
  memory.release();
  unshareMemory(handle);
  expect(account.snapshot().find(({ label }) => label === 'back')).toBeUndefined();
  expect(thrown(() => unshareMemory(handle)).code).toBe('ERR_RELEASED');
  expect(thrown(() => attachMemory(handle)).code).toBe('ERR_RELEASED');
});

test('a forged handle is refused, and the real one stays good', () => {
  const memory = allocate(10);
  const handle = memory.share();
  const last = handle.nonce.endsWith('0') ? '1' : '0';
  for (const forged of [
    { ...handle, nonce: handle.nonce.slice(0, -1) + last },
    { ...handle, nonce: '' },
    { ...handle, nonce: 'x'.repeat(100_000) },
    { ...handle, id: handle.id + 1 },
    { ...handle, id: Number.MAX_SAFE_INTEGER },
  ]) {
    expect(thrown(() => attachMemory(forged)).code).toBe('ERR_RELEASED');
    expect(thrown(() => unshareMemory(forged)).code).toBe('ERR_RELEASED');
  }
  expect(attachMemory(handle).memory).toBe(memory);
  memory.release();
});

test.each([
  undefined,
  null,
  5,
  'handle',
  Symbol('s'),
  [[]],
  {},
  { memoryview: 'native' },
  { memoryview: 'native', id: '1', nonce: 'x' },
  { memoryview: 'native', id: Number.NaN, nonce: 'x' },
  { memoryview: 'native', id: -1, nonce: 'x' },
  { memoryview: 'native', id: 1.5, nonce: 'x' },
  { memoryview: 'native', id: 2 ** 53, nonce: 'x' },
  { memoryview: 'native', id: 1, nonce: 5 },
  { memoryview: 'other', id: 1, nonce: 'x' },
])('a value that is not a handle is refused (%#)', (value) => {
  expect(thrown(() => attachMemory(value))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
  expect(thrown(() => unshareMemory(value))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
});

test('a revoked proxy is no handle', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(thrown(() => attachMemory(proxy)).code).toBe('ERR_INVALID_ARG');
  expect(thrown(() => unshareMemory(proxy)).code).toBe('ERR_INVALID_ARG');
});

test('released memory cannot be shared', () => {
  const memory = allocate(10);
  memory.release();
  expect(thrown(() => memory.share())).toMatchObject({
    name: 'BufferError',
    code: 'ERR_RELEASED',
    message: 'share: the memory is released',
  });
});

test('a getter of the handle that releases the memory changes nothing for the handle', () => {
  const memory = allocate(10);
  const { id, nonce } = memory.share();
  const hostile = {
    memoryview: 'native',
    id,
    get nonce() {
      memory.release();
      return nonce;
    },
  };
  const attached = attachMemory(hostile).memory;
  expect(attached.released).toBe(false);
  attached.release();
});

describe('the handle of a read-only view', () => {
  const fresh = () => {
    const memory = allocate(64);
    return { memory, handle: memoryview(memory, { readonly: true }).share() };
  };

  test('cannot be edited into one that writes', () => {
    const { memory, handle } = fresh();
    const forged = { ...handle, layout: { ...handle.layout, readonly: false } };
    expect(thrown(() => attach(forged))).toMatchObject({ name: 'TypeError', code: 'ERR_READONLY' });
    memory.release();
  });

  test('is still read-only where it no longer says so', () => {
    const { memory, handle } = fresh();
    const { readonly: _, ...layout } = handle.layout;
    expect(attach<string>({ ...handle, layout: { ...layout, ...{} } as typeof handle.layout }).readonly).toBe(
      true,
    );
    memory.release();
  });

  test('gives no memory without its layout, and stays good', () => {
    const { memory, handle } = fresh();
    const { layout: _, ...bare } = handle;
    expect(thrown(() => attach(bare))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG' });
    expect(attach(handle).readonly).toBe(true);
    memory.release();
  });

  test('leaves the memory writable for its owner, and for other handles', () => {
    const { memory, handle } = fresh();
    attach(handle);
    expect(attach(memoryview(memory).share()).readonly).toBe(false);
    expect(memory.readonly).toBe(false);
    memory.release();
  });
});
