// The one T of the process.
//
// It is never torn down, since a finalizer may come after static destructors. It lies in static storage, so
// that it can be had where no memory can.
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
