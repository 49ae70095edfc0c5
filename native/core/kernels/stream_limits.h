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

/// Of this machine. On a Xeon with 2 MiB in the second level and 480 MiB in the third, runs were faster so
/// from 8 MiB on (by 1.1 to 1.6), repeated items from 16 (1.3), and transposed planes from 2 (2 to 8),
/// because they write to many lines at a time. `MEMORYVIEW_STREAM_FROM` in the environment is all three, so
/// that tests force both ways at every size.
const StreamLimits& LimitsOfStreams();

}  // namespace mv

#endif  // MEMORYVIEW_CORE_STREAM_LIMITS_H_
