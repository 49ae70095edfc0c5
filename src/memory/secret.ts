/** Memory for secrets: pages that the system keeps out of swap, and that are wiped before they go back to it. */
import { binding } from '../binding.js';
import { rangeError, systemError } from '../errors.js';
import { requireExternal } from './external.js';

/** @throws TypeError `ERR_UNSUPPORTED`; RangeError `ERR_OUT_OF_MEMORY` where the system does not lock the pages */
export function allocateSecret(
  size: number,
  alignment: number,
  label: string | undefined,
): ArrayBuffer | number {
  requireExternal('allocate: secret', 'memory that can be wiped', 'leave secret out');
  const answer = binding.allocateSecret(size, alignment, label);
  if (typeof answer !== 'number' || answer >= 0) return answer;
  throw rangeError(
    'ERR_OUT_OF_MEMORY',
    `allocate: the system refused to lock ${size} bytes (${systemError(answer, 'mlock').message}); raise the limit of locked memory (ulimit -l)`,
  );
}
