/** Stands in for modules that only register themselves with the addon. */
export {};
