// Makes the object that is to own memory which is there already, or gives that memory back.
//
// The constructors of blocks enter the ledger last: where one of their own allocations fails, nothing knows
// the block yet.
#ifndef MEMORYVIEW_CORE_NEW_OR_H_
#define MEMORYVIEW_CORE_NEW_OR_H_

#include <new>
#include <utility>

namespace mv {

/// The new object; null, after a call of `undo`, where the C++ heap has no room for it.
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
