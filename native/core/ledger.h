// The process-wide account of all blocks, and the look-up from an id to its block.
//
// The ledger holds no reference: a block enters itself when it is made, and leaves when it ends, on any
// thread. Find adds a reference that the caller must drop. The ledger is never destroyed, because a
// finalizer may run after static destructors. It knows no environment, so the end of one changes nothing
// here.
#ifndef MEMORYVIEW_CORE_LEDGER_H_
#define MEMORYVIEW_CORE_LEDGER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace mv {

class Block;

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

class Ledger {
 public:
  static Ledger& Get();

  Stats Read() const;
  /// The live block of that id with one more reference, or null.
  Block* Find(uint64_t id);
  /// Calls `visit` for each live block, under the ledger's lock: it must not end blocks.
  void ForEach(const std::function<void(Block&)>& visit);

 private:
  friend class Block;
  friend class Handles;

  /// Adds a block, and writes the id that it gets.
  void Enter(Block& block, uint64_t& id);
  void Leave(Block& block);
  void Retired(int64_t nbytes) { retired_bytes_.fetch_add(nbytes, std::memory_order_relaxed); }
  void Kept(int64_t nbytes) {
    kept_blocks_.fetch_add(1, std::memory_order_relaxed);
    kept_bytes_.fetch_add(nbytes, std::memory_order_relaxed);
  }
  void Pinned(int64_t blocks) { pinned_.fetch_add(blocks, std::memory_order_relaxed); }
  void InFlight(int64_t handles) { in_flight_.fetch_add(handles, std::memory_order_relaxed); }

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Block*> live_;  // guarded by mutex_, as all counts that follow
  Stats counts_;
  uint64_t last_id_ = 0;

  std::atomic<int64_t> pinned_{0};
  std::atomic<int64_t> in_flight_{0};
  std::atomic<int64_t> retired_bytes_{0};
  std::atomic<int64_t> kept_blocks_{0};
  std::atomic<int64_t> kept_bytes_{0};
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_LEDGER_H_
