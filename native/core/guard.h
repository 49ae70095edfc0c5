// The debug mode of MEMORYVIEW_GUARD=1: every block between inaccessible pages, and inaccessible itself once
// it has ended.
//
// A guarded block's addresses are never handed back, so a stale pointer faults however late it is used. The
// mode is chosen once for the process. The signal handler is installed with the first guarded block, looks
// only at guarded ranges, and hands every fault on to the handler that was there before, after a message for
// its own.
#ifndef MEMORYVIEW_CORE_GUARD_H_
#define MEMORYVIEW_CORE_GUARD_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

/// Whether MEMORYVIEW_GUARD is set to something other than 0.
bool GuardWanted();

/// Makes a zeroed block that ends at an inaccessible page (but for what the alignment leaves) and starts
/// behind one. Null where the system refuses.
Block* MakeGuardedBlock(Kind kind, size_t nbytes, size_t alignment, std::string_view label);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_GUARD_H_
