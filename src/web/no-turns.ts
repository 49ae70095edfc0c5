/** Stands in for the turns of the event loop, in the build for runtimes without an addon: there memory is the engine's, which frees it. */
export const awaitTurn = (): void => {};
