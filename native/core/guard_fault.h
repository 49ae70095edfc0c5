// What the guard mode needs of a system's faults; each system has one file that implements it.
#ifndef MEMORYVIEW_CORE_GUARD_FAULT_H_
#define MEMORYVIEW_CORE_GUARD_FAULT_H_

#include <cstdint>
#include <string_view>

namespace mv {

/// Calls `describe` on the thread that faulted, with the address, for every access violation from now on.
/// Then the handler that was installed before takes its turn, or the process ends as it would have without
/// this.
void DescribeFaultsBy(void (*describe)(uintptr_t address));

/// Writes to the standard error stream, by means that a handler of faults may use.
void WriteInFault(std::string_view text);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_GUARD_FAULT_H_
