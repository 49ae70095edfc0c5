// Memory for keys and passwords: never in swap, never in a core dump, and wiped before its pages go back.
//
// A secret block owns whole pages, which are locked in memory. Its end wipes them, on whatever thread the
// last owner or pin goes; so does the exit of the process for what is still live then. A process that is
// killed wipes nothing: the system clears its pages before another process gets them.
#ifndef MEMORYVIEW_CORE_SECRET_MEMORY_H_
#define MEMORYVIEW_CORE_SECRET_MEMORY_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

/// Makes a zeroed block. Null where there is no memory, or the system does not lock it: `outcome` is a
/// negative errno then.
Block* MakeSecretBlock(size_t nbytes, size_t alignment, std::string_view label, int& outcome);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_SECRET_MEMORY_H_
