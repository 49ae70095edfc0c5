// Splits a call over a few threads, all of which have ended when it returns.
//
// The threads belong to the call: they touch only what the given function touches, never JS, and none
// outlives the call. So the end of an environment changes nothing here.
#ifndef MEMORYVIEW_CORE_PARALLEL_H_
#define MEMORYVIEW_CORE_PARALLEL_H_

#include <cstddef>

namespace mv {

/// The most threads that work on one call, the caller's included.
inline constexpr size_t kMaxThreads = 4;

/// The number of threads that pay for their start in a call that moves `nbytes`; 1 to kMaxThreads.
size_t ThreadsFor(size_t nbytes);

/// Calls `work(context, part)` once for each part below `parts`, the last of them on this thread. If the
/// system refuses a thread, this thread does that part too.
void InParallel(size_t parts, void (*work)(void* context, size_t part), void* context);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_PARALLEL_H_
