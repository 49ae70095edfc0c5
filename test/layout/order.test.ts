/** The order of a copy's axes: numpy's `order`. */
import { describe, expect, it } from 'vitest';
import { stridesIn } from '../../src/layout/order.js';

const layout = (shape: number[], strides: number[]) => ({ offset: 0, shape, strides });

describe('the strides of a copy without gaps', () => {
  it('in K keep the order of the axes, as numpy does', () => {
    // np.zeros((2, 3, 4)).transpose(2, 0, 1).copy('K').strides
    expect(stridesIn('K', layout([4, 2, 3], [8, 96, 32]), 8)).toEqual([8, 96, 32]);
    // np.zeros((4, 6))[::2, ::-1].T.copy('K').strides
    expect(stridesIn('K', layout([6, 2], [-8, 96]), 8)).toEqual([8, 48]);
  });

  it('in K leave axes of equal steps in their order', () => {
    // as_strided(np.zeros(2), (2, 3, 2), (0, 0, 8)).copy('K').strides
    expect(stridesIn('K', layout([2, 3, 2], [0, 0, 8]), 8)).toEqual([24, 8, 48]);
  });

  it('in C, F and A are those of that order', () => {
    const transposed = layout([3, 2], [8, 24]);
    expect(stridesIn('C', transposed, 8)).toEqual([16, 8]);
    expect(stridesIn('F', transposed, 8)).toEqual([8, 24]);
    expect(stridesIn('A', transposed, 8)).toEqual([8, 24]);
    expect(stridesIn('A', layout([3, 2], [16, 8]), 8)).toEqual([16, 8]);
  });
});
