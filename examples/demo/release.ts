/** Step 6: a release ends the memory, its views and its buffers at once. */
import { BufferError, type NativeMemory } from 'memoryview';
import { bytesText, claim, heading, line, resident } from '../report.js';

/** Releases the file's memory, and shows that its views and buffers have ended. */
export function releaseAll(memory: NativeMemory): void {
  heading(6, 'Release: the memory is given back at once');
  const view = memory.view();
  const column = view.slice('::4096');
  const array = view.asTypedArray();
  const first = view.get(0);

  const refusal = view.borrow(() => errorOf(() => memory.release()));
  line('release() while borrowed', shownError(refusal));
  claim('borrowed memory is not released', refusal?.code === 'ERR_EXPORTED' && view.get(0) === first);

  const before = { resident: resident(), length: array.length };
  memory.release();
  const after = { resident: resident(), length: array.length };
  line('resident memory', `${bytesText(before.resident)} → ${bytesText(after.resident)}`);
  line('TypedArray length', `${before.length} → ${after.length}`);
  const errors = [view, column].map((gone) => errorOf(() => gone.get(0)));
  line('view.get(0)', shownError(errors[0]));
  claim(
    'views of released memory throw BufferError with code ERR_RELEASED',
    errors.every((error) => error?.code === 'ERR_RELEASED'),
  );
  claim('the TypedArray is empty', before.length === memory.nbytes && after.length === 0);
  claim(
    `resident memory fell by at least 90 % of ${bytesText(memory.nbytes)}, with no GC and no turn of the loop`,
    before.resident - after.resident > 0.9 * memory.nbytes,
  );
}

function errorOf(act: () => unknown): BufferError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof BufferError) return error;
    throw error;
  }
}

function shownError(error: BufferError | undefined): string {
  return error === undefined ? 'no error' : `${error.name} [${error.code}] ${error.message}`;
}
