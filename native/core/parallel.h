// A call split over a few threads, all of which have ended when it returns.
//
// The threads are the call's own: they touch nothing but what the given function touches, never JS, and none
// outlives the call, so an environment's death changes nothing here.
#ifndef MEMORYVIEW_CORE_PARALLEL_H_
#define MEMORYVIEW_CORE_PARALLEL_H_

#include <cstddef>

namespace mv {

/// The most threads that work on one call, the caller's included.
inline constexpr size_t kMaxThreads = 4;

/// How many threads are worth their start for a call that moves `nbytes`; 1 to kMaxThreads.
size_t ThreadsFor(size_t nbytes);

/// Calls `work(context, part)` once for each part below `parts`, the last of them on this thread. Where the
/// system gives no thread, this one does that part too.
void InParallel(size_t parts, void (*work)(void* context, size_t part), void* context);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_PARALLEL_H_
