/** Stands in for the functions of the addon that need the system: those that modules of the build for runtimes without an addon call. */
export const REFUSED = ['allocateSecret', 'makePart', 'share'] as const;
