// Heap blocks by size: mapped, slots of the small heap, or guarded. heap.h states ownership.
#include "heap.h"

#include <cstring>

#include "guard.h"
#include "mapping.h"
#include "new_or.h"
#include "page_cache.h"
#include "small_heap.h"
#include "system.h"

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
  void GiveBack(bool unmapping) override {
    if (unmapping) return;
    if (keeps_addresses()) {
      // The system joins fresh mappings without memory with neighbours of the same kind.
      OverlayPages(pages_);
    } else if (!KeepPages(pages_)) {
      EmptyPages(pages_);
    }
  }
  void GiveBackAddresses() override { UnmapPages(pages_); }

  const Pages pages_;
};

class SmallBlock final : public Block {
 public:
  SmallBlock(const Slot& slot, size_t nbytes, std::string_view label)
      : Block(Kind::kHeap, label), slot_(slot) {
    Born(slot.base, nbytes);
  }

  bool CanOverlay() const override { return true; }

 private:
  void GiveBack(bool) override { EndSlot(slot_, keeps_addresses()); }
  void GiveBackAddresses() override { FreeSlot(slot_); }

  const Slot slot_;
};

/// Bytes from which a block prefers huge pages, as numpy's arrays do: a program that touches little of a
/// smaller one would pay for pages that it does not use.
constexpr size_t kHugeFrom = 4 * 1024 * 1024;

}  // namespace

Block* MakeHeapBlock(size_t nbytes, size_t alignment, bool zero, std::string_view label) {
  if (GuardWanted()) return MakeGuardedBlock(Kind::kHeap, nbytes, alignment, label);
  if (nbytes >= kMappedFrom || alignment > kSlotAlignment) {
    const size_t page = PageSize();
    const size_t largest = zero ? kLargestZeroed : kLargestKept;
    const size_t whole = nbytes > largest ? 0 : (nbytes + page - 1) / page * page;
    const Pages kept = whole != 0 && alignment <= page ? TakeKeptPages(whole) : Pages{};
    // SAFETY: a range of `whole` bytes that no other code knows.
    if (kept.base != nullptr && zero) std::memset(kept.base, 0, whole);
    const Pages pages = kept.base != nullptr ? kept : MapPages(nbytes, alignment);
    if (kept.base == nullptr && pages.nbytes >= kHugeFrom) PreferHugePages(pages);
    if (pages.base == nullptr) return nullptr;
    return NewOr<MappedBlock>([&] { UnmapPages(pages); }, pages, nbytes, label);
  }
  const Slot slot = TakeSlot(nbytes, alignment);
  if (slot.base == nullptr) return nullptr;
  // SAFETY: a slot of at least `nbytes` bytes that no other code knows.
  if (zero && !slot.fresh) std::memset(slot.base, 0, nbytes);
  const auto undo = [&] {
    EndSlot(slot, false);
    FreeSlot(slot);
  };
  return NewOr<SmallBlock>(undo, slot, nbytes, label);
}

}  // namespace mv
