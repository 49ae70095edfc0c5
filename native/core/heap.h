// Memory of our own: the makers of heap blocks.
//
// Blocks of kMappedFrom bytes and more, and those with more than a page's alignment, are pages of their own;
// smaller ones are slots of the small heap; in the guard mode all stand between guard pages. A block is held
// by its caller (one owner, one reference), may end on any thread, and depends on no
// environment.
#ifndef MEMORYVIEW_CORE_HEAP_H_
#define MEMORYVIEW_CORE_HEAP_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

inline constexpr size_t kMappedFrom = 16 * 1024;
inline constexpr size_t kMaxAlignment = 2 * 1024 * 1024;

/// Whether the number is an alignment that blocks can have.
constexpr bool IsAlignment(size_t alignment) {
  return alignment != 0 && alignment <= kMaxAlignment && (alignment & (alignment - 1)) == 0;
}

/// Makes a heap block of `nbytes` bytes at a multiple of `alignment` (a power of two up to kMaxAlignment).
/// Null where the system refuses.
Block* MakeHeapBlock(size_t nbytes, size_t alignment, bool zero, std::string_view label);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_HEAP_H_
