/** Stands in for the slabs of arenas, in the build for runtimes without an addon: there each allocation has an ArrayBuffer of its own. */

/** A class without objects, so that `instanceof` returns false. */
export class SlabPart {}

/** A class without objects, so that `instanceof` returns false. */
export class Slab {}

export const hasSlabs = (): boolean => false;

export const partsWithoutBlock = (): readonly never[] => [];
