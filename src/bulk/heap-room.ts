/** How much of the engine's heap a result may take: V8 ends the process, and does not throw, when the heap is full. */

/** Half of the free heap, in bytes. `node:v8` is loaded at the first call, because few programs make large results. */
export function heapRoom(): number {
  const { heap_size_limit, used_heap_size } = process.getBuiltinModule('node:v8').getHeapStatistics();
  return Math.max(0, Math.floor((heap_size_limit - used_heap_size) / 2));
}
