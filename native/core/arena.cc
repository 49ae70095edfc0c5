// Slabs and the blocks in them.
//
// A slab is one mapping with a mark: blocks lie below it, untouched zero pages above it. The arena holds
// one reference to its newest slab, and each block one to its slab; the last reference unmaps the slab.
// Make and Close run on the arena's thread. Blocks end on any thread, so a mutex protects the counts
// that decide when a closed slab gives its pages back.
#include "arena.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "guard.h"
#include "mapping.h"
#include "new_or.h"
#include "system.h"

namespace mv {

// One mapping, from which blocks are taken by moving a mark.
class Slab {
 public:
  explicit Slab(const Pages& pages) : pages_(pages) {}

  /// Room for a block, which holds a reference; null if it does not fit. On the arena's thread.
  void* Take(size_t nbytes, size_t alignment) {
    const auto start = reinterpret_cast<uintptr_t>(pages_.base);
    const uintptr_t at = (start + mark_ + alignment - 1) & ~(static_cast<uintptr_t>(alignment) - 1);
    // An empty block takes a byte as well, so that no two blocks share an address.
    const size_t taken = std::max<size_t>(nbytes, 1);
    if (at - start > pages_.nbytes || taken > pages_.nbytes - (at - start)) return nullptr;
    mark_ = at - start + taken;
    refs_.fetch_add(1, std::memory_order_relaxed);
    std::lock_guard<std::mutex> lock(mutex_);
    live_ += 1;
    return reinterpret_cast<void*>(at);
  }

  void Ended() {
    std::lock_guard<std::mutex> lock(mutex_);
    live_ -= 1;
    if (live_ == 0 && closed_) EmptyPages(pages_);
  }

  void Close() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      closed_ = true;
      if (live_ == 0) EmptyPages(pages_);
    }
    Unref();
  }

  void Unref() {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    UnmapPages(pages_);
    delete this;
  }

 private:
  const Pages pages_;
  size_t mark_ = 0;
  std::atomic<size_t> refs_{1};  // the arena's, and one for each block
  std::mutex mutex_;
  size_t live_ = 0;      // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
};

namespace {

class ArenaBlock final : public Block {
 public:
  ArenaBlock(Slab* slab, void* base, size_t nbytes, std::string_view label)
      : Block(Kind::kArena, label), slab_(slab) {
    Born(base, nbytes);
  }

  bool CanOverlay() const override { return true; }

 private:
  void GiveBack(bool) override { slab_->Ended(); }
  void GiveBackAddresses() override { slab_->Unref(); }

  Slab* const slab_;
};

}  // namespace

Block* Arena::Make(size_t nbytes, size_t alignment, std::string_view label) {
  if (GuardWanted()) return MakeGuardedBlock(Kind::kArena, nbytes, alignment, label);
  const bool alone = nbytes > slab_bytes_ / 2;
  void* base = alone || slab_ == nullptr ? nullptr : slab_->Take(nbytes, alignment);
  Slab* slab = slab_;
  if (base == nullptr) {
    // A slab's start has the alignment of its first block; later ones find theirs inside.
    const Pages pages = MapPages(alone ? nbytes : slab_bytes_, alignment);
    if (pages.base == nullptr) return nullptr;
    slab = NewOr<Slab>([&] { UnmapPages(pages); }, pages);
    if (slab == nullptr) return nullptr;
    base = slab->Take(nbytes, alignment);
    if (base == nullptr) {
      slab->Close();
      return nullptr;
    }
    if (!alone) {
      Close();
      slab_ = slab;
    }
  }
  const auto undo = [slab] {
    slab->Ended();
    slab->Unref();
  };
  Block* block = NewOr<ArenaBlock>(undo, slab, base, nbytes, label);
  if (alone) slab->Close();
  return block;
}

void Arena::Close() {
  if (slab_ != nullptr) slab_->Close();
  slab_ = nullptr;
}

}  // namespace mv
