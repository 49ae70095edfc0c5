// What Windows does in its own way; system.h states what each function promises.
#include <malloc.h>

#include <cerrno>

#include "system.h"
#include "win32.h"

// RtlGenRandom, under the name by which advapi32.dll has it.
extern "C" __declspec(dllimport) BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

namespace mv {

void EmptyPages(const Pages& pages) {
  OverlayPages(pages);
  // Small ranges may be used again, by system calls too, which do not commit what they touch.
  constexpr size_t kOverlaidFrom = 1024 * 1024;
  if (pages.nbytes < kOverlaidFrom) VirtualAlloc(pages.base, pages.nbytes, MEM_COMMIT, PAGE_READWRITE);
}

void DropPages(void* base, size_t nbytes) {
  const Pages whole = WholePagesIn(base, nbytes);
  if (whole.nbytes != 0) VirtualAlloc(whole.base, whole.nbytes, MEM_RESET, PAGE_READWRITE);
}

Pages MovePages(const Pages&) { return {}; }

void LeaveOutOfDumps(const Pages& pages) {
  using Exclude = HRESULT(WINAPI*)(const void*, DWORD);
  const HMODULE library = GetModuleHandleW(L"kernel32.dll");
  static const auto exclude = reinterpret_cast<Exclude>(reinterpret_cast<void*>(
      library == nullptr ? nullptr : GetProcAddress(library, "WerRegisterExcludedMemoryBlock")));
  if (exclude != nullptr && pages.nbytes <= MAXDWORD) exclude(pages.base, static_cast<DWORD>(pages.nbytes));
}

int ReasonOfLoss(int, uint64_t) { return Refusal(EIO); }

void TrimLibraryHeap() {
  _heapmin();
  HeapCompact(GetProcessHeap(), 0);
}

int HugePageAdvice() { return -1; }

int OpenSealed(const std::string&, uint64_t nbytes) {
  // A section without a name has its size for good.
  HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE,
                                      static_cast<DWORD>(nbytes >> 32), static_cast<DWORD>(nbytes), nullptr);
  return section == nullptr ? WindowsRefusal() : KeepHandles({section, nullptr});
}

bool FillRandom(void* bytes, size_t nbytes) {
  return SystemFunction036(bytes, static_cast<ULONG>(nbytes)) != 0;
}

std::chrono::steady_clock::time_point RoughlyNow() { return std::chrono::steady_clock::now(); }

size_t SecondCacheBytes() { return 0; }

bool OnThreadStack(const void* address) {
  ULONG_PTR low = 0;
  ULONG_PTR high = 0;
  GetCurrentThreadStackLimits(&low, &high);
  const auto at = reinterpret_cast<uintptr_t>(address);
  return at >= low && at < high;
}

}  // namespace mv
