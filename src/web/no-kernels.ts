/** Stands in for the addon's kernels, in the build for runtimes without an addon: the TypeScript loops beside each call do the work. */
import { STATUS } from '../engine/numbers.js';

export const hasKernels = false;
export const COPY_FROM: number = Infinity;
export const COPY_RUN_FROM: number = Infinity;
export const LOOK_FROM: number = Infinity;

const refuse = (): number => STATUS.BAD_ARGUMENT;

export { refuse as copyLater, refuse as copyNow, refuse as preferHugePages };

export const copyNatively = (): boolean => false;
export const isSteady = (): boolean => false;

const unknown = (): null => null;

export { unknown as countNatively, unknown as equalNatively, unknown as findNatively };
