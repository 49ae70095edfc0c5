#include "heap.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "mapping.h"

namespace mv {
namespace {

class MappedBlock final : public Block {
 public:
  MappedBlock(const Pages& pages, size_t nbytes, std::string_view label)
      : Block(Kind::kHeap, label), pages_(pages) {
    Born(pages.base, nbytes);
  }

  bool CanOverlay() const override { return true; }

 private:
  void GiveBack() override { OverlayPages(pages_); }
  void GiveBackAddresses() override { UnmapPages(pages_); }

  const Pages pages_;
};

class SmallBlock final : public Block {
 public:
  SmallBlock(void* base, size_t nbytes, std::string_view label) : Block(Kind::kHeap, label) {
    Born(base, nbytes);
  }

  bool CanOverlay() const override { return false; }

 private:
  void GiveBack() override {}
  void GiveBackAddresses() override { std::free(base()); }
};

}  // namespace

Block* MakeHeapBlock(size_t nbytes, size_t alignment, bool zero, std::string_view label) {
  if (nbytes >= kMappedFrom || alignment > PageSize()) {
    const Pages pages = MapPages(nbytes, alignment);
    return pages.base == nullptr ? nullptr : new MappedBlock(pages, nbytes, label);
  }
  const size_t step = std::max(alignment, sizeof(void*));
  const size_t room = std::max((nbytes + step - 1) / step * step, step);  // aligned_alloc wants a multiple
  void* base = std::aligned_alloc(step, room);
  if (base == nullptr) return nullptr;
  // SAFETY: `room` fresh bytes, known to nobody else yet.
  if (zero) std::memset(base, 0, room);
  return new SmallBlock(base, nbytes, label);
}

}  // namespace mv
