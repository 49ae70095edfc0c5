// Relaxed atomic access to plain numbers in memory that JavaScript reads and writes as well. LLVM's C++
// library has std::atomic_ref from version 19 on; the compilers that come with an older one have the
// builtins.
#ifndef MEMORYVIEW_CORE_RELAXED_H_
#define MEMORYVIEW_CORE_RELAXED_H_

#include <atomic>

namespace mv {

/// `place` is aligned for its type.
template <typename T>
T LoadRelaxed(T& place) {
#ifdef __cpp_lib_atomic_ref
  return std::atomic_ref<T>(place).load(std::memory_order_relaxed);
#else
  T value;
  __atomic_load(&place, &value, __ATOMIC_RELAXED);
  return value;
#endif
}

/// `place` is aligned for its type.
template <typename T>
void StoreRelaxed(T& place, T value) {
#ifdef __cpp_lib_atomic_ref
  std::atomic_ref<T>(place).store(value, std::memory_order_relaxed);
#else
  __atomic_store(&place, &value, __ATOMIC_RELAXED);
#endif
}

}  // namespace mv

#endif  // MEMORYVIEW_CORE_RELAXED_H_
