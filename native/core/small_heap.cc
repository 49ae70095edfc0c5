// Runs of equal slots for small blocks, one list of runs with room for each slot size.
//
// A run owns its pages. A block owns its slot until FreeSlot. The lists and their runs are protected by one
// mutex for each size, so all functions may run on any thread. The lists are never destroyed; a run is
// deleted once none of its slots is held, unless its size has at most one run with room.
#include "small_heap.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <mutex>

#include "forever.h"
#include "mapping.h"
#include "new_or.h"
#include "poison.h"
#include "system.h"

namespace mv {

// One run of equal slots. Its constructor allocates all that it will ever need, so that giving a slot back
// never fails.
class SlotRun {
 public:
  SlotRun(const Pages& pages, size_t slot_size)
      : pages(pages),
        slot_size(slot_size),
        slots(pages.nbytes / slot_size),
        free_(std::make_unique<uint16_t[]>(slots)) {}

  bool HasRoom() const { return n_free_ != 0 || used_ < slots; }

  /// The slot that was freed last, or else one that was never used. The run must have room.
  Slot Take() {
    const bool fresh = n_free_ == 0;
    const size_t index = fresh ? used_++ : free_[--n_free_];
    live += 1;
    held += 1;
    return {this, static_cast<char*>(pages.base) + index * slot_size, fresh};
  }
  void Free(const void* base) {
    held -= 1;
    const auto offset = static_cast<const char*>(base) - static_cast<const char*>(pages.base);
    free_[n_free_++] = static_cast<uint16_t>(static_cast<size_t>(offset) / slot_size);
  }

  const Pages pages;
  const size_t slot_size;
  const size_t slots;
  size_t live = 0;  // not yet ended
  size_t held = 0;  // not yet freed
  size_t kept = 0;  // of those, never to be freed
  // In the size's list of runs with room.
  bool roomy = false;
  SlotRun* before = nullptr;
  SlotRun* after = nullptr;

 private:
  size_t used_ = 0;                         // slots ever handed out: those beyond are untouched pages
  const std::unique_ptr<uint16_t[]> free_;  // indices of freed slots
  size_t n_free_ = 0;
};

namespace {

constexpr size_t kRunBytes = 256 * 1024;
constexpr size_t kSmallestSlot = 64;
constexpr size_t kSizes = 9;  // 64 bytes to 16 KiB in powers of two
static_assert(kRunBytes / kSmallestSlot <= UINT16_MAX);

/// The runs of one slot size that have room, the latest last.
class RunsOfSize {
 public:
  std::mutex mutex;  // guards the list and its runs

  SlotRun* Latest() const { return latest_; }
  bool HasOne() const { return latest_ != nullptr && latest_->before == nullptr; }
  void Add(SlotRun* run) {
    run->roomy = true;
    run->before = latest_;
    if (latest_ != nullptr) latest_->after = run;
    latest_ = run;
  }
  void Remove(SlotRun* run) {
    run->roomy = false;
    if (run->before != nullptr) run->before->after = run->after;
    (run->after != nullptr ? run->after->before : latest_) = run->before;
    run->before = run->after = nullptr;
  }

 private:
  SlotRun* latest_ = nullptr;
};

RunsOfSize& RunsOf(size_t slot_size) {
  return Forever<std::array<RunsOfSize, kSizes>>()[static_cast<size_t>(
      std::countr_zero(slot_size / kSmallestSlot))];
}

}  // namespace

Slot TakeSlot(size_t nbytes, size_t alignment) {
  const size_t slot_size = std::bit_ceil(std::max({nbytes, alignment, kSmallestSlot}));
  RunsOfSize& size = RunsOf(slot_size);
  std::lock_guard<std::mutex> lock(size.mutex);
  if (size.Latest() == nullptr) {
    const Pages pages = MapPages(kRunBytes, PageSize());
    if (pages.base == nullptr) return {};
    auto* made = NewOr<SlotRun>([&] { UnmapPages(pages); }, pages, slot_size);
    if (made == nullptr) return {};
    size.Add(made);
  }
  SlotRun* run = size.Latest();
  const Slot slot = run->Take();
  Unpoison(slot.base, slot_size);
  if (!run->HasRoom()) size.Remove(run);
  return slot;
}

void EndSlot(const Slot& slot, bool kept) {
  SlotRun* run = slot.run;
  RunsOfSize& size = RunsOf(run->slot_size);
  std::lock_guard<std::mutex> lock(size.mutex);
  run->live -= 1;
  if (kept) run->kept += 1;
  if (run->live != 0 || run->HasRoom()) return;
  // What EmptyPages leaves can be used again, at the price of commit charge; a run that is never used again
  // needs none.
  if (run->kept == run->held) {
    OverlayPages(run->pages);
  } else {
    EmptyPages(run->pages);
  }
}

void FreeSlot(const Slot& slot) {
  SlotRun* run = slot.run;
  RunsOfSize& size = RunsOf(run->slot_size);
  std::lock_guard<std::mutex> lock(size.mutex);
  run->Free(slot.base);
  Poison(slot.base, run->slot_size);
  if (run->held == 0 && size.Latest() != nullptr && !size.HasOne()) {
    if (run->roomy) size.Remove(run);
    // The system may map other memory there.
    Unpoison(run->pages.base, run->pages.nbytes);
    UnmapPages(run->pages);
    delete run;
  } else if (!run->roomy) {
    size.Add(run);
  }
}

}  // namespace mv
