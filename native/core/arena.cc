// Slabs, and the blocks of parts and of memory with pages of its own.
//
// A slab is one mapping, or a slot of the small heap, with two counts: blocks that have not ended, and
// references of blocks that were not deleted. Both are atomic, since blocks end on any thread. A slab block
// counts in both, so no part is added to a slab that has ended.
#include "arena.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "guard.h"
#include "new_or.h"
#include "relaxed.h"
#include "small_heap.h"
#include "system.h"

namespace mv {

/// One mapping, or a slot of the small heap, and what uses it.
class Slab {
 public:
  explicit Slab(const Pages& pages) : pages_(pages) {}
  Slab(const Slot& slot, size_t nbytes) : pages_{slot.base, nbytes}, slot_(slot) {}

  char* base() const { return static_cast<char*>(pages_.base); }
  size_t nbytes() const { return pages_.nbytes; }
  /// Whether the caller's block is the only one that refers to it.
  bool HasOneReference() const { return refs_.load(std::memory_order_acquire) == 1; }

  /// For another block; the caller has one that lives.
  void Add() {
    refs_.fetch_add(1, std::memory_order_relaxed);
    live_.fetch_add(1, std::memory_order_relaxed);
  }

  /// `unmapping`: the caller drops its reference next. `kept`: it never does.
  void Ended(bool unmapping, bool kept) {
    if (kept) kept_.store(true, std::memory_order_relaxed);
    if (live_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const bool never_used = kept_.load(std::memory_order_relaxed);
    if (slot_.run != nullptr) {
      EndSlot(slot_, never_used);
    } else if (never_used) {
      // Only its addresses are kept, and these need not count against the commit limit.
      OverlayPages(pages_);
    } else if (!unmapping || !HasOneReference()) {
      EmptyPages(pages_);
    }
  }

  void Unref() {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (slot_.run != nullptr) {
      FreeSlot(slot_);
    } else {
      UnmapPages(pages_);
    }
    delete this;
  }

 private:
  const Pages pages_;
  const Slot slot_{};
  std::atomic<size_t> refs_{1};
  std::atomic<size_t> live_{1};
  std::atomic<bool> kept_{false};
};

namespace {

constexpr size_t kRecordBytes = SlabLayout::kRecordWords * sizeof(uint32_t);
/// In a record's size: the part has a block. No part has so many bytes.
constexpr uint32_t kHasBlock = uint32_t{1} << 31;
/// The least bytes of a part in a slab that is full of them; what TypeScript aligns to by default.
constexpr size_t kUsualAlignment = 64;

/// Part of a slab, or all of one that was mapped for it.
class PartBlock final : public Block {
 public:
  PartBlock(Slab* slab, void* base, size_t nbytes, std::string_view label)
      : Block(Kind::kArena, label), slab_(slab) {
    Born(base, nbytes);
  }

  PartBlock(Slab* slab, void* base, size_t nbytes, std::string_view label, SlabBlock& of, uint64_t index,
            const SlabBlock::Part& part)
      : Block(Kind::kArena, label, part.born), slab_(slab) {
    BornOf(of, index, part.id, base, nbytes);
  }

  bool CanOverlay() const override { return true; }

 private:
  void GiveBack(bool unmapping) override { slab_->Ended(unmapping, keeps_addresses()); }
  void GiveBackAddresses() override { slab_->Unref(); }

  Slab* const slab_;
};

template <typename T>
T Load(T* place) {
  // SAFETY: `place` is inside of a slab, aligned. A thread that runs JavaScript may write it at the same
  // time.
  return LoadRelaxed(*place);
}

}  // namespace

SlabBlock::SlabBlock(Slab* slab) : Block(Kind::kArena, {}, Uncounted{}), slab_(slab) {
  since_ = born();
  Born(slab->base(), slab->nbytes());
}

uint32_t SlabBlock::Word(uint64_t index, SlabLayout::Place place) const {
  char* record = slab_->base() + slab_->nbytes() - SlabLayout::kHeaderBytes - (index + 1) * kRecordBytes;
  return Load(reinterpret_cast<uint32_t*>(record) + place);
}

double* SlabBlock::HeaderPlace(SlabLayout::Place place) const {
  return reinterpret_cast<double*>(slab_->base() + slab_->nbytes() - SlabLayout::kHeaderBytes) + place;
}

uint64_t SlabBlock::Count() const {
  const double count = Load(HeaderPlace(SlabLayout::kCount));
  // Native code that overran its part may have written here.
  const uint64_t most = (slab_->nbytes() - SlabLayout::kHeaderBytes) / kRecordBytes;
  return count >= 0 && count <= static_cast<double>(most) ? static_cast<uint64_t>(count) : 0;
}

uint64_t SlabBlock::IdOf(uint64_t index) const {
  return (uint64_t{Word(index, SlabLayout::kIdHigh)} << 31) | Word(index, SlabLayout::kIdLow);
}

std::chrono::steady_clock::time_point SlabBlock::BornAt(uint64_t index) const {
  return since_ + std::chrono::milliseconds(Word(index, SlabLayout::kBorn));
}

uint64_t SlabBlock::PartBytes() const {
  const double bytes = Load(HeaderPlace(SlabLayout::kBytes));
  const double own = bytes - static_cast<double>(moved_bytes_);
  return own >= 0 && own <= static_cast<double>(slab_->nbytes()) ? static_cast<uint64_t>(own) : 0;
}

void SlabBlock::ForEachPart(const std::function<void(const Part&)>& visit) const {
  const uint64_t count = Count();
  for (uint64_t i = 0; i < count; ++i) {
    const uint32_t nbytes = Word(i, SlabLayout::kNbytes);
    if ((nbytes & kHasBlock) == 0) visit({IdOf(i), nbytes, BornAt(i)});
  }
}

void SlabBlock::Moved(uint64_t index) {
  char* record = slab_->base() + slab_->nbytes() - SlabLayout::kHeaderBytes - (index + 1) * kRecordBytes;
  const uint32_t nbytes = Word(index, SlabLayout::kNbytes);
  // SAFETY: MakePartBlock has checked that the record is there.
  reinterpret_cast<uint32_t*>(record)[SlabLayout::kNbytes] = nbytes | kHasBlock;
  moved_ += 1;
  moved_bytes_ += nbytes;
}

void SlabBlock::Forget() {
  moved_ = 0;
  moved_bytes_ = 0;
  // SAFETY: the header is inside of the mapping, and this thread is the one that writes it.
  StoreRelaxed(*HeaderPlace(SlabLayout::kCount), 0.0);
}

Block* SlabBlock::MakePartBlock(uint64_t index, std::string_view label) {
  const uint64_t count = Count();
  if (index >= count) return nullptr;
  const uint32_t nbytes = Word(index, SlabLayout::kNbytes);
  const uint32_t offset = Word(index, SlabLayout::kOffset);
  const size_t room = slab_->nbytes() - SlabLayout::kHeaderBytes - count * kRecordBytes;
  if ((nbytes & kHasBlock) != 0 || offset > room || nbytes > room - offset) return nullptr;
  slab_->Add();
  const auto undo = [this] {
    slab_->Ended(false, false);
    slab_->Unref();
  };
  const Part part{IdOf(index), nbytes, BornAt(index)};
  return NewOr<PartBlock>(undo, slab_, slab_->base() + offset, nbytes, label, *this, index, part);
}

bool SlabBlock::Renew() {
  if (!slab_->HasOneReference()) return false;
  const uint64_t count = Count();
  size_t used = 0;
  if (count > 0) {
    // The mark only moves up, so the newest part is the last one.
    used = size_t{Word(count - 1, SlabLayout::kOffset)} + (Word(count - 1, SlabLayout::kNbytes) & ~kHasBlock);
  }
  Ledger::Get().PartsEnded(*this);
  const size_t records = SlabLayout::kHeaderBytes + count * kRecordBytes;
  // SAFETY: both lie inside of the mapping, of which no other block and no ArrayBuffer knows.
  std::memset(slab_->base(), 0, std::min(used, slab_->nbytes()));
  std::memset(slab_->base() + slab_->nbytes() - records, 0, records);
  since_ = std::chrono::steady_clock::now();
  return true;
}

void SlabBlock::GiveBack(bool unmapping) { slab_->Ended(unmapping, keeps_addresses()); }

void SlabBlock::GiveBackAddresses() { slab_->Unref(); }

namespace {

Slab* MakeMappedSlab(size_t total, size_t alignment) {
  const Pages pages = MapPages(total, alignment);
  if (pages.base == nullptr) return nullptr;
  return NewOr<Slab>([&] { UnmapPages(pages); }, pages);
}

/// A slab that costs no call of the system, for the many arenas that stay small.
Slab* MakeSmallSlab(size_t total) {
  const size_t nbytes = std::bit_ceil(total);
  // TypeScript takes the first byte of a slab for that of a page.
  const Slot slot = TakeSlot(nbytes, kSlotAlignment);
  if (slot.base == nullptr) return nullptr;
  // SAFETY: a slot of `nbytes` bytes that no other code knows.
  if (!slot.fresh) std::memset(slot.base, 0, nbytes);
  const auto undo = [&] {
    EndSlot(slot, false);
    FreeSlot(slot);
  };
  return NewOr<Slab>(undo, slot, nbytes);
}

}  // namespace

SlabBlock* MakeSlab(size_t nbytes, size_t alignment) {
  if (nbytes > SIZE_MAX / 4) return nullptr;
  const size_t total = nbytes + nbytes / kUsualAlignment * kRecordBytes + SlabLayout::kHeaderBytes;
  Slab* slab = total <= kLargestSlot && alignment <= kSlotAlignment ? MakeSmallSlab(total)
                                                                    : MakeMappedSlab(total, alignment);
  if (slab == nullptr) return nullptr;
  try {
    return new SlabBlock(slab);
  } catch (const std::bad_alloc&) {
    slab->Ended(true, false);
    slab->Unref();
    return nullptr;
  }
}

Block* MakeLoneBlock(size_t nbytes, size_t alignment, std::string_view label) {
  if (GuardWanted()) return MakeGuardedBlock(Kind::kArena, nbytes, alignment, label);
  const Pages pages = MapPages(nbytes, alignment);
  if (pages.base == nullptr) return nullptr;
  Slab* slab = NewOr<Slab>([&] { UnmapPages(pages); }, pages);
  if (slab == nullptr) return nullptr;
  return NewOr<PartBlock>([&] { slab->Unref(); }, slab, pages.base, nbytes, label);
}

}  // namespace mv
