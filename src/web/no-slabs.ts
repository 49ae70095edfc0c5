/** Stands in for the slabs of arenas, in the build for runtimes without an addon: there each allocation has an ArrayBuffer of its own. */

/** No object is one. */
export class Part {}

/** No object is one. */
export class Slab {}

export const hasSlabs = (): boolean => false;

export const partsOf = (): readonly never[] => [];
