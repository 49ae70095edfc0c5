/**
 * The refusal of runtimes without external ArrayBuffers, which test/native/without-external.mjs simulates. There a test may fail by that
 * error and by no other, so helpers which assert error codes rethrow this one.
 */

/** Whether the suite runs as on such a runtime. */
export const simulated: boolean = process.env.MEMORYVIEW_NO_EXTERNAL === '1';

/** Throws the error again if it is the refusal. */
export function passOnRefusal(error: unknown): void {
  if (!simulated || !(error instanceof Error)) return;
  if (/this runtime has no external ArrayBuffers, so |no native addon is loaded, so /.test(error.message))
    throw error;
}
