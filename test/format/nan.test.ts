/**
 * NaN has a sign and a payload, which CPython's struct keeps. V8 keeps them in a number and in a list of objects; a list of unboxed doubles
 * gets V8's own NaN wherever a store runs before its inline cache is made, so which call loses them depends on the calls before. Each test
 * loads the codecs anew: its first calls are first calls.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest';

/** Enough for V8 to make the feedback of a function, with its first miss, and to optimize it. */
const ROUNDS = 3000;

let struct: typeof import('../../src/format/struct.js');

beforeEach(async (context) => {
  if (process.versions.bun !== undefined) context.skip('JavaScriptCore turns all NaNs into one');
  if (process.versions.deno !== undefined) context.skip('Deno may turn all NaNs into one (docs/formats.md)');
  vi.resetModules();
  struct = await import('../../src/format/struct.js');
});

describe('the sign and the payload of NaN', () => {
  it.each([
    ['>e', 'fe00'],
    ['>e', '7e01'],
    ['>e', 'ffff'],
    ['>e', '7fff'],
    ['>2e', '3c00fe03'],
    ['>f', 'ffc00001'],
    ['>d', 'fff80000deadbeef'],
    ['>3d', '3ff8000000000000fff80000deadbeef7ff8000000000001'],
    ['>if', '00000007ffc00001'],
    ['>qd', '0000000000000007fff80000deadbeef'],
  ])('go through struct in format %j, from the first call on: %s', (format, hex) => {
    const { itemsize, read, encode, store } = struct.structOf(format);
    const from = Buffer.from(hex, 'hex');
    const source = new DataView(from.buffer, from.byteOffset, itemsize);
    const to = Buffer.alloc(itemsize);
    const target = new DataView(to.buffer, to.byteOffset, itemsize);
    const lost: string[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      store(target, 0, encode('pack', read(source, 0)));
      if (to.toString('hex') !== hex) lost.push(`call ${i}: ${to.toString('hex')}`);
    }
    expect(lost).toEqual([]);
  });

  it('go through a record', async () => {
    const { codecOf } = await import('../../src/format/codec.js');
    const { parseFormat } = await import('../../src/format/parse.js');
    const { read, encode, store } = codecOf(parseFormat('T{>d:x:>e:y:}'));
    const hex = 'fff80000deadbeeffe03';
    const from = Buffer.from(hex, 'hex');
    const to = Buffer.alloc(from.length);
    const lost: string[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const value = read(new DataView(from.buffer, from.byteOffset), 0);
      store(new DataView(to.buffer, to.byteOffset), 0, encode(value));
      if (to.toString('hex') !== hex) lost.push(`call ${i}: ${to.toString('hex')}`);
    }
    expect(lost).toEqual([]);
  });
});
