/** Tells the refusal of runtimes that lack the addon, or external ArrayBuffers, from other errors of a test. */

/** The reason of a test that counts as skipped because it ended by the refusal. */
export const REFUSED = 'needs the system (`ERR_UNSUPPORTED`)';

const CODE = 'ERR_UNSUPPORTED';
const SENTENCE = /this runtime has no external ArrayBuffers, so |no native addon is loaded, so /;

/** Whether an error of a test, or one behind it, is the refusal. The sentence stands for the code in texts that have no more than the message. */
export function isRefusal(error, depth = 0) {
  if (typeof error !== 'object' || error === null || depth > 8) return false;
  if (error.code === CODE && SENTENCE.test(String(error.message))) return true;
  if ([error.message, error.stack, error.actual, error.diff].some((text) => SENTENCE.test(String(text))))
    return true;
  return [error.cause, ...(Array.isArray(error.errors) ? error.errors : [])].some((each) =>
    isRefusal(each, depth + 1),
  );
}
