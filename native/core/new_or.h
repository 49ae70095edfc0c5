// Makes the object that will own existing memory, or gives that memory back.
//
// The constructors of blocks enter the ledger last. If an allocation in one fails, nothing knows the
// block yet.
#ifndef MEMORYVIEW_CORE_NEW_OR_H_
#define MEMORYVIEW_CORE_NEW_OR_H_

#include <new>
#include <utility>

namespace mv {

/// The new object. If the C++ heap has no room for it, calls `undo` and returns null.
template <typename T, typename Undo, typename... Arguments>
T* NewOr(const Undo& undo, Arguments&&... arguments) noexcept {
  try {
    return new T(std::forward<Arguments>(arguments)...);
  } catch (const std::bad_alloc&) {
    undo();
    return nullptr;
  }
}

}  // namespace mv

#endif  // MEMORYVIEW_CORE_NEW_OR_H_
