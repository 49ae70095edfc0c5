/** Stands in for Node's mark that keeps an object from being cloned, in the build for runtimes without an addon. */
export const refuseCloning = (_object: object): void => {};
