/** Keeps `structuredClone` from turning objects that own memory, or look at it, into `{}`. */

let markUncloneable: unknown = null;

/** Not every runtime has it. Asked for at the first memory, because `node:worker_threads` takes 1.5 ms to load. */
function cloningMark(): unknown {
  if (markUncloneable === null) {
    const workerThreads: unknown = process.getBuiltinModule('node:worker_threads');
    markUncloneable = Reflect.get(Object(workerThreads), 'markAsUncloneable');
  }
  return markUncloneable;
}

/** Makes `structuredClone` and `postMessage` refuse an object that they would clone to `{}`. */
export function refuseCloning(object: object): void {
  const mark = cloningMark();
  if (typeof mark === 'function') mark(object);
}
