// Named sections, under the names that Python's multiprocessing.shared_memory gives them.
//
// A name lives as long as a handle or a view of its section; there is no unlink, and a process that ends
// leaves nothing behind. Sizes are those of whole pages.
#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>

#include "forever.h"
#include "shared_memory.h"
#include "system.h"
#include "win32.h"

namespace mv {
namespace {

/// As on POSIX, with its slash, so that a name that one system takes is one for the others.
constexpr size_t kLongestName = 255;

/// The names of sections that were opened for creation and have no size yet, by number.
struct Waiting {
  std::mutex mutex;
  std::map<int, std::wstring> names;  // guarded by mutex
};

/// Without the slashes of POSIX. Empty where the text is no UTF-8, or has slashes inside, as POSIX refuses
/// them.
std::wstring WideName(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('/'), name.size()));
  if (name.find('/') != std::string_view::npos) return {};
  const int bytes = static_cast<int>(name.size());
  const int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name.data(), bytes, nullptr, 0);
  std::wstring wide(static_cast<size_t>(std::max(length, 0)), L'\0');
  MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name.data(), bytes, wide.data(), length);
  return wide;
}

}  // namespace

int OpenShared(const std::string& name, bool create, bool readonly) {
  const std::wstring wide = WideName(name);
  if (wide.empty()) return Refusal(EINVAL);
  if (name.size() > kLongestName) return WindowsRefusal(ERROR_FILENAME_EXCED_RANGE);
  const DWORD access = readonly ? FILE_MAP_READ : FILE_MAP_READ | FILE_MAP_WRITE;
  HANDLE section = OpenFileMappingW(access, FALSE, wide.c_str());
  if (!create) return section == nullptr ? WindowsRefusal() : KeepHandles({section, nullptr});
  if (section != nullptr) {
    CloseHandle(section);
    return WindowsRefusal(ERROR_ALREADY_EXISTS);
  }
  // A section is made with its size, which ResizeShared brings.
  const int descriptor = KeepHandles({});
  if (descriptor < 0) return descriptor;
  Waiting& waiting = Forever<Waiting>();
  std::lock_guard<std::mutex> lock(waiting.mutex);
  waiting.names.emplace(descriptor, wide);
  return descriptor;
}

int ResizeShared(int fd, uint64_t nbytes) {
  std::wstring name;
  {
    Waiting& waiting = Forever<Waiting>();
    std::lock_guard<std::mutex> lock(waiting.mutex);
    const auto found = waiting.names.find(fd);
    if (found != waiting.names.end()) {
      name = std::move(found->second);
      waiting.names.erase(found);
    }
  }
  if (name.empty()) {
    // A mapped file that changes its size.
    HANDLE file = FileOf(fd);
    if (file == INVALID_HANDLE_VALUE) return Refusal(EBADF);
    FILE_END_OF_FILE_INFO end{};
    end.EndOfFile.QuadPart = static_cast<LONGLONG>(nbytes);
    const BOOL done = SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end);
    return done ? 0 : WindowsRefusal();
  }
  HANDLE section =
      CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, static_cast<DWORD>(nbytes >> 32),
                         static_cast<DWORD>(nbytes), name.c_str());
  const DWORD error = GetLastError();
  // Pages of a section are reserved at once: the system has no room for that many.
  const bool full = error == ERROR_COMMITMENT_LIMIT || error == ERROR_NOT_ENOUGH_MEMORY ||
                    error == ERROR_NO_SYSTEM_RESOURCES || error == ERROR_INVALID_PARAMETER;
  if (section == nullptr) return WindowsRefusal(full ? ERROR_DISK_FULL : error);
  if (error != ERROR_ALREADY_EXISTS && SetSection(fd, section)) return 0;
  CloseHandle(section);
  return WindowsRefusal(ERROR_ALREADY_EXISTS);
}

int64_t SizeOfShared(int fd) {
  HANDLE section = FindHandles(fd).section;
  if (section == nullptr) return FileOf(fd) == INVALID_HANDLE_VALUE ? Refusal(EBADF) : Refusal(ENODEV);
  void* view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
  if (view == nullptr) return WindowsRefusal();
  MEMORY_BASIC_INFORMATION info;
  const bool known = VirtualQuery(view, &info, sizeof info) != 0;
  UnmapViewOfFile(view);
  return known ? static_cast<int64_t>(info.RegionSize) : Refusal(EIO);
}

void CloseShared(int fd) {
  {
    Waiting& waiting = Forever<Waiting>();
    std::lock_guard<std::mutex> lock(waiting.mutex);
    waiting.names.erase(fd);
  }
  CloseHandles(fd);
}

int NumberForChildren(int fd) { return LetInherit(fd); }

int UnlinkShared(const char* name) {
  const std::wstring wide = WideName(name);
  if (wide.empty()) return Refusal(EINVAL);
  HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, wide.c_str());
  if (section == nullptr) return WindowsRefusal();
  CloseHandle(section);
  return 0;
}

CreatedNames& CreatedNames::Get() { return Forever<CreatedNames>(); }

void CreatedNames::Add(const std::string&, int, const void*) {}

void CreatedNames::Remove(std::string_view) {}

bool CreatedNames::UnlinkAllOf(const void*) { return false; }

}  // namespace mv
