// Memory that the engine owns, as a block, for runtimes in which JavaScript can use no other.
//
// The block only counts. An ArrayBuffer of the engine's owns the bytes, and the engine frees them when
// nothing refers to it. So a block of this kind never touches the bytes, and only that ArrayBuffer keeps
// them alive. Any code may detach it by the engine's own means, so the addresses are valid for one call
// on the environment's thread: no handle, no native view and no other thread may get them.
#ifndef MEMORYVIEW_CORE_ENGINE_MEMORY_H_
#define MEMORYVIEW_CORE_ENGINE_MEMORY_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

class EngineBlock final : public Block {
 public:
  EngineBlock(Kind kind, void* base, size_t nbytes, std::string_view label) : Block(kind, label) {
    Born(base, nbytes);
  }

  bool CanOverlay() const override { return false; }

 private:
  void GiveBack(bool) override {}
  void GiveBackAddresses() override {}
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_ENGINE_MEMORY_H_
