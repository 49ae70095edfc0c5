#include "small_heap.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <vector>

#include "mapping.h"
#include "system.h"

namespace mv {

// One run of equal slots.
class SlotRun {
 public:
  SlotRun(const Pages& pages, size_t slot_size)
      : pages(pages), slot_size(slot_size), slots(pages.nbytes / slot_size) {}

  bool HasRoom() const { return !free.empty() || used < slots; }

  const Pages pages;
  const size_t slot_size;
  const size_t slots;
  size_t used = 0;          // slots ever handed out: those beyond are untouched pages
  size_t live = 0;          // not yet ended
  size_t held = 0;          // not yet freed
  bool roomy = false;       // in the size's list of runs with room
  std::vector<void*> free;  // freed slots
};

namespace {

constexpr size_t kRunBytes = 256 * 1024;
constexpr size_t kSmallestSlot = 64;
constexpr size_t kSizes = 9;  // 64 bytes to 16 KiB in powers of two

struct Size {
  std::mutex mutex;  // guards the runs of this size
  std::vector<SlotRun*> roomy;
};

Size& SizeOf(size_t slot_size) {
  static auto* const sizes = new std::array<Size, kSizes>;
  return (*sizes)[static_cast<size_t>(std::countr_zero(slot_size / kSmallestSlot))];
}

}  // namespace

Slot TakeSlot(size_t nbytes, size_t alignment) {
  const size_t slot_size = std::bit_ceil(std::max({nbytes, alignment, kSmallestSlot}));
  Size& size = SizeOf(slot_size);
  std::lock_guard<std::mutex> lock(size.mutex);
  if (size.roomy.empty()) {
    const Pages pages = MapPages(kRunBytes, PageSize());
    if (pages.base == nullptr) return {};
    auto* made = new SlotRun(pages, slot_size);
    made->roomy = true;
    size.roomy.push_back(made);
  }
  SlotRun* run = size.roomy.back();
  Slot slot{run, nullptr, run->free.empty()};
  if (slot.fresh) {
    slot.base = static_cast<char*>(run->pages.base) + run->used++ * slot_size;
  } else {
    slot.base = run->free.back();
    run->free.pop_back();
  }
  run->live += 1;
  run->held += 1;
  if (!run->HasRoom()) {
    run->roomy = false;
    size.roomy.pop_back();
  }
  return slot;
}

void EndSlot(const Slot& slot) {
  SlotRun* run = slot.run;
  Size& size = SizeOf(run->slot_size);
  std::lock_guard<std::mutex> lock(size.mutex);
  run->live -= 1;
  if (run->live == 0 && !run->HasRoom()) EmptyPages(run->pages);
}

void FreeSlot(const Slot& slot) {
  SlotRun* run = slot.run;
  Size& size = SizeOf(run->slot_size);
  std::lock_guard<std::mutex> lock(size.mutex);
  run->held -= 1;
  run->free.push_back(slot.base);
  if (run->held == 0 && size.roomy.size() > 1) {
    if (run->roomy) std::erase(size.roomy, run);
    UnmapPages(run->pages);
    delete run;
  } else if (!run->roomy) {
    run->roomy = true;
    size.roomy.push_back(run);
  }
}

}  // namespace mv
