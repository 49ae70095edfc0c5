// Maps files on POSIX.
//
// A block's own descriptor is a duplicate of the caller's. FileBlock::Map (file_memory.cc) calls what this
// file knows of the system, on any thread.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "file_memory.h"
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

size_t FileBlock::MappingUnit() { return PageSize(); }

int FileBlock::OwnDescriptor(int fd, bool) {
  const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return own < 0 ? -errno : own;
}

Outcome FileBlock::MapFile(int own, uint64_t offset, size_t nbytes, bool shared, Pages& pages) {
  // NORESERVE, because copies of pages that are never written must not count against the commit limit.
  const int flags = shared ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE;
  void* base = mmap(nullptr, nbytes, PROT_READ | PROT_WRITE, flags, own, static_cast<off_t>(offset));
  if (base == MAP_FAILED) return -errno;
  pages.base = base;
  return 0;
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

}  // namespace mv
