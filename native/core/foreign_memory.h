// Memory that another library owns.
//
// A ForeignBlock holds only the address and the function that frees the memory. The end of the block
// calls that function once, on the thread that drops the last owner or pin. The block never overlays the
// memory, because the pages around it belong to other code. What a pointer that outlives the release
// reads is up to the owner.
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
