/**
 * Stands in for the functions of the addon that need the system: those that modules of the build for runtimes without an addon call, and
 * the tests of the binding.
 */
export const REFUSED = ['allocateSecret', 'makePart', 'makeSlab', 'share'] as const;
