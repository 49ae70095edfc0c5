// Maps files on POSIX.
//
// Map duplicates the descriptor, maps whole pages around the wanted bytes, enters them in the fault
// guard, and makes the block last; a step that fails undoes the earlier ones. After that the block owns
// all three. All functions may run on any thread.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "file_memory.h"
#include "new_or.h"
#include "system.h"

namespace mv {
namespace {

int NativeAdvice(Advice advice) {
  switch (advice) {
    case Advice::kSequential:
      return MADV_SEQUENTIAL;
    case Advice::kRandom:
      return MADV_RANDOM;
    case Advice::kWillNeed:
      return MADV_WILLNEED;
    case Advice::kHugePage:
      return HugePageAdvice();
    default:
      return MADV_NORMAL;
  }
}

}  // namespace

FileBlock* FileBlock::Map(Kind kind, int fd, uint64_t offset, size_t nbytes, bool shared,
                          std::string_view label, Outcome& outcome) {
  const uint64_t page = PageSize();
  const size_t delta = offset % page;
  outcome = 0;
  if (nbytes == 0) {
    const Pages pages = MapPages(0, page);  // an empty mapping needs an address too
    if (pages.base == nullptr) outcome = -ENOMEM;
    if (outcome != 0) return nullptr;
    return NewOr<FileBlock>([&] { UnmapPages(pages); }, kind, pages, delta, 0, File{-1, offset, nullptr},
                            shared, label);
  }
  if (nbytes > SIZE_MAX / 2 || offset > INT64_MAX - nbytes) {
    outcome = -EOVERFLOW;
    return nullptr;
  }
  const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) {
    outcome = -errno;
    return nullptr;
  }
  const size_t wanted = (delta + nbytes + page - 1) / page * page;
  // NORESERVE, because copies of pages that are never written must not count against the commit limit.
  const int flags = shared ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE;
  void* base = mmap(nullptr, wanted, PROT_READ | PROT_WRITE, flags, own, static_cast<off_t>(offset - delta));
  if (base == MAP_FAILED) {
    outcome = -errno;
    close(own);
    return nullptr;
  }
  const Pages pages{base, wanted};
  GuardedRange* range = GuardedRange::Enter(pages, own, offset - delta);
  const auto undo = [&] {
    if (range != nullptr) range->Leave();
    UnmapPages(pages);
    close(own);
  };
  if (range == nullptr) {
    undo();
    return nullptr;
  }
  return NewOr<FileBlock>(undo, kind, pages, delta, nbytes, File{own, offset, range}, shared, label);
}

bool FileBlock::Truncated() {
  if (range_ == nullptr) return false;
  struct stat file;
  if (!range_->lost() && fstat(fd_, &file) == 0 && S_ISREG(file.st_mode) &&
      static_cast<uint64_t>(file.st_size) < file_end_) {
    range_->MarkLost();
  }
  return range_->lost();
}

void FileBlock::CloseDescriptor(int fd) { close(fd); }

Outcome FileBlock::Flush(const Part& part) const {
  if (range_ == nullptr || !shared_) return 0;
  const Pages pages = PagesOf(part);
  if (msync(pages.base, pages.nbytes, MS_SYNC) != 0) return -errno;
  if (range_->failed()) return ReasonOfLoss(fd_, range_->failed_at());
  return range_->lost() ? -EIO : 0;
}

Outcome FileBlock::Advise(Advice advice, const Part& part) const {
  if (range_ == nullptr) return 0;
  const int native = NativeAdvice(advice);
  if (native < 0) return -EINVAL;
  const Pages pages = PagesOf(part);
  return madvise(pages.base, pages.nbytes, native) == 0 ? 0 : -errno;
}

Outcome FileBlock::Lock(bool locked) const {
  if (range_ == nullptr) return 0;
  return LockPages(pages_, locked);
}

}  // namespace mv
