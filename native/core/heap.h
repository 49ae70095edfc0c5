// Makes heap blocks.
//
// Blocks of kMappedFrom bytes and more, and those aligned to more than a page, have pages of their own.
// Smaller blocks are slots of the small heap. In the guard mode every block lies between guard pages.
// The maker's caller gets the first owner and the first reference. A block may end on any thread and
// depends on no environment.
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
