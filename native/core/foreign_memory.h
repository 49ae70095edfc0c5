// Memory that another library owns.
//
// A ForeignBlock holds nothing but the address and the way to give the memory back, which is taken once: at
// the end of the block, on whatever thread drops the last owner or pin. It is never overlaid, since the pages
// around it belong to others; so a pointer that outlives the release is as good as the owner makes it.
#ifndef MEMORYVIEW_CORE_FOREIGN_MEMORY_H_
#define MEMORYVIEW_CORE_FOREIGN_MEMORY_H_

#include <cstddef>
#include <functional>
#include <string_view>

#include "block.h"

namespace mv {

class ForeignBlock final : public Block {
 public:
  ForeignBlock(void* data, size_t nbytes, std::string_view label);

  /// From now on the end of the block calls `release`, once. Before that the memory is still the caller's
  /// alone.
  void Arm(std::function<void()> release);

  bool CanOverlay() const override { return false; }

 private:
  void GiveBack(bool unmapping) override;
  void GiveBackAddresses() override {}

  std::function<void()> release_;
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_FOREIGN_MEMORY_H_
