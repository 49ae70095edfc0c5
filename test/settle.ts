/** Turns of the event loop with a collection in each, so that finalizers run. */
export async function settle(turns = 6): Promise<void> {
  for (let i = 0; i < turns; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
