// Mappings of files and of shared memory objects.
//
// A FileBlock is a block whose pages show a file. Its pages pass through these states:
//
//            Map                        a page is lost                      the block ends
//   (none) ───────▶ mapped, guarded ───────────────────▶ partly zero pages ────────────────┐
//                        │                (PagesLost tells the waiting callers)            │
//                        │ the block ends                                                  │
//                        └───────────────▶ all zero pages, no descriptor ◀─────────────────┘
//                                                 │ last reference goes
//                                                 └────────────────────▶ unmapped
//
// Lost pages never come back, not even when the file grows again. GiveBack lays the zero pages over the
// range before it leaves the fault guard, so that a late reader on another thread finds zeros and no
// fault. If the last reference goes at the same time, it skips the overlay.
//
// Ownership: the block owns its pages, a descriptor of its own (so the caller may close the one it
// passed), and its entry in the fault guard. Map hands the caller the first owner and the first
// reference. The kernel writes dirty pages of a shared mapping back; Flush waits for that.
//
// Threads: every member may be called on any thread. A FileBlock knows no environment and calls no JS.
// Functions given to WhenLost run on the fault guard's thread.
#ifndef MEMORYVIEW_CORE_FILE_MEMORY_H_
#define MEMORYVIEW_CORE_FILE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "block.h"
#include "fault_guard.h"
#include "mapping.h"

namespace mv {

/// Advice to the system about the use of a mapping; the numbers are those of ADVICE in src/engine/numbers.ts.
enum class Advice : uint8_t { kNormal, kSequential, kRandom, kWillNeed, kHugePage };
inline constexpr uint8_t kAdvices = 5;

/// The result of calls of this file: 0, or a negative errno.
using Outcome = int;

class FileBlock final : public Block, private GuardedRange::Listener {
 public:
  /// Maps `nbytes` bytes of the file behind `fd` from any `offset` on (bytes). If `shared`, writes reach the
  /// file; otherwise a write copies its page. Returns null if it fails, and sets `outcome` if the system
  /// refused.
  static FileBlock* Map(Kind kind, int fd, uint64_t offset, size_t nbytes, bool shared,
                        std::string_view label, Outcome& outcome);
  /// The file behind the pages; the block owns the descriptor and the range.
  struct File {
    int fd;  ///< -1 for a mapping of no bytes
    uint64_t offset;
    GuardedRange* range;  ///< null for a mapping of no bytes
  };
  /// For Map.
  FileBlock(Kind kind, const Pages& pages, size_t delta, size_t nbytes, const File& file, bool shared,
            std::string_view label);

  /// The block as a FileBlock, or null if it is of another kind.
  static FileBlock* From(Block* block);

  bool CanOverlay() const override { return true; }
  /// Lost pages read as zeros in this process, but a system call that reads one fails.
  Nature nature() const override {
    return {.shared = kind() == Kind::kShared, .may_fault = kind() == Kind::kFile};
  }

  /// Whether pages were lost, or the file no longer reaches the end of the mapping.
  bool Truncated();
  /// A range of bytes of the memory; all of it by default.
  struct Part {
    size_t offset = 0;
    size_t nbytes = SIZE_MAX;
  };

  /// Writes changed pages to the file and waits. -EIO or -ENOSPC if lost pages can't reach the file.
  Outcome Flush(const Part& part) const;
  Outcome Flush() const { return Flush(Part()); }
  Outcome Advise(Advice advice, const Part& part) const;
  Outcome Lock(bool locked) const;
  /// The block's own descriptor, open until the block ends; -1 for a mapping of no bytes.
  int descriptor() const { return fd_; }
  /// Calls `tell` once pages are lost, on any thread.
  Outcome WhenLost(std::function<void()> tell);

 private:
  void GiveBack(bool unmapping) override;
  void GiveBackAddresses() override;
  void PagesLost() override;
  // What the systems do differently.
  /// Offsets of mapped files are multiples of this many bytes.
  static size_t MappingUnit();
  /// A descriptor of the block's own, of what `fd` leads to; or a negative errno.
  static int OwnDescriptor(int fd, bool shared);
  /// Maps `nbytes` bytes from `offset` on, and sets the base of `pages`, which is null where it is refused.
  static Outcome MapFile(int own, uint64_t offset, size_t nbytes, bool shared, Pages& pages);
  static void CloseDescriptor(int own);
  /// The whole pages that a part touches.
  Pages PagesOf(const Part& part) const;

  const Pages pages_;
  const int fd_;  // -1 for a mapping of no bytes
  const uint64_t file_end_;
  const bool shared_;
  GuardedRange* const range_;

  std::mutex told_mutex_;
  std::vector<std::function<void()>> tell_;  // guarded by told_mutex_
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_FILE_MEMORY_H_
