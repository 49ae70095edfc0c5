// The process-wide account of all blocks.
//
// The ledger holds no reference: a block enters itself when it is made, and leaves when it ends, on any
// thread. The ledger is never destroyed, because a finalizer may run after static destructors. It knows no
// environment, so the end of one changes nothing here.
//
// TypeScript counts the parts of arenas itself (arena.h), in a *lane* of its environment: how many it has
// made, and their bytes. Lanes only grow, so the parts that live are what all lanes have made, less what has
// ended. Ids are taken from a counter that TypeScript raises too.
#ifndef MEMORYVIEW_CORE_LEDGER_H_
#define MEMORYVIEW_CORE_LEDGER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "id_table.h"

namespace mv {

class Block;
class SlabBlock;

/// Where memory comes from; the numbers are those of KINDS in src/engine/numbers.ts.
enum class Kind : uint8_t { kHeap, kFile, kShared, kForeign, kArena };
inline constexpr size_t kKinds = 5;

/// Counts at one moment; bytes are those that were asked for, not rounded to pages.
struct Stats {
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  uint64_t peak_bytes = 0;
  uint64_t pinned = 0;
  uint64_t in_flight = 0;
  uint64_t retired_bytes = 0;  // addresses whose memory went back, until they do too
  uint64_t kept_blocks = 0;    // ended blocks whose addresses never go back
  uint64_t kept_bytes = 0;
  uint64_t allocated = 0;
  uint64_t released = 0;
  std::array<uint64_t, kKinds> kind_blocks{};
  std::array<uint64_t, kKinds> kind_bytes{};
};

/// How many parts of arenas one environment has made, and their bytes; written by its thread without a lock.
/// Each lane fills a cache line, so that threads do not slow each other down.
struct alignas(64) PartLane {
  double count = 0;
  double bytes = 0;
};

/// Counts the ids that were given out. JavaScript raises it by 32-bit atomics, so it is two numbers: the
/// count modulo 2^32, and how often that has reached 0 or 2^31. The parity of `half_rounds` is therefore the
/// highest bit of `low`. The thread whose id begins a half round raises `half_rounds` after `low`; another
/// thread may read it one too low in between, and learns that from the parity.
struct IdCounter {
  std::atomic<uint32_t> low{0};
  std::atomic<uint32_t> half_rounds{0};
};

class Ledger {
 public:
  static Ledger& Get();

  Stats Read();
  /// Calls `visit` for each live block, and `visit_slab` for each live slab, under the ledger's lock: they
  /// must not end blocks.
  void ForEach(const std::function<void(Block&)>& visit,
               const std::function<void(SlabBlock&)>& visit_slab = nullptr);

  /// A lane for an environment; null where there is no memory for it.
  PartLane* OpenLane();
  /// Adds the counts of the lane to the total, and leaves the lane to the next environment.
  void CloseLane(PartLane* lane);
  IdCounter& ids() { return ids_; }

 private:
  friend class Block;
  friend class Handles;
  friend class SlabBlock;

  /// Adds a block, which gets its id.
  void Enter(Block& block);
  void Leave(Block& block);
  /// Adds the block of a part, which the slab accounted for until now.
  void EnterPart(Block& block, uint64_t id, SlabBlock& slab, uint64_t index);
  /// All parts of the slab that have no block have ended.
  void PartsEnded(SlabBlock& slab);
  void Retired(int64_t nbytes) { retired_bytes_.fetch_add(nbytes, std::memory_order_relaxed); }
  void Kept(int64_t nbytes) {
    kept_blocks_.fetch_add(1, std::memory_order_relaxed);
    kept_bytes_.fetch_add(nbytes, std::memory_order_relaxed);
  }
  void Pinned(int64_t blocks) { pinned_.fetch_add(blocks, std::memory_order_relaxed); }
  void InFlight(int64_t handles) { in_flight_.fetch_add(handles, std::memory_order_relaxed); }

  /// Parts of arenas; what follows is called under the lock.
  struct Parts {
    uint64_t count = 0;
    uint64_t bytes = 0;
  };
  uint64_t TakeId();
  /// Lists and counts a block.
  void Add(Block& block, uint64_t id);
  /// What the lanes have made until now.
  Parts Made() const;
  void EndParts(SlabBlock& slab);
  /// Live bytes fall only by blocks and parts that end, so the peak is where one does.
  void NotePeak();

  mutable std::mutex mutex_;
  IdTable live_;  // guarded by mutex_, as all that follows
  std::unordered_set<SlabBlock*> slabs_;
  Stats counts_;  // without the parts of slabs
  std::vector<std::unique_ptr<PartLane>> lanes_;
  std::vector<PartLane*> open_;
  Parts closed_;        // made in lanes that were closed
  Parts gone_;          // ended, or with a block
  uint64_t moved_ = 0;  // with a block
  uint64_t slab_id_ = 0;

  IdCounter ids_;
  std::atomic<int64_t> pinned_{0};
  std::atomic<int64_t> in_flight_{0};
  std::atomic<int64_t> retired_bytes_{0};
  std::atomic<int64_t> kept_blocks_{0};
  std::atomic<int64_t> kept_bytes_{0};
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_LEDGER_H_
