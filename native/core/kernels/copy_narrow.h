// Copies in which one side has two to four items side by side: one channel of an image, a field of a record,
// and the transposes between n × 3 and 3 × n.
#ifndef MEMORYVIEW_CORE_COPY_NARROW_H_
#define MEMORYVIEW_CORE_COPY_NARROW_H_

#include <cstddef>

#include "copy_lines.h"

namespace mv {

/// The function for a plane of which the inner dimension is long, or null where it would gain nothing.
///
/// - Gathers take every second, third or fourth item of the source into a dense target. The whole bytes of
/// the source
///   between the first and the last item may be read, none beyond.
/// - Interleaving takes two to four dense rows into a target without gaps. The target is written whole, so no
/// neighbour of
///   an item is rewritten with an old value that another thread may have replaced. Scatters into one channel
///   are left to CopyLines for that reason.
Plane NarrowFor(size_t itemsize, const Axis& outer, const Axis& inner);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_COPY_NARROW_H_
