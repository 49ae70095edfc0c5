// Compares the items of two layouts of one shape by value.
//
// It only reads; the bytes belong to the caller, who keeps them alive. If another thread writes them
// meanwhile, either answer is possible. Large comparisons are split over a few threads, which end before
// the call returns.
#ifndef MEMORYVIEW_CORE_COMPARE_H_
#define MEMORYVIEW_CORE_COMPARE_H_

#include <cstddef>

#include "equality.h"
#include "pair_walk.h"

namespace mv {

/// Whether all items are equal. An item is made of parts of `part` bytes (a complex number of two), each
/// compared by `how`; `swap_ours` and `swap_theirs` say whose parts are in the other byte order (parts of 2,
/// 4 or 8 bytes only). No dimension may be empty. Nothing is written to `walk.to`.
bool ItemsEqual(const PairWalk& walk, size_t part, Equality how, bool swap_ours, bool swap_theirs);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_COMPARE_H_
