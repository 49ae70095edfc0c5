// Keeps a few ranges of released pages for the next blocks, because zeroing pages that exist costs less
// than the system's page faults.
//
// No code knows the address of a kept range: its pages were moved away from the block's addresses, which
// stay behind as fresh zero pages. So a late access to a released block never reaches another block's
// memory. The cache belongs to the process, has a bounded size, and may be used on any thread.
#ifndef MEMORYVIEW_CORE_PAGE_CACHE_H_
#define MEMORYVIEW_CORE_PAGE_CACHE_H_

#include <cstddef>

#include "mapping.h"

namespace mv {

/// The most bytes that are kept, of all ranges together.
inline constexpr size_t kMaxKept = 48 * 1024 * 1024;
/// The most ranges that are kept. Each is a mapping, and Linux allows a process 65,530.
inline constexpr size_t kMaxKeptRanges = 1024;
/// The largest range that is kept: glibc, and with it numpy, reuses freed memory up to this size too. It is
/// two thirds of kMaxKept, so that a program that copies large matrices keeps some smaller ranges.
inline constexpr size_t kLargestKept = 32 * 1024 * 1024;
/// The largest kept range that a block of zeros takes. Zeroing a larger one would cost a block that is hardly
/// touched milliseconds, where fresh pages are zeroed as they are touched.
inline constexpr size_t kLargestZeroed = 8 * 1024 * 1024;

/// Takes the pages out of a private anonymous range, whose addresses stay readable and writable as zeros. If
/// there is no room, the oldest ranges go back to the system. Does nothing and returns false for a range
/// above kLargestKept, or if the system can't move pages.
bool KeepPages(const Pages& pages);

/// A kept range of exactly that many bytes, with any content; its base is null if there is none.
Pages TakeKeptPages(size_t nbytes);

/// Gives all kept pages back to the system, and returns their bytes.
size_t DropKeptPages();

}  // namespace mv

#endif  // MEMORYVIEW_CORE_PAGE_CACHE_H_
