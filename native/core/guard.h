// The debug mode of MEMORYVIEW_GUARD=1, which makes native code that uses a stale pointer fault at once.
//
// Each block lies between inaccessible pages, and becomes inaccessible itself when it ends:
//
//                 MakeGuardedBlock                  the block ends
//   (unmapped) ───────────────────▶ live, writable ────────────────▶ ended, inaccessible (final)
//                                     │                                 │
//                                     │ access outside the block        │ any access
//                                     └────────────▶ SIGSEGV or SIGBUS ◀┘
//                                          message, then the earlier handler
//
// A block's addresses are never reused, so a stale pointer faults however late it is used. An overrun
// faults at the first byte past the block, except for the bytes that its alignment leaves before the
// next page.
//
// Ownership: the registry in guard.cc keeps the address, label and stack of each block, also after
// the block was deleted, because the message needs them. The registry is never destroyed.
//
// Threads: blocks may be made and end on any thread. The mode is chosen once for the process. The first
// guarded block installs the handler, which runs on the thread that faulted. It prints a message for
// addresses in guarded ranges only, and hands every fault on to the handler that was installed before.
#ifndef MEMORYVIEW_CORE_GUARD_H_
#define MEMORYVIEW_CORE_GUARD_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

/// Whether MEMORYVIEW_GUARD is set to something other than 0.
bool GuardWanted();

/// Makes a zeroed block that starts behind an inaccessible page and ends at one, up to its alignment. Null if
/// the system refuses.
Block* MakeGuardedBlock(Kind kind, size_t nbytes, size_t alignment, std::string_view label);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_GUARD_H_
