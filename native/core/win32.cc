// Error numbers and the table of kept handles; win32.h says what for.
#include "win32.h"

#include <io.h>
#include <uv/errno.h>

#include <cerrno>
#include <map>
#include <mutex>

#include "forever.h"
#include "new_or.h"
#include "system.h"

namespace mv {
namespace {

constexpr int kFirstInherited = 0x20000000;
constexpr int kFirstKept = 0x40000000;

struct Table {
  std::mutex mutex;
  std::map<int, SectionHandles> kept;  // guarded by mutex, as is the next number
  int next = kFirstKept;
};

void Close(const SectionHandles& kept) {
  if (kept.section != nullptr) CloseHandle(kept.section);
  if (kept.file != nullptr) CloseHandle(kept.file);
}

/// The section behind the number of an inherited handle. Such a handle keeps the mark by which it is
/// inherited further, and most handles of other code lack it. One that has it and is no section can't be
/// mapped.
SectionHandles Inherited(int descriptor) {
  // SAFETY: the number is a handle's value, not an address; Windows checks it against the process's table.
  HANDLE handle = reinterpret_cast<HANDLE>(static_cast<uintptr_t>(descriptor - kFirstInherited));
  DWORD flags = 0;
  const bool known = GetHandleInformation(handle, &flags) && (flags & HANDLE_FLAG_INHERIT) != 0;
  return known ? SectionHandles{handle, nullptr} : SectionHandles();
}

}  // namespace

int WindowsRefusal(DWORD error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
      return UV__ENOENT;
    case ERROR_ACCESS_DENIED:
      return UV__EPERM;
    case ERROR_NOACCESS:
      return UV__EACCES;
    case ERROR_FILENAME_EXCED_RANGE:
      return UV__ENAMETOOLONG;
    case ERROR_ALREADY_EXISTS:
    case ERROR_FILE_EXISTS:
      return UV__EEXIST;
    case ERROR_INVALID_HANDLE:
      return UV__EBADF;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_WORKING_SET_QUOTA:
    case ERROR_NO_SYSTEM_RESOURCES:
      return UV__ENOMEM;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
      return UV__ENOSPC;
    case ERROR_INVALID_PARAMETER:
    case ERROR_MAPPED_ALIGNMENT:
    case ERROR_BAD_LENGTH:
    case ERROR_FILE_INVALID:
      return UV__EINVAL;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_USER_MAPPED_FILE:
      return UV__EBUSY;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
      return UV__EPIPE;
    case ERROR_NOT_SUPPORTED:
      return UV__ENOTSUP;
    case ERROR_INVALID_FUNCTION:
      return UV__EISDIR;  // as libuv has it: a directory is read or written
    case ERROR_CRC:
    case ERROR_IO_DEVICE:
      return UV__EIO;
    default:
      return UV__UNKNOWN;
  }
}

int Refusal(int error) {
  switch (error) {
    case EBADF:
      return UV__EBADF;
    case EINVAL:
      return UV__EINVAL;
    case ENOMEM:
      return UV__ENOMEM;
    case EAGAIN:
      return UV__EAGAIN;
    case EIO:
      return UV__EIO;
    case EOVERFLOW:
      return UV__EINVAL;  // libuv has no EOVERFLOW there
    case ENOSYS:
      return UV__ENOSYS;
    case ENODEV:
      return UV__ENODEV;
    default:
      return UV__UNKNOWN;
  }
}

int KeepHandles(const SectionHandles& kept) {
  Table& table = Forever<Table>();
  std::lock_guard<std::mutex> lock(table.mutex);
  try {
    table.kept.emplace(table.next, kept);
  } catch (const std::bad_alloc&) {
    Close(kept);
    return UV__ENOMEM;
  }
  return table.next++;
}

SectionHandles FindHandles(int descriptor) {
  if (descriptor >= kFirstInherited && descriptor < kFirstKept) return Inherited(descriptor);
  Table& table = Forever<Table>();
  std::lock_guard<std::mutex> lock(table.mutex);
  const auto found = table.kept.find(descriptor);
  return found == table.kept.end() ? SectionHandles() : found->second;
}

int LetInherit(int descriptor) {
  const SectionHandles kept = FindHandles(descriptor);
  if (kept.section == nullptr || kept.file != nullptr) return descriptor;
  const auto value = reinterpret_cast<uintptr_t>(kept.section);
  if (value >= static_cast<uintptr_t>(kFirstKept - kFirstInherited)) return UV__EBADF;
  if (!SetHandleInformation(kept.section, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT)) return WindowsRefusal();
  return kFirstInherited + static_cast<int>(value);
}

bool SetSection(int descriptor, HANDLE section) {
  Table& table = Forever<Table>();
  std::lock_guard<std::mutex> lock(table.mutex);
  const auto found = table.kept.find(descriptor);
  if (found == table.kept.end() || found->second.section != nullptr) return false;
  found->second.section = section;
  return true;
}

void CloseHandles(int descriptor) {
  Table& table = Forever<Table>();
  SectionHandles kept;
  {
    std::lock_guard<std::mutex> lock(table.mutex);
    const auto found = table.kept.find(descriptor);
    if (found == table.kept.end()) return;
    kept = found->second;
    table.kept.erase(found);
  }
  Close(kept);
}

HANDLE FileOf(int descriptor) {
  if (descriptor < 0 || descriptor >= kFirstInherited) return INVALID_HANDLE_VALUE;
  // Node's descriptors are known to Node's own C runtime, which libuv asks. Without Node (the core's tests)
  // they are this module's.
  using Ask = void* (*)(int);
  static const auto ask = reinterpret_cast<Ask>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(nullptr), "uv_get_osfhandle")));
  if (ask != nullptr) return ask(descriptor);
  return reinterpret_cast<HANDLE>(_get_osfhandle(descriptor));
}

}  // namespace mv
