/** How much of the engine's heap a result may take: what is too large for it would end the process, not throw. */

/** Bytes: half of what is left. `node:v8` is loaded when it is first asked for, since few programs make such results. */
export function heapRoom(): number {
  const { heap_size_limit, used_heap_size } = process.getBuiltinModule('node:v8').getHeapStatistics();
  return Math.max(0, Math.floor((heap_size_limit - used_heap_size) / 2));
}
