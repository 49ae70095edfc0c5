// The end of a foreign block; foreign_memory.h states who calls what.
#include "foreign_memory.h"

#include <utility>

namespace mv {

ForeignBlock::ForeignBlock(void* data, size_t nbytes, std::string_view label) : Block(Kind::kForeign, label) {
  Born(data, nbytes);
}

void ForeignBlock::Arm(std::function<void()> release) { release_ = std::move(release); }

void ForeignBlock::GiveBack(bool) {
  if (release_) std::exchange(release_, nullptr)();
}

}  // namespace mv
