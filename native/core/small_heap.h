// Slots for small blocks, in runs of whole pages, so that they can be retired as large blocks are: the
// memory may go back while the addresses stay.
//
// The heap is process-wide and never destroyed. A slot belongs to one block:
//
//            TakeSlot             EndSlot                      FreeSlot
//   (free) ───────────▶ in use ───────────▶ content dropped ────────────▶ (free)
//
// EndSlot states that the content is no longer needed. FreeSlot states that no object holds the address
// either; the slot may then be used again, and until then AddressSanitizer reports each use (poison.h). A run
// gives its memory back when all of its slots have ended and it has none left to use. A slot whose addresses
// an ending environment keeps is never freed; a run of which that is true throughout stays as addresses
// alone. All functions may be called on any thread.
#ifndef MEMORYVIEW_CORE_SMALL_HEAP_H_
#define MEMORYVIEW_CORE_SMALL_HEAP_H_

#include <cstddef>
#include <cstdint>

namespace mv {

class SlotRun;

/// A place for one small block; `base` is null where the system refused.
struct Slot {
  SlotRun* run = nullptr;
  void* base = nullptr;
  bool fresh = false;  // never used before, so zero
};

/// The largest size of a slot, and its largest alignment, in bytes.
inline constexpr size_t kLargestSlot = 16 * 1024;
inline constexpr size_t kSlotAlignment = 4096;

Slot TakeSlot(size_t nbytes, size_t alignment);
/// `kept`: FreeSlot will never be called.
void EndSlot(const Slot& slot, bool kept);
void FreeSlot(const Slot& slot);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_SMALL_HEAP_H_
