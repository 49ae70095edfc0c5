// Slabs: ranges from which TypeScript takes the parts of an arena by moving a mark, without a native call. A
// slab of up to 16 KiB is a slot of the small heap, a larger one a mapping.
//
//   base                                            records            header
//    │ part 0 │ part 1 │ ... │ free ...... │ record 1 │ record 0 │ count, bytes │
//      ──▶ the mark                      the newest record ◀──
//
// One ArrayBuffer lies over all of it and never leaves the library. For each part TypeScript writes a record,
// and then counts the part, here and in the lane of its environment (ledger.h). A snapshot reads records on
// any thread; so a part needs no object in C++.
//
// Such an object, a *part block*, is made when other code needs the part by itself: for an ArrayBuffer of its
// own, a pin, a handle, a native view, a label, a trace. From then on the block accounts for the part, and
// ends by itself.
//
// Who holds what: a slab block is owned by the entry of its ArrayBuffer (node/environment.h), as each block
// is. It and its part blocks hold the mapping. When all of them have ended, the memory goes back; the last
// reference unmaps it. Slab blocks are used on their environment's thread, but for the end of the last
// reference, which may come on any.
#ifndef MEMORYVIEW_CORE_ARENA_H_
#define MEMORYVIEW_CORE_ARENA_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "block.h"
#include "mapping.h"

namespace mv {

/// What TypeScript writes at the end of a slab; the numbers are those of SLAB in src/engine/places.ts.
struct SlabLayout {
  enum Place : size_t {
    kHeaderBytes = 64,
    kRecordWords = 5,
    // 32-bit words of a record
    kIdLow = 0,
    kIdHigh = 1,
    kOffset = 2,
    kNbytes = 3,
    kBorn = 4,
    // doubles of the header
    kCount = 0,
    kBytes = 1,
  };
};

class Slab;

/// The parts of a slab that no block accounts for; itself not counted.
class SlabBlock final : public Block {
 public:
  struct Part {
    uint64_t id;
    size_t nbytes;
    std::chrono::steady_clock::time_point born;
  };

  bool CanOverlay() const override { return true; }
  SlabBlock* AsSlab() override { return this; }

  /// Makes a block of a part; null where there is none of that number, one was made of it before, or the C++
  /// heap has no room. On the environment's thread.
  Block* MakePartBlock(uint64_t index, std::string_view label);
  /// Ends all parts without a block, and clears the slab for new ones. False, with nothing done, while the
  /// block of a part has the pages. On the environment's thread, when no ArrayBuffer shows the slab.
  bool Renew();
  /// Calls `visit` for each part without a block, under the ledger's lock or on the environment's thread.
  void ForEachPart(const std::function<void(const Part&)>& visit) const;

 private:
  friend class Ledger;
  friend SlabBlock* MakeSlab(size_t nbytes, size_t alignment);

  explicit SlabBlock(Slab* slab);
  void GiveBack(bool unmapping) override;
  void GiveBackAddresses() override;

  /// A word of a record, which TypeScript may be writing in another thread.
  uint32_t Word(uint64_t index, SlabLayout::Place place) const;
  double* HeaderPlace(SlabLayout::Place place) const;
  uint64_t Count() const;
  uint64_t IdOf(uint64_t index) const;
  std::chrono::steady_clock::time_point BornAt(uint64_t index) const;

  // Under the ledger's lock.
  /// How many parts have no block, and their bytes.
  uint64_t PartCount() const { return Count() - moved_; }
  uint64_t PartBytes() const;
  void Moved(uint64_t index);
  /// Notes that all parts have ended.
  void Forget();

  Slab* const slab_;
  std::chrono::steady_clock::time_point since_;  // what the records' times count from
  uint64_t moved_ = 0;                           // parts with a block; guarded by the ledger's lock
  uint64_t moved_bytes_ = 0;                     // guarded by the ledger's lock
};

/// Makes a zeroed slab for about `nbytes` bytes of parts, whose first byte has the alignment; null if the
/// system refuses.
SlabBlock* MakeSlab(size_t nbytes, size_t alignment);

/// Makes a zeroed block of kind arena with pages of its own; in the guard mode a guarded one. Null if the
/// system refuses.
Block* MakeLoneBlock(size_t nbytes, size_t alignment, std::string_view label);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_ARENA_H_
