/** The part of Vitest's interface that the runtime-neutral suite uses, over its runner, for a page. */
import { getState, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } from '@vitest/expect';
import * as chai from 'chai';

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFinished,
  suite,
  test,
} from '@vitest/runner';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const assert = (value: unknown, message?: string): unknown => {
  const state = getState(expect as never);
  setState({ assertionCalls: (state.assertionCalls ?? 0) + 1 }, expect as never);
  return chai.expect(value, message);
};

export const expect: unknown = Object.assign(assert, chai.expect, {
  unreachable: (message?: string) => chai.assert.fail(message ?? 'expected not to be reached'),
});
Object.assign(globalThis, { [Symbol.for('expect-global')]: expect });
setState({ assertionCalls: 0 }, expect as never);

export const vi = {
  resetModules: (): never => {
    throw new Error('no native addon is loaded, so modules are not loaded again');
  },
};
