// Copies in which one side has two to four items side by side: one channel of an image, a field of a record,
// and the transposes between n × 3 and 3 × n.
#ifndef MEMORYVIEW_CORE_COPY_NARROW_H_
#define MEMORYVIEW_CORE_COPY_NARROW_H_

#include <cstddef>

#include "copy_lines.h"

namespace mv {

/// The function for a plane whose inner dimension is long; null where it would gain nothing.
///
/// A gather takes every second, third or fourth item of the source into a dense target. It may read all bytes
/// of the source between the first and the last item, and none beyond.
///
/// An interleaving takes two to four dense rows into a target without gaps. It writes the whole target, so it
/// rewrites no neighbour of an item with an old value that another thread may have replaced. A scatter into
/// one channel would; so CopyLines copies those.
Plane NarrowFor(size_t itemsize, const Axis& outer, const Axis& inner);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_COPY_NARROW_H_
