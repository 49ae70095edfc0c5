// The guard mode's handler of access violations.
#include <atomic>

#include "guard_fault.h"
#include "win32.h"

namespace mv {
namespace {

std::atomic<void (*)(uintptr_t)> describe_fault{nullptr};

LONG WINAPI OnFault(EXCEPTION_POINTERS* fault) {
  const EXCEPTION_RECORD& record = *fault->ExceptionRecord;
  if (record.ExceptionCode == EXCEPTION_ACCESS_VIOLATION && record.NumberParameters >= 2) {
    describe_fault.load()(static_cast<uintptr_t>(record.ExceptionInformation[1]));
  }
  return EXCEPTION_CONTINUE_SEARCH;
}

}  // namespace

void DescribeFaultsBy(void (*describe)(uintptr_t address)) {
  describe_fault = describe;
  // The last handler: those that answer faults of this library's own pages come before it.
  AddVectoredExceptionHandler(0, OnFault);
}

void WriteInFault(std::string_view text) {
  DWORD written = 0;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
}

}  // namespace mv
