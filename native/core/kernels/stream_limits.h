// The sizes of copies (bytes) from which they are written past the processor's caches. The system and the
// environment are asked once in a process, on any thread.
#ifndef MEMORYVIEW_CORE_STREAM_LIMITS_H_
#define MEMORYVIEW_CORE_STREAM_LIMITS_H_

#include <cstddef>

namespace mv {

struct StreamLimits {
  size_t runs;
  size_t repeated;   ///< items
  size_t crosswise;  ///< planes whose sides are contiguous along different axes
};

/// The sizes for this machine. On a Xeon with 2 MiB in the second level and 480 MiB in the third, copies past
/// the caches were faster from 8 MiB on for runs (1.1 to 1.6 times), from 16 MiB for repeated items (1.3),
/// and from 2 MiB for transposed planes (2 to 8), which write to many lines at a time.
/// `MEMORYVIEW_STREAM_FROM` in the environment replaces all three, so that tests reach both kinds of copy at
/// every size.
const StreamLimits& LimitsOfStreams();

}  // namespace mv

#endif  // MEMORYVIEW_CORE_STREAM_LIMITS_H_
