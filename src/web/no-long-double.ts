/** Stands in for C's `long double`, in the build for runtimes without an addon: their machine's layout is unknown, so formats only carry it. */
export const LONG_DOUBLE = null;
