// Copies items between two layouts of one shape, byte-swapping if asked to.
//
// The bytes belong to the caller, who keeps them alive and knows that no other thread writes them meanwhile.
// Large copies are split over a few threads, which end before the call returns.
#ifndef MEMORYVIEW_CORE_STRIDED_COPY_H_
#define MEMORYVIEW_CORE_STRIDED_COPY_H_

#include <cstddef>

#include "../parallel.h"
#include "pair_walk.h"

namespace mv {

/// Copies each item of `walk.from` to its place in `walk.to`. No byte of a source item may be one of a target
/// item, unless the two layouts are one; target items must not overlap. `swap` is the number of bytes of each
/// part of an item that is reversed (2, 4 or 8, dividing the itemsize), or 1 for none. No dimension may be
/// empty.
void CopyItems(const PairWalk& walk, size_t swap, size_t most_threads = kMaxThreads);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_STRIDED_COPY_H_
