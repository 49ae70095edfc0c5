/** hex and decode: the bytes of a view as text. */
import { constants } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { array, memoryview, zeros } from '../../src/index.js';
import { expectThrown, wrong } from '../view/thrown.js';

describe('hex', () => {
  const view = memoryview(Buffer.from('0102030405', 'hex'));

  it('writes digits, in groups from the right or the left, as Python', () => {
    expect(view.hex()).toBe('0102030405');
    expect(view.hex(':')).toBe('01:02:03:04:05');
    expect(view.hex(':', 2)).toBe('01:0203:0405');
    expect(view.hex(':', -2)).toBe('0102:0304:05');
    expect(view.hex(':', 0)).toBe('0102030405');
    expect(view.hex(' ', 5)).toBe('0102030405');
    expect(view.hex(' ', -99)).toBe('0102030405');
    expect(view.slice('0:0').hex(':')).toBe('');
    expect(view.hex(Buffer.from(':'), 2)).toBe('01:0203:0405');
    expect(view.slice('::-2').hex('-')).toBe('05-03-01');
    expect(
      array(
        [
          [1, 2],
          [3, 4],
        ],
        'B',
      ).T.hex(),
    ).toBe('01030204');
  });

  it('refuses separators that are no ASCII character, and groups that are no integer', () => {
    for (const sep of ['', '::', 'é', '\u0100']) expectThrown(() => view.hex(sep), 'ERR_OUT_OF_RANGE');
    for (const bytes of [[], [58, 58], [128]])
      expectThrown(() => view.hex(Uint8Array.from(bytes)), 'ERR_OUT_OF_RANGE');
    for (const sep of [5, null, {}]) expectThrown(() => view.hex(wrong(sep)), 'ERR_INVALID_ARG');
    for (const per of [0.5, Number.NaN, '2', null])
      expectThrown(() => view.hex(':', wrong(per)), 'ERR_INVALID_ARG');
    expectThrown(() => view.hex(':', 2 ** 53), 'ERR_OUT_OF_RANGE');
  });

  it('is refused where no string is that long', () => {
    expectThrown(
      () =>
        zeros(1, 'B')
          .broadcastTo(Math.ceil(constants.MAX_STRING_LENGTH / 2) + 1)
          .hex(),
      'ERR_OUT_OF_MEMORY',
      /slice the view/,
    );
  });
});

describe('decode', () => {
  it('reads UTF-16 of the other byte order, which Node does not', () => {
    const text = 'aé€😀';
    const bytes = Buffer.from(text, 'utf16le').swap16();
    for (const name of ['utf-16be', 'utf16be', 'UTF-16BE'] as const)
      expect(memoryview(bytes).decode(wrong(name))).toBe(text);
    expect(memoryview(bytes).slice('::-1').copy().slice('::-1').decode('utf-16be')).toBe(text);
    expect(memoryview(Buffer.from([0, 97, 0])).decode('utf-16be')).toBe('a');
    expect(bytes.equals(Buffer.from(text, 'utf16le').swap16())).toBe(true);
    expect(memoryview(new Uint8Array(0)).decode('utf-16be')).toBe('');
  });

  it('reads the bytes as text, UTF-8 by default', () => {
    expect(memoryview(Buffer.from('héllo')).decode()).toBe('héllo');
    expect(memoryview(Buffer.from('é')).decode('latin1')).toBe('Ã©');
    expect(memoryview(Buffer.from('ab', 'utf16le')).decode('utf16le')).toBe('ab');
    expect(memoryview(Buffer.from('abc')).slice('::-1').decode('ascii')).toBe('cba');
    expect(memoryview(Buffer.from([0xff])).decode('hex')).toBe('ff');
    expect(zeros(0, 'B').decode()).toBe('');
  });

  it('refuses an encoding that Node has not', () => {
    for (const name of ['utf9', '']) expectThrown(() => zeros(1).decode(wrong(name)), 'ERR_OUT_OF_RANGE');
    for (const name of [5, null, {}]) expectThrown(() => zeros(1).decode(wrong(name)), 'ERR_INVALID_ARG');
  });
});
