/** The cost of a slice does not depend on its size. */
import { describe, expect, it } from 'vitest';
import { sliceCost } from '../examples/slice-cost.js';
import { allocate } from '../src/index.js';

describe('slice', () => {
  it('costs on 1 GiB what it costs on 1 MiB', () => {
    using small = allocate(2 ** 20);
    using large = allocate(2 ** 30);
    const { ratio } = sliceCost(small.view(), large.view());
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
  });
});
