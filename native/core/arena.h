// Many allocations side by side in slabs, each by moving a mark.
//
// An Arena belongs to one environment and is used on its thread. It holds its newest slab only. Each
// block in a slab holds the slab, so a slab outlives its arena, and its last block may end on any
// thread. When the arena has moved on and all blocks of a slab have ended, the slab's memory goes back.
// The addresses go back with the last block. Nothing is reused.
#ifndef MEMORYVIEW_CORE_ARENA_H_
#define MEMORYVIEW_CORE_ARENA_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

class Slab;

class Arena {
 public:
  /// `slab_bytes`: the size of a slab; a block of more than half of it gets a slab of its own.
  explicit Arena(size_t slab_bytes) : slab_bytes_(slab_bytes) {}
  ~Arena() { Close(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Makes a zeroed block of kind arena; null if the system refuses.
  Block* Make(size_t nbytes, size_t alignment, std::string_view label);
  /// Drops the reference to the newest slab.
  void Close();

 private:
  const size_t slab_bytes_;
  Slab* slab_ = nullptr;
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_ARENA_H_
