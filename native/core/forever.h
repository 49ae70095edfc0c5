// The process's one object of a type T.
//
// It is never destroyed, because a finalizer may run after static destructors. It lies in static
// storage, so that it exists even if memory is short.
#ifndef MEMORYVIEW_CORE_FOREVER_H_
#define MEMORYVIEW_CORE_FOREVER_H_

#include <cstddef>
#include <new>

namespace mv {

template <typename T>
T& Forever() {
  alignas(T) static std::byte place[sizeof(T)];
  static T* const made = new (place) T;
  return *made;
}

}  // namespace mv

#endif  // MEMORYVIEW_CORE_FOREVER_H_
