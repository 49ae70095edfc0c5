// Survives the loss of pages under a mapping: a file that shrinks, a disk that is full.
//
// A touch of a lost page raises SIGBUS. The handler looks the address up in a lock-free table of our own
// ranges, lays zero pages over what is lost, marks the range, and lets the touch go on; every other SIGBUS is
// handed on to the handler that was there before. It is installed with the first range, and again with a
// later one where other code replaced it (Node does, for a listener of SIGBUS).
//
// The table holds nothing: a range belongs to the block that entered it. Leave waits until no handler of
// any thread looks at the range, so the addresses may be given away after it. Listeners are called on a
// thread of this file's own, never in the handler; the table and that thread last as long as the process.
#ifndef MEMORYVIEW_CORE_FAULT_GUARD_H_
#define MEMORYVIEW_CORE_FAULT_GUARD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mapping.h"

namespace mv {

/// A mapping of a file as the handler sees it.
class GuardedRange {
 public:
  /// Told that pages were lost, on a thread of the guard's own; must be quick and not block.
  class Listener {
   public:
    virtual void PagesLost() = 0;

   protected:
    ~Listener() = default;
  };

  /// Enters whole pages that show the file behind `fd` from `file_offset` on (bytes, a multiple of the page).
  /// The descriptor must stay open until Leave. Null where there is no memory for the table.
  static GuardedRange* Enter(const Pages& pages, int fd, uint64_t file_offset);
  /// The caller may then unmap the range and close the descriptor; the object is no longer the caller's.
  void Leave();

  /// Whether any page was lost.
  bool lost() const { return (flags_.load(std::memory_order_acquire) & kLost) != 0; }
  /// Whether a page was lost that lies inside the file: the system could not read or store it.
  bool failed() const { return (flags_.load(std::memory_order_acquire) & kFailed) != 0; }
  /// Where in the file the first such page is (bytes).
  uint64_t failed_at() const { return failed_at_.load(std::memory_order_acquire); }
  /// Marks the range as the handler does: for who finds out otherwise that the file has shrunk.
  void MarkLost();

  /// Tells `listener` once pages are lost; null ends that, and no call is running any more when it returns.
  /// False where the system refuses a thread.
  bool Listen(Listener* listener);

 private:
  friend class FaultGuard;

  static constexpr uint32_t kLost = 1;
  static constexpr uint32_t kFailed = 2;
  static constexpr uint32_t kUntold = 4;  // the listener has yet to hear of it

  enum State : uint32_t { kFree, kClaimed, kEntered };

  bool Cover(uintptr_t address);

  std::atomic<uint32_t> state_{kFree};
  std::atomic<uintptr_t> begin_{0};
  std::atomic<uintptr_t> end_{0};
  std::atomic<int> fd_{-1};
  std::atomic<uint64_t> file_offset_{0};
  std::atomic<uintptr_t> lost_from_{0};  // from here on zero pages lie over the range
  std::atomic<uint64_t> failed_at_{0};
  std::atomic<uint32_t> flags_{0};
  Listener* listener_ = nullptr;  // guarded by the guard's lock
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_FAULT_GUARD_H_
