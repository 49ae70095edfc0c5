// Many allocations beside each other in slabs, by moving a mark.
//
// An Arena belongs to one environment and is used on its thread; it holds its newest slab only. Each block in
// a slab holds the slab, so the slabs outlive an arena that goes first, on whatever thread their last block
// ends. Once the arena has moved on and all blocks of a slab have ended, its memory goes back; with the last
// block its addresses. Nothing is reused.
#ifndef MEMORYVIEW_CORE_ARENA_H_
#define MEMORYVIEW_CORE_ARENA_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

class Slab;

class Arena {
 public:
  /// `slab_bytes`: the size of a slab; what is larger than half of it gets a slab of its own.
  explicit Arena(size_t slab_bytes) : slab_bytes_(slab_bytes) {}
  ~Arena() { Close(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Makes a zeroed block of kind arena; null where the system refuses.
  Block* Make(size_t nbytes, size_t alignment, std::string_view label);
  /// Lets go of the newest slab.
  void Close();

 private:
  const size_t slab_bytes_;
  Slab* slab_ = nullptr;
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_ARENA_H_
