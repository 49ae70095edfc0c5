// Pages on Windows.
//
// Windows can't replace private pages in one step. So a range that gives its memory back is decommitted,
// after it was noted in the table of emptied ranges; a vectored exception handler commits the pages of such a
// range when code touches them, and they read as zeros. A view of a section lies in a placeholder, which
// UnmapViewOfFile2 leaves behind: the addresses are never free (Windows 10 1803 and later; before, a view is
// left as it is until its addresses go).
//
// The table is never destroyed. A lock protects it, and the handler takes it too: no code touches noted pages
// while it holds the lock.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>

#include "forever.h"
#include "mapping.h"
#include "win32.h"

namespace mv {
namespace {

// Of Windows 10, which older headers lack.
constexpr ULONG kReservePlaceholder = 0x00040000;
constexpr ULONG kReplacePlaceholder = 0x00004000;
constexpr ULONG kPreservePlaceholder = 0x00000002;

using Allocate2 = PVOID(WINAPI*)(HANDLE, PVOID, SIZE_T, ULONG, ULONG, void*, ULONG);
using MapView3 = PVOID(WINAPI*)(HANDLE, HANDLE, PVOID, ULONG64, SIZE_T, ULONG, ULONG, void*, ULONG);
using UnmapView2 = BOOL(WINAPI*)(HANDLE, PVOID, ULONG);

template <typename F>
F Find(const char* name) {
  const HMODULE library = GetModuleHandleW(L"kernelbase.dll");
  return reinterpret_cast<F>(
      reinterpret_cast<void*>(library == nullptr ? nullptr : GetProcAddress(library, name)));
}

/// What the system has, asked once.
struct System {
  SYSTEM_INFO info{};
  Allocate2 allocate = Find<Allocate2>("VirtualAlloc2");
  MapView3 map = Find<MapView3>("MapViewOfFile3");
  UnmapView2 unmap = Find<UnmapView2>("UnmapViewOfFile2");
  bool placeholders = false;

  System() {
    GetSystemInfo(&info);
    if (allocate == nullptr || map == nullptr || unmap == nullptr) return;
    void* tried = Reserve(info.dwAllocationGranularity);
    placeholders = tried != nullptr;
    if (tried != nullptr) VirtualFree(tried, 0, MEM_RELEASE);
  }

  void* Reserve(size_t nbytes) const {
    return allocate(GetCurrentProcess(), nullptr, nbytes, MEM_RESERVE | kReservePlaceholder, PAGE_NOACCESS,
                    nullptr, 0);
  }
};

const System& TheSystem() { return Forever<System>(); }

/// The ranges whose pages are committed at a touch: start to end, disjoint. Neighbours stay apart, because
/// each belongs to a reservation that is forgotten as a whole.
class Emptied {
 public:
  /// Notes a range, and then empties it by `empty`, which answers whether the system did. Both under the
  /// lock: another thread that touches the range meanwhile waits in the handler, and finds it noted and
  /// reserved.
  template <typename Empty>
  void Add(uintptr_t begin, uintptr_t end, Empty empty) {
    AcquireSRWLockExclusive(&lock_);
    try {
      auto at = ranges_.upper_bound(begin);
      if (at != ranges_.begin() && std::prev(at)->second > begin) --at;
      uintptr_t first = begin;
      uintptr_t last = end;
      while (at != ranges_.end() && at->first < last) {
        first = std::min(first, at->first);
        last = std::max(last, at->second);
        at = ranges_.erase(at);
      }
      ranges_[first] = last;
      if (!empty()) ranges_.erase(first);
    } catch (const std::bad_alloc&) {
      // Not noted, so not emptied: the range keeps its memory until its addresses go.
    }
    ReleaseSRWLockExclusive(&lock_);
  }

  /// Forgets what lies in a range that is a whole reservation, or lies in none that was noted.
  void Remove(uintptr_t begin, uintptr_t end) {
    AcquireSRWLockExclusive(&lock_);
    for (auto at = ranges_.lower_bound(begin); at != ranges_.end() && at->second <= end;)
      at = ranges_.erase(at);
    ReleaseSRWLockExclusive(&lock_);
  }

  /// Commits pages around an address that lies in a noted range.
  bool Commit(uintptr_t address) {
    constexpr uintptr_t kAtOnce = 64 * 1024;
    AcquireSRWLockShared(&lock_);
    auto at = ranges_.upper_bound(address);
    bool done = at != ranges_.begin() && address < (--at)->second;
    if (done) {
      const uintptr_t begin = std::max(at->first, address & ~(kAtOnce - 1));
      const uintptr_t end = std::min(at->second, (address & ~(kAtOnce - 1)) + kAtOnce);
      done = VirtualAlloc(reinterpret_cast<void*>(begin), end - begin, MEM_COMMIT, PAGE_READWRITE) != nullptr;
    }
    ReleaseSRWLockShared(&lock_);
    return done;
  }

 private:
  SRWLOCK lock_ = SRWLOCK_INIT;
  std::map<uintptr_t, uintptr_t> ranges_;  // guarded by lock_
};

LONG WINAPI OnFault(EXCEPTION_POINTERS* fault) {
  const EXCEPTION_RECORD& record = *fault->ExceptionRecord;
  if (record.ExceptionCode != EXCEPTION_ACCESS_VIOLATION || record.NumberParameters < 2) {
    return EXCEPTION_CONTINUE_SEARCH;
  }
  const bool done = Forever<Emptied>().Commit(static_cast<uintptr_t>(record.ExceptionInformation[1]));
  return done ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

}  // namespace

bool IsView(const void* base) {
  MEMORY_BASIC_INFORMATION info;
  return VirtualQuery(base, &info, sizeof info) != 0 && info.Type == MEM_MAPPED;
}

size_t PageSize() { return TheSystem().info.dwPageSize; }

size_t Granularity() { return TheSystem().info.dwAllocationGranularity; }

Pages MapPages(size_t nbytes, size_t alignment) {
  const size_t page = PageSize();
  // Half the address space can't be had anyway, and keeps the sums below from overflowing.
  if (nbytes > SIZE_MAX / 2 || alignment > SIZE_MAX / 4) return {};
  const size_t wanted = nbytes == 0 ? page : (nbytes + page - 1) / page * page;
  if (alignment <= Granularity()) {
    void* base = VirtualAlloc(nullptr, wanted, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return base == nullptr ? Pages() : Pages{base, wanted};
  }
  // Addresses are found by reserving more; another thread may take them before they are reserved again.
  constexpr int kTries = 64;
  for (int i = 0; i < kTries; i++) {
    void* room = VirtualAlloc(nullptr, wanted + alignment, MEM_RESERVE, PAGE_NOACCESS);
    if (room == nullptr) return {};
    VirtualFree(room, 0, MEM_RELEASE);
    const uintptr_t mask = static_cast<uintptr_t>(alignment) - 1;
    void* aligned = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(room) + mask) & ~mask);
    void* base = VirtualAlloc(aligned, wanted, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (base != nullptr) return {base, wanted};
  }
  return {};
}

void OverlayPages(const Pages& pages) {
  if (pages.base == nullptr) return;
  static const bool handled = AddVectoredExceptionHandler(1, OnFault) != nullptr;
  if (!handled) return;
  const System& system = TheSystem();
  const auto begin = reinterpret_cast<uintptr_t>(pages.base);
  Forever<Emptied>().Add(begin, begin + pages.nbytes, [&] {
    if (!IsView(pages.base)) {
      // Where that fails the range stays noted, which does no harm: what is committed stays as it is.
      VirtualFree(pages.base, pages.nbytes, MEM_DECOMMIT);
      return true;
    }
    if (!system.placeholders || !system.unmap(GetCurrentProcess(), pages.base, kPreservePlaceholder)) {
      return false;
    }
    // Reserved only, so that a touch commits its page.
    return system.allocate(GetCurrentProcess(), pages.base, pages.nbytes, MEM_RESERVE | kReplacePlaceholder,
                           PAGE_READWRITE, nullptr, 0) != nullptr;
  });
}

void PreferHugePages(const Pages&) {
  // Large pages need a privilege, and memory that is locked for good.
}

bool ForbidPages(const Pages& pages) {
  const auto begin = reinterpret_cast<uintptr_t>(pages.base);
  Forever<Emptied>().Remove(begin, begin + pages.nbytes);
  return VirtualFree(pages.base, pages.nbytes, MEM_DECOMMIT) != 0;
}

int LockPages(const Pages& pages, bool locked) {
  const BOOL done = locked ? VirtualLock(pages.base, pages.nbytes) : VirtualUnlock(pages.base, pages.nbytes);
  if (done || (!locked && GetLastError() == ERROR_NOT_LOCKED)) return 0;
  return WindowsRefusal();
}

void UnmapPages(const Pages& pages) {
  if (pages.base == nullptr) return;
  const auto begin = reinterpret_cast<uintptr_t>(pages.base);
  Forever<Emptied>().Remove(begin, begin + pages.nbytes);
  if (IsView(pages.base)) {
    UnmapViewOfFile(pages.base);
  } else {
    VirtualFree(pages.base, 0, MEM_RELEASE);
  }
}

void* MapView(HANDLE section, uint64_t offset, size_t nbytes, DWORD protection) {
  const System& system = TheSystem();
  if (system.placeholders) {
    const size_t page = PageSize();
    const size_t whole = (nbytes + page - 1) / page * page;
    void* base = system.Reserve(whole);
    if (base == nullptr) return nullptr;
    // A section of a file ends with the file: some systems want whole pages all the same, others the exact
    // size.
    for (const size_t size : {whole, nbytes}) {
      void* view = system.map(section, GetCurrentProcess(), base, offset, size, kReplacePlaceholder,
                              protection, nullptr, 0);
      if (view != nullptr) return view;
    }
    const DWORD error = GetLastError();
    VirtualFree(base, 0, MEM_RELEASE);
    SetLastError(error);
    if (error != ERROR_INVALID_PARAMETER) return nullptr;
  }
  const DWORD access = protection == PAGE_WRITECOPY ? FILE_MAP_COPY : FILE_MAP_READ | FILE_MAP_WRITE;
  return MapViewOfFile(section, access, static_cast<DWORD>(offset >> 32), static_cast<DWORD>(offset), nbytes);
}

}  // namespace mv
