// Mappings of files and of shared memory objects.
//
// A FileBlock holds its pages, a descriptor of its own for the file behind them (so the caller
// may close its own), and its entry in the fault guard. Its caller holds it (one owner, one
// reference), may end on any thread, and depends on no environment. At its end zero pages are laid over the
// range, then the entry and the descriptor go; dirty pages of a shared mapping are the kernel's to write.
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

/// What to tell the system about the use of a mapping; the numbers are those of ADVICE in src/binding.ts.
enum class Advice : uint8_t { kNormal, kSequential, kRandom, kWillNeed, kHugePage };
inline constexpr uint8_t kAdvices = 5;

/// What calls of this file answer: 0, or a negative errno.
using Outcome = int;

class FileBlock final : public Block, private GuardedRange::Listener {
 public:
  /// Maps `nbytes` bytes of the file behind `fd` from any `offset` on (bytes). `shared`: writes reach the
  /// file; else pages are copied when they are written. Answers null where there is no memory for the block,
  /// and sets `outcome` where the system refuses.
  static FileBlock* Map(Kind kind, int fd, uint64_t offset, size_t nbytes, bool shared,
                        std::string_view label, Outcome& outcome);
  /// What is behind the pages; the block owns both.
  struct File {
    int fd;  ///< -1 for a mapping of no bytes
    uint64_t offset;
    GuardedRange* range;  ///< null for a mapping of no bytes
  };
  /// For Map.
  FileBlock(Kind kind, const Pages& pages, size_t delta, size_t nbytes, const File& file, bool shared,
            std::string_view label);

  /// The block as a FileBlock, or null where it is of another kind.
  static FileBlock* From(Block* block);

  bool CanOverlay() const override { return true; }
  /// Lost pages read as zeros in this process, but a system call that is handed one fails.
  Nature nature() const override {
    return {.shared = kind() == Kind::kShared, .may_fault = kind() == Kind::kFile};
  }

  /// Whether pages were lost, or the file no longer reaches the end of the mapping.
  bool Truncated();
  /// Bytes of the memory; all of it where left out.
  struct Part {
    size_t offset = 0;
    size_t nbytes = SIZE_MAX;
  };

  /// Writes what was changed to the file and waits for it. -EIO or -ENOSPC where pages were lost that can't
  /// reach it.
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
