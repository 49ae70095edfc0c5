// Maps files and sections on Windows.
//
// The block keeps a section handle of its own: a view alone does not keep the name of a section alive. For a
// file it keeps a second handle of the file, through which it is flushed to the disk. Both lie in the table
// of win32.h, under the block's descriptor.
#include <cerrno>

#include "file_memory.h"
#include "new_or.h"
#include "system.h"
#include "win32.h"

namespace mv {
namespace {

HANDLE Duplicate(HANDLE from) {
  HANDLE to = nullptr;
  const HANDLE process = GetCurrentProcess();
  return DuplicateHandle(process, from, process, &to, 0, FALSE, DUPLICATE_SAME_ACCESS) ? to : nullptr;
}

/// The block's own handles of what a descriptor leads to, under a number of their own; or a refusal.
int OwnDescriptor(int fd, bool shared) {
  const Kept given = FindKept(fd);
  if (given.section != nullptr) {
    HANDLE section = Duplicate(given.section);
    return section == nullptr ? WindowsRefusal() : Keep({section, nullptr});
  }
  HANDLE opened = FileOf(fd);
  if (opened == INVALID_HANDLE_VALUE) return Refusal(EBADF);
  if (GetFileType(opened) != FILE_TYPE_DISK) return Refusal(ENODEV);
  HANDLE file = Duplicate(opened);
  if (file == nullptr) return WindowsRefusal();
  HANDLE section = CreateFileMappingW(file, nullptr, shared ? PAGE_READWRITE : PAGE_WRITECOPY, 0, 0, nullptr);
  if (section == nullptr) {
    const int refusal = WindowsRefusal();
    CloseHandle(file);
    return refusal;
  }
  return Keep({section, file});
}

}  // namespace

FileBlock* FileBlock::Map(Kind kind, int fd, uint64_t offset, size_t nbytes, bool shared,
                          std::string_view label, Outcome& outcome) {
  const size_t delta = offset % Granularity();
  outcome = 0;
  if (nbytes == 0) {
    const Pages pages = MapPages(0, PageSize());  // an empty mapping needs an address too
    if (pages.base == nullptr) outcome = Refusal(ENOMEM);
    if (outcome != 0) return nullptr;
    return NewOr<FileBlock>([&] { UnmapPages(pages); }, kind, pages, delta % PageSize(), 0,
                            File{-1, offset, nullptr}, shared, label);
  }
  if (nbytes > SIZE_MAX / 2 || offset > INT64_MAX - nbytes) {
    outcome = Refusal(EOVERFLOW);
    return nullptr;
  }
  const int own = OwnDescriptor(fd, shared);
  if (own < 0) {
    outcome = own;
    return nullptr;
  }
  void* base = MapView(FindKept(own).section, offset - delta, delta + nbytes,
                       shared ? PAGE_READWRITE : PAGE_WRITECOPY);
  if (base == nullptr) {
    outcome = WindowsRefusal();
    CloseKept(own);
    return nullptr;
  }
  const Pages pages{base, (delta + nbytes + PageSize() - 1) / PageSize() * PageSize()};
  GuardedRange* range = GuardedRange::Enter(pages, own, offset - delta);
  const auto undo = [&] {
    if (range != nullptr) range->Leave();
    UnmapPages(pages);
    CloseKept(own);
  };
  if (range == nullptr) {
    undo();
    return nullptr;
  }
  return NewOr<FileBlock>(undo, kind, pages, delta, nbytes, File{own, offset, range}, shared, label);
}

bool FileBlock::Truncated() {
  if (range_ == nullptr) return false;
  HANDLE file = FindKept(fd_).file;
  LARGE_INTEGER size;
  // Windows refuses to cut a mapped file, but a server or another system that shares it may do so.
  if (!range_->lost() && file != nullptr && GetFileSizeEx(file, &size) &&
      static_cast<uint64_t>(size.QuadPart) < file_end_) {
    range_->MarkLost();
  }
  return range_->lost();
}

void FileBlock::CloseDescriptor(int fd) { CloseKept(fd); }

Outcome FileBlock::Flush(const Part& part) const {
  if (range_ == nullptr || !shared_) return 0;
  const Pages pages = PagesOf(part);
  if (!FlushViewOfFile(pages.base, pages.nbytes)) return WindowsRefusal();
  // The pages reach the disk through the file only.
  HANDLE file = FindKept(fd_).file;
  if (file != nullptr && !FlushFileBuffers(file)) return WindowsRefusal();
  return range_->lost() ? Refusal(EIO) : 0;
}

Outcome FileBlock::Advise(Advice advice, const Part& part) const {
  if (range_ == nullptr) return 0;
  if (advice == Advice::kHugePage) return Refusal(EINVAL);
  // There is no word for the other kinds of use.
  if (advice != Advice::kWillNeed) return 0;
  const Pages pages = PagesOf(part);
  WIN32_MEMORY_RANGE_ENTRY range{pages.base, pages.nbytes};
  return PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0) ? 0 : WindowsRefusal();
}

Outcome FileBlock::Lock(bool locked) const { return range_ == nullptr ? 0 : LockPages(pages_, locked); }

}  // namespace mv
