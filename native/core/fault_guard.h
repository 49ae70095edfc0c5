// Keeps a process alive when pages under its mapping are lost: a file shrinks, or a disk is full.
//
// A touch of a lost page raises SIGBUS. The handler looks the address up in a table of this library's
// own mappings. If a mapping contains it, the handler lays zero pages over the lost part, marks the
// range and returns, and the touch runs again. It hands every other SIGBUS on to the handler that was
// installed before.
//
//            Enter: Claim          Enter: fields set           Leave
//   kFree ──────────────▶ kClaimed ─────────────────▶ kEntered ───────▶ kClaimed
//     ▲                                                                    │
//     └───────────────────── no handler is running any more ───────────────┘
//
// The handler reads only ranges in state kEntered. Its marks:
//
//   (none) ──page lost──▶ kLost + kUntold ──the listener was called──▶ kLost
//
// kFailed joins them when a page was lost that lies inside the file, which the system could not read or
// store.
//
// Ownership: the table owns the GuardedRange objects and lasts as long as the process. A range belongs
// to its block from Enter to Leave; the block keeps the pages mapped and the descriptor open for that
// time. Leave returns when no handler of any thread reads the range, so the block may then unmap and
// close.
//
// Threads: a handler runs on the thread that touched the page, at any instruction. It therefore takes no
// lock, allocates nothing, and makes only system calls that are safe in a signal handler. Enter, Leave
// and Listen may run on any thread. Listeners run on one thread of this file's own, under its lock.
//
// Enter installs the handler with the first range. It installs the handler again if other code has
// replaced it since; Node does so for a listener of SIGBUS.
//
// All this is POSIX's. fault_guard_win32.cc says what differs on Windows.
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
  /// Learns that pages were lost, on the guard's own thread; must return quickly and not block.
  class Listener {
   public:
    virtual void PagesLost() = 0;

   protected:
    ~Listener() = default;
  };

  /// Enters whole pages that map the file behind `fd` from `file_offset` on (bytes, a multiple of the page).
  /// The descriptor must stay open until Leave. Null if the table can't grow.
  static GuardedRange* Enter(const Pages& pages, int fd, uint64_t file_offset);
  /// The caller may then unmap the range and close the descriptor; the object is no longer the caller's.
  void Leave();

  /// Whether any page was lost.
  bool lost() const { return (flags_.load(std::memory_order_acquire) & kLost) != 0; }
  /// Whether a page was lost that lies inside the file: the system could not read or store it.
  bool failed() const { return (flags_.load(std::memory_order_acquire) & kFailed) != 0; }
  /// Where in the file the first such page is (bytes).
  uint64_t failed_at() const { return failed_at_.load(std::memory_order_acquire); }
  /// Marks the range as the handler does, for callers that learn from fstat that the file has shrunk.
  void MarkLost();

  /// Calls `listener` once when pages are lost. Null ends that; no call is running when it returns. False if
  /// the system refuses a thread.
  bool Listen(Listener* listener);

 private:
  friend class FaultGuard;

  static constexpr uint32_t kLost = 1;
  static constexpr uint32_t kFailed = 2;
  static constexpr uint32_t kUntold = 4;  // the listener was not called yet

  enum State : uint32_t { kFree, kClaimed, kEntered };

  bool Cover(uintptr_t address);

  std::atomic<uint32_t> state_{kFree};
  std::atomic<uintptr_t> begin_{0};
  std::atomic<uintptr_t> end_{0};
  std::atomic<int> fd_{-1};
  std::atomic<uint64_t> file_offset_{0};
  std::atomic<uintptr_t> lost_from_{0};  // zero pages cover the range from here on
  std::atomic<uint64_t> failed_at_{0};
  std::atomic<uint32_t> flags_{0};
  Listener* listener_ = nullptr;  // guarded by the guard's lock
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_FAULT_GUARD_H_
