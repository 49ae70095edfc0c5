import { expect, it } from 'vitest';
import { formatForC, formatFromC } from '../../src/format/c-long.js';

it('a native long of 8 bytes goes to a C whose long has 4 as a long long, and its long comes as an int', () => {
  for (const [text, out, back] of [
    ['l', 'q', 'i'],
    ['@L', '@Q', '@I'],
    ['lbfloat16', 'qbfloat16', 'ibfloat16'],
    ['float8_e4m3fn', 'float8_e4m3fn', 'float8_e4m3fn'],
    ['<l', '<l', '<l'],
    ['T{l:l:<L:L:@2l:a\\:l:}', 'T{q:l:<L:L:@2q:a\\:l:}', 'T{i:l:<L:L:@2i:a\\:l:}'],
    ['T{B:l:(3)l:long:}', 'T{B:l:(3)q:long:}', 'T{B:l:(3)i:long:}'],
  ] as const) {
    expect([formatForC(text, 4), formatFromC(text, 4)]).toEqual([out, back]);
    expect([formatForC(text, 8), formatFromC(text, 8)]).toEqual([text, text]);
  }
});
