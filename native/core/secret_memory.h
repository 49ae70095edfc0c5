// Memory for keys and passwords: it is never swapped out, left out of core dumps, and wiped before its pages
// go back.
//
// A secret block owns whole pages, which are locked in memory. Its end wipes them, on the thread that
// drops the last owner or pin. The exit of the process wipes the blocks that are still live. A process
// that is killed wipes nothing, but the system clears its pages before another process gets them.
#ifndef MEMORYVIEW_CORE_SECRET_MEMORY_H_
#define MEMORYVIEW_CORE_SECRET_MEMORY_H_

#include <cstddef>
#include <string_view>

#include "block.h"

namespace mv {

/// Makes a zeroed block. Null if there is no memory, or the system does not lock it; `outcome` is then a
/// negative errno.
Block* MakeSecretBlock(size_t nbytes, size_t alignment, std::string_view label, int& outcome);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_SECRET_MEMORY_H_
