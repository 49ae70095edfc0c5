// Maps files and sections on Windows.
//
// The block keeps a section handle of its own: a view alone does not keep the name of a section alive. For a
// file it keeps a second handle of the file, through which it is flushed to the disk. Both lie in the table
// of win32.h, under the block's descriptor.
#include <cerrno>

#include "file_memory.h"
#include "system.h"
#include "win32.h"

namespace mv {
namespace {

HANDLE Duplicate(HANDLE from) {
  HANDLE to = nullptr;
  const HANDLE process = GetCurrentProcess();
  return DuplicateHandle(process, from, process, &to, 0, FALSE, DUPLICATE_SAME_ACCESS) ? to : nullptr;
}

}  // namespace

size_t FileBlock::MappingUnit() { return Granularity(); }

int FileBlock::OwnDescriptor(int fd, bool shared) {
  const auto given = FindHandles(fd);
  if (given.section != nullptr) {
    HANDLE section = Duplicate(given.section);
    return section == nullptr ? WindowsRefusal() : KeepHandles({section, nullptr});
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
  return KeepHandles({section, file});
}

Outcome FileBlock::MapFile(int own, uint64_t offset, size_t nbytes, bool shared, Pages& pages) {
  pages.base = MapView(FindHandles(own).section, offset, nbytes, shared ? PAGE_READWRITE : PAGE_WRITECOPY);
  return pages.base == nullptr ? WindowsRefusal() : 0;
}

bool FileBlock::Truncated() {
  if (range_ == nullptr) return false;
  HANDLE file = FindHandles(fd_).file;
  LARGE_INTEGER size;
  // Windows refuses to cut a mapped file, but a server or another system that shares it may do so.
  if (!range_->lost() && file != nullptr && GetFileSizeEx(file, &size) &&
      static_cast<uint64_t>(size.QuadPart) < file_end_) {
    range_->MarkLost();
  }
  return range_->lost();
}

void FileBlock::CloseDescriptor(int fd) { CloseHandles(fd); }

Outcome FileBlock::Flush(const Part& part) const {
  if (range_ == nullptr || !shared_) return 0;
  const Pages pages = PagesOf(part);
  if (!FlushViewOfFile(pages.base, pages.nbytes)) return WindowsRefusal();
  // The pages reach the disk through the file only.
  HANDLE file = FindHandles(fd_).file;
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

}  // namespace mv
